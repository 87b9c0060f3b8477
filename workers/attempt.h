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
	bool suspect;       /* one redelivered message: its suspects row is taken away with the commit */
	const char *death;  /* not NULL: the one message is dead, for this reason */
	struct batch batch; /* of the last try; its results are valid after DB_FINE */
};

/* DB_FINE: committed, results in attempt->batch. Anything else: nothing changed,
 * but for DB_LOST, where it may have; a next try finds out by the inbox. */
enum db_fault attempt_try(struct attempt *attempt);

/* Counts a start of a redelivered message, in a transaction of its own.
 * out_starts: how many there were without an end, this one included. */
enum db_fault attempt_suspect(struct attempt *attempt, int *out_starts);
/* Takes a start back, because it ended without harm to the worker. */
enum db_fault attempt_acquit(struct db *db, const struct uuid *command_id);

/* Is the type of this message one that this worker does not know? */
bool attempt_is_unknown(const struct lane_worker *worker, const struct message *message);

#endif
