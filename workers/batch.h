/* batch.h - the commands that are applied in one transaction, and what they share.
 *
 * Filled by the lane. One identity map per kind of subject: a subject is one
 * struct however many jobs name it, so a job sees what the earlier ones did.
 */
#ifndef WORKERS_BATCH_H
#define WORKERS_BATCH_H

#include "base/text.h"
#include "sql/db.h"
#include "workers/job.h"
#include "workers/rows.h"

#define BATCH_JOBS 128
#define BATCH_BYTES (1024 * 1024)

struct batch {
	struct arena *arena; /* of this attempt: forgotten when it starts again */
	struct db *db;
	int64_t now_us;
	int year;
	int count;
	struct job *jobs;

	struct actors actors;
	struct subject_set *sets; /* one for each kind that the worker handles (subject.h) */
	int set_count;
	const char *lane_prefix; /* of the queues of the worker's lanes: where commands are sent to */
	void **kept;             /* of the thread, from batch to batch: a place for each kind, NULL at first */
	int64_t timer_us;        /* the earliest due time that the batch writes into timers; 0: none */
	struct loading *loading; /* the common loads' results, between batch_load and batch_loaded */
};

/* Queues the common loads, and reads them: clock, actors, and the inbox (jobs
 * already applied become answered). */
void batch_load(struct batch *batch);
void batch_loaded(struct batch *batch);
/* Gives doubles the answer of their first; after every job is decided. */
void batch_settle_doubles(struct batch *batch);
/* Queues inbox rows, dead letters and the outbox rows of all events. */
void batch_store(struct batch *batch);

/* What whoever waits is told: {"commandId","status","code","detail","pointer","subjectId","version"}. */
void batch_result_json(const struct job *job, struct buffer *out);

#endif
