/* subject.h - what a lane's commands are about: a ticket, a profile. A kind of subject is a row.
 *
 * The row says how one is found, loaded, judged and stored; the lane does the same with each (decide.c is the frame of
 * one decision, subject.c the batch's identity map, its loads and its stores). A new kind is a table of columns in
 * sql/columns, its queries, one struct subject_kind, and its handlers.
 *
 * A subject's struct begins with SUBJECT_HEAD, and the members of its table of columns follow:
 *
 *   struct ticket {
 *   	SUBJECT_HEAD;
 *   #include "sql/columns/ticket.def"
 *   };
 */
#ifndef WORKERS_SUBJECT_H
#define WORKERS_SUBJECT_H

#include "workers/batch.h"
#include "workers/column.h"

struct subject {
	struct uuid id;
	int64_t version;        /* 0: does not exist yet */
	int64_t loaded_version; /* 0: created in this batch */
	int64_t updated_at;     /* when a command last changed it; not loaded */
};

/* The members of struct subject, to be used as the struct's own, or as `subject`. */
#define SUBJECT_HEAD                                                                                                   \
	union {                                                                                                        \
		struct subject subject;                                                                                \
		struct {                                                                                               \
			struct uuid id;                                                                                \
			int64_t version, loaded_version, updated_at;                                                   \
		};                                                                                                     \
	}

#define NO_QUERY QUERY_COUNT
#define SUBJECT_FIRST_COLUMN                                                                                           \
	2 /* of a load's row, behind id and version; behind the columns a kind may read its own                        \
	   */

/* Below "subject" is a pointer to the kind's own struct, and "world" to what else of the kind a batch collects. */
struct subject_kind {
	const char *name; /* "ticket": what its events call it, with Id and Version behind */
	size_t bytes;
	const struct column *columns;
	int column_count;
	handler_fn *const *handlers; /* by command; NULL: not about this kind (workers/handlers.h) */

	enum loader loader; /* of the fields that name one: by its path, else required; minted: it is created */
	/* Of fields that name what others of this kind hang on, or hang on them: those are loaded, too, by what the
	 * last parameter of its load says. LOAD_NOTHING: there are no such. */
	enum loader beside;
	bool is_actors_own;          /* a command that names none is about its actor's */
	const struct uuid *unnamed;  /* with loads_all: what a command is about that names none and makes none */
	bool loads_all;              /* they are few: its load answers all there are, whatever the ids */
	enum problem_code not_found; /* there is no such subject */
	enum problem_code denied;    /* there is, and the actor may not do this with it */

	/* load: $1 ids, and $2 those whose columns WRITTEN_APART are wanted, if the table has such columns, then the
	 * ids of what is beside. It answers id, version, and all columns in the order of the table. insert, update: $1
	 * rows, $2 how many. update_apart: $1 rows. All but load may be NO_QUERY. */
	enum query load, insert, update, update_apart;

	/* What the actor is to it: OWNER, SELF, both or 0. */
	unsigned (*own)(const void *subject, const struct uuid *actor);

	/* Each of the rest may be NULL. */
	bool (*is_gone)(const void *subject); /* its row is there, but no command finds it */
	/* Is this command about one that is gone? */
	bool (*wants_gone)(const struct job *job);
	/* The version that whoever asks is shown; NULL: its version. */
	int64_t (*shown_version)(const struct job *job, const void *subject);
	/* Refuses what no command, or not this one, may do with it as it is. */
	enum outcome (*refuse)(struct job *job, const void *subject);
	/* How many subjects the job may make beside the one whose id it mints. */
	int (*may_make)(const struct job *job);
	/* Does this command need the columns that are WRITTEN_APART? */
	bool (*reads_apart)(const struct job *job);
	/* The job is done with it: writes what follows from the rest of it, before anything is compared. */
	void (*follow)(struct job *job, void *subject);
	/* A told column has changed with this job; was is TEXT_NONE when the subject is new. */
	void (*changed)(
	        struct job *job, const void *subject, const struct column *column, struct text was, struct text now);
	/* The job is done with it and its version has risen. before: as it was, NULL when it is new; world_before: the
	 * world as the job found it. */
	void (*settled)(struct job *job, const void *before, void *subject, const void *world_before);

	size_t world_bytes; /* all zeroes at first; 0: there is none */
	/* Queue statements of the kind's own, and read their rows. */
	void (*begin_load)(struct batch *batch, void *world);
	void (*end_load)(struct batch *batch, void *world);
	/* The world's bytes are again what they were before a job: cuts what the job has hung on its lists. */
	void (*rewound)(void *world);
	/* Queues statements of the kind's own, behind those that write the subjects. */
	void (*store)(struct batch *batch, void *world);
};

/* The subjects of one kind in a batch. They never move in memory. */
struct subject_set {
	const struct subject_kind *kind;
	char *items; /* loaded, then those created here */
	int count, capacity;
	char *loaded; /* the loaded ones as they came */
	int loaded_count;
	void *world;
	struct db_result *rows; /* between begin_load and end_load */
};

/* Makes the batch's sets, one for each kind (NULL-terminated), empty and without room. */
void subject_sets_init(struct batch *batch, const struct subject_kind *const *kinds);
/* Room for that many in all; before the first is added. */
void subject_set_room(struct subject_set *set, struct arena *arena, int capacity);
/* The set of the kind; NULL: the batch's lane has no such kind. */
struct subject_set *subject_set_of(const struct batch *batch, const struct subject_kind *kind);

/* Queue the loads of every kind, and read them. */
void subjects_load(struct batch *batch);
void subjects_loaded(struct batch *batch);
/* Queues what writes every subject that has changed, each once. */
void subjects_store(struct batch *batch);

void *subject_at(const struct subject_set *set, int place);
/* Gone ones too; NULL: there is none. */
void *subject_find(const struct subject_set *set, const struct uuid *id);
/* The same, but NULL for one that is gone. */
void *subject_find_live(const struct subject_set *set, const struct uuid *id);
/* A new one, part of the batch from now on: version 0, all else zero. */
void *subject_new(struct subject_set *set, const struct uuid *id);
/* The job is about to change another subject than its own, of whichever kind: it gets another version, and a refusal
 * puts it back. Its lane need not be locked: the version that was loaded is looked at when it is stored. */
void subject_touch(struct job *job, struct subject_set *set, void *subject);

/* The names of the told columns that differ, for an event. */
struct text_list subject_changes(
        const struct subject_kind *kind, const void *before, const void *after, struct arena *arena);

/* Which of the lane's kinds a command is about; NULL: none of them handles it. */
const struct subject_kind *subject_kind_of(const struct subject_kind *const *kinds, enum command_id command);
/* The field by which the command names its subject; NULL: it names none. */
const struct field *subject_field(const struct subject_kind *kind, const struct command *command);

#endif
