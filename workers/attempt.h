/* attempt.h - one try to apply a run of messages, in one transaction. */
#ifndef WORKERS_ATTEMPT_H
#define WORKERS_ATTEMPT_H

#include "workers/lane.h"

struct attempt {
	const struct lane_worker *worker;
	struct db *db;
	struct arena *arena; /* reset at the start of each try */
	const struct message *messages;
	int count;
	void **kept;        /* of the thread: batch.kept */
	bool suspect;       /* one redelivered message: its suspects row is taken away with the commit */
	const char *death;  /* not NULL: the one message is dead, for this reason */
	struct batch batch; /* of the last try; its results are valid after DB_FINE */
};

/* DB_FINE: committed, the results are in attempt->batch. DB_LOST: it may have committed; the next try finds the answer
 * in the inbox. Anything else: nothing has changed. */
enum db_fault attempt_try(struct attempt *attempt);

/* Counts a start of a redelivered message, in a transaction of its own. out_starts: how many starts have had no end,
 * this one included. */
enum db_fault attempt_suspect(struct attempt *attempt, int *out_starts);
/* Takes a start back: the try failed, but the worker is alive. */
enum db_fault attempt_acquit(struct db *db, const struct uuid *command_id);

/* Is the type of this message one that this worker does not know? */
bool attempt_is_unknown(const struct lane_worker *worker, const struct message *message);

#endif
