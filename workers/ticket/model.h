/* model.h - what a batch of the ticket worker collects beside its tickets: comments, history, counters, links. */
#ifndef WORKERS_TICKET_MODEL_H
#define WORKERS_TICKET_MODEL_H

#include "workers/ticket/ticket.h"

struct history {
	struct uuid ticket_id;
	int64_t version;
	const char *field;
	struct text old_value, new_value;
	const struct job *job;
	struct history *next;
};

/* One more or one less ticket in a cell of the counters. */
struct counted {
	struct uuid ticket_id, scope_id;
	const char *scope;
	struct text name; /* of a category */
	enum ticket_status status;
	enum ticket_priority priority;
	int n;
	struct counted *next;
};

/* A link to be written, or (cut) every link between the two to be taken away. */
struct link_change {
	struct uuid ticket_id, other_id;
	enum link_kind kind;
	bool cut;
	const struct job *job;
	struct link_change *next;
};

/* What a comment said before it was edited. */
struct earlier_text {
	struct uuid comment_id;
	struct text content;
	const struct job *job;
	struct earlier_text *next;
};

/* Somebody has done something with a file, by a command. */
struct file_log {
	struct uuid file_id;
	const char *action;
	const struct job *job;
	struct file_log *next;
};

struct helper {
	struct account account;
	bool by_role; /* the one of his role */
};

/* A list that grows at its end and can be cut back to where a job began. */
#define LIST(type)                                                                                                     \
	struct {                                                                                                       \
		struct type *first, **end;                                                                             \
	}

struct ticket_world {
	int64_t *numbers; /* one for each ticket to be */
	int number_count, numbers_used;

	LIST(comment) comments;
	LIST(history) history;
	LIST(counted) counted;
	LIST(link_change) links;
	LIST(earlier_text) earlier;

	struct book *book; /* what is promised; the thread's */
	struct db_result *loaded_book;
	/* Whom an escalation may give a ticket to: whoever a policy names, and of each role who has the least to do. */
	struct helper *helpers;
	int helper_count;
	struct db_result *loaded_helpers;

	struct comment *stored_comments; /* loaded, for commands that name one */
	int stored_comment_count;

	struct db_result *loaded_numbers, *loaded_comments; /* between begin_load and end_load */
};

/* What a batch collects beside its files. */
struct file_world {
	LIST(file_log) logs;
};

extern const struct subject_kind ticket_kind, file_kind;

struct subject_set *ticket_set(const struct batch *batch);
struct subject_set *file_set(const struct batch *batch);
struct ticket_world *ticket_world(const struct batch *batch);

/* file_kind.c */
void file_world_init(struct file_world *world);
/* kind.c: may the job's comment become a ticket? */
bool ticket_may_grow(const struct job *job);
/* load.c */
void ticket_begin_load(struct batch *batch, void *world);
void ticket_end_load(struct batch *batch, void *world);
void ticket_world_init(struct ticket_world *world);
/* timers.c: the rows that differ */
void timers_store(struct batch *batch);
/* spans.c: the stretches of clocks that have ended */
void spans_store(struct batch *batch);
/* store.c */
void ticket_store(struct batch *batch, void *world);

/* history.c: does the owner see changes of this field? history_is_public() in SQL is the same rule. */
bool history_is_public(const char *field);
/* counters.c: moves the ticket from its old cells to its new ones; before may be NULL. */
void counters_move(struct job *job, const struct ticket *before, const struct ticket *after);

#define LIST_INIT(list) ((list).first = NULL, (list).end = &(list).first)
#define LIST_ADD(list, item) (*(list).end = (item), (list).end = &(item)->next)

#endif
