/* model.h - the ticket worker's batch: what is loaded, how jobs are decided, what is stored. */
#ifndef WORKERS_TICKET_MODEL_H
#define WORKERS_TICKET_MODEL_H

#include "workers/lane.h"
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

/* A list that grows at its end and can be cut back to where a job began. */
#define LIST(type)                                                                                                     \
	struct {                                                                                                       \
		struct type *first, **end;                                                                             \
	}

struct world {
	struct ticket *tickets; /* loaded, then those created here */
	int ticket_count, ticket_capacity;
	int64_t *numbers;
	int number_count, numbers_used;

	LIST(comment) comments;
	LIST(history) history;
	LIST(counted) counted;
	LIST(link_change) links;

	struct comment *stored_comments; /* loaded, for commands that name one */
	int stored_comment_count;

	struct db_result *loaded_tickets, *loaded_numbers, *loaded_comments; /* between load and loaded */
};

extern const struct lane_model ticket_model;

/* load.c */
void ticket_load(struct batch *batch);
void ticket_loaded(struct batch *batch);
/* decide.c */
void ticket_decide(struct job *job);
/* store.c */
void ticket_store(struct batch *batch);

/* columns.c: what changed between before (NULL: created here) and after, as history rows. Returns
 * how many columns differ. */
int ticket_diff(struct job *job, const struct ticket *before, const struct ticket *after);
/* counters.c: moves the ticket from its old cells to its new ones; before may be NULL. */
void counters_move(struct job *job, const struct ticket *before, const struct ticket *after);

#define LIST_INIT(list) ((list).first = NULL, (list).end = &(list).first)
#define LIST_ADD(list, item) (*(list).end = (item), (list).end = &(item)->next)

#endif
