/* batch.h - the commands that are applied in one transaction, and what they share.
 *
 * Filled by the lane, loaded and stored with the lane's model. One identity map
 * per kind: a thing is one struct however many jobs name it, so a job sees what
 * the earlier ones did.
 */
#ifndef WORKERS_BATCH_H
#define WORKERS_BATCH_H

#include "base/text.h"
#include "sql/db.h"
#include "workers/job.h"

#define BATCH_JOBS 128
#define BATCH_BYTES (1024 * 1024)

struct batch {
	struct arena *arena; /* of this attempt: forgotten when it starts again */
	struct db *db;
	int64_t now_us;
	int year;
	int count;
	struct job *jobs;

	struct account *accounts; /* of every actor and account_ref */
	int account_count;
	void *world;             /* the model's own maps */
	struct loading *loading; /* the common loads' results, between batch_load and batch_loaded */
};

/* What a kind of lane adds to the common path; all run once per attempt. */
struct lane_model {
	void (*load)(struct batch *batch);   /* queue statements */
	void (*loaded)(struct batch *batch); /* read their rows into batch->world */
	void (*decide)(struct job *job);     /* access, handler; sets outcome and result */
	void (*store)(struct batch *batch);  /* queue statements */
};

/* Queues the common loads, and reads them: clock, accounts, and the inbox (jobs
 * already applied become answered). */
void batch_load(struct batch *batch);
void batch_loaded(struct batch *batch);
/* Gives doubles the answer of their first; after every job is decided. */
void batch_settle_doubles(struct batch *batch);
/* Queues inbox rows, dead letters and the outbox rows of all events. */
void batch_store(struct batch *batch);

/* What whoever waits is told: {"commandId","status","code","detail","pointer","subjectId","version"}. */
void batch_result_json(const struct job *job, struct buffer *out);

/* Where a statement's rows are gathered: a JSON array of objects. */
struct rows {
	struct buffer json;
	int count;
};
void rows_init(struct rows *rows, struct arena *arena);
struct buffer *rows_begin(struct rows *rows);                                /* writes { */
void rows_end(struct rows *rows);                                            /* writes } */
struct text rows_done(struct rows *rows);                                    /* the array */
void rows_uuid(struct buffer *out, const char *name, const struct uuid *id); /* null when none */
void rows_time(struct buffer *out, const char *name, int64_t unix_us);       /* null when 0 */

/* A '{uuid,uuid}' literal of distinct ids. */
struct id_set {
	struct uuid *ids;
	int count, capacity;
};
void id_set_add(struct id_set *set, struct arena *arena, struct uuid id);
struct text id_set_literal(const struct id_set *set, struct arena *arena);

#endif
