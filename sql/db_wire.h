/* db_wire.h - the inside of a struct db: what db.c queues and db_wire.c sends. */
#ifndef SQL_DB_WIRE_H
#define SQL_DB_WIRE_H

#include "sql/db_private.h"

#define QUEUE_MAX 64
#define QUEUE_SLOTS (QUEUE_MAX + 3) /* and DISCARD, BEGIN, and COMMIT */

struct statement {
	const char *control; /* DISCARD, BEGIN, COMMIT, ROLLBACK; NULL: a named query */
	enum query query;
	int count;
	const char *const *values;
	struct db_result *result;
};

/* One answer to expect from the pipeline. */
struct command {
	const struct statement *statement;
	bool prepares;
};

struct db {
	char *url;
	PGconn *conn; /* NULL: lost */
	struct arena *arena;
	struct db_result *results;
	struct statement queue[QUEUE_SLOTS];
	int queued;
	struct command commands[2 * QUEUE_SLOTS];
	int commanded;
	bool prepared[QUERY_COUNT + 1];
	struct db_failure failure;
	char refusal[512]; /* see db_refusal */
	int64_t deadline_ms;
	int64_t discard_after_ms;
	void (*pump)(void *);
	void *pump_arg;
	int64_t pumped_ms;
};

/* Tries one host for 5 s. */
bool db_wire_connect(struct db *db, unsigned attempt, int *out_targets);
void db_wire_disconnect(struct db *db);

/* Sends the queue and reads to the Sync, at most 15 s. False: db->failure says why,
 * and DB_LOST that there is no connection any more. */
bool db_wire_run(struct db *db);

/* The same for a script, outside of the pipeline, at most ten minutes. */
bool db_wire_script(struct db *db, const char *sql);

#endif
