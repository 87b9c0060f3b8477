/* ticker.h - the skeleton of a worker that a due time wakes.
 *
 *   rest ─► hold ─► work, work, ... until nothing is due ─► ack what woke us ─► rest
 *
 * What there is to do are rows. A message or a poke only says that it is worth looking, so that one which is lost costs
 * a moment and no more. Several processes may do the same work: each holds something on its database connection, a
 * lock that makes it the active one or a number that its rows carry. What it held is gone with the connection.
 */
#ifndef WORKERS_TICKER_H
#define WORKERS_TICKER_H

#include "workers/trunk.h"

struct ticker {
	struct trunk trunk; /* first, so that trunk_pump takes a ticker too */
	const struct ticker_worker *worker;
	int number;       /* of the thread, from 0 */
	void *own;        /* the worker's, of this thread */
	bool holds;       /* what it needs is held by the present connection */
	int failures;     /* of the database, one after the other */
	int64_t after_ms; /* hold is not tried before */
};

struct ticker_worker {
	const char *name;
	const char *about;
	struct setting *const *settings; /* tables, NULL-terminated; may be NULL */
	bool (*prepare)(void);           /* once, when the settings are read; may be NULL; false ends the program */
	const char *thread;              /* its name; the number of the thread follows */
	const int64_t *threads;          /* how many; NULL: one */
	const char *const *queues;       /* of messages that wake it, NULL-terminated; NULL: none, and rest waits */
	int prefetch;

	/* Makes t->own. False ends the program. */
	bool (*open)(struct ticker *t);
	void (*close)(struct ticker *t);
	/* Takes what must be held. The database is there, with the right schema. False: the database failed, or
	 * another process holds it: then it is asked for again in a second, or at after_ms if hold has set that. */
	bool (*hold)(struct ticker *t);
	/* Does some of what is due. False: nothing is due, or nothing can be done now. */
	bool (*work)(struct ticker *t);
	/* Of a worker without queues: waits until it is worth looking, at most about a second; also while nothing is
	 * held. */
	void (*rest)(struct ticker *t);
};

int ticker_main(int argc, char **argv, const struct ticker_worker *worker);
/* Its threads alone, for a worker of another kind that has such beside its own. arg: a ticker_worker. */
bool ticker_start(const void *arg);

/* A number that rows carry: at random, so that no two threads of any process have the same. */
int ticker_random_number(void);
/* lock: a query that locks a number for the connection. False: somebody else has it, or the database failed. */
bool ticker_lock_number(struct ticker *t, enum query lock, int number);

/* Connects, compares the schema and holds, where that is needed. False: not now. */
bool ticker_is_ready(struct ticker *t);

/* A statement failed: says so once an outage, and tries again later. Always false. */
bool ticker_database_failed(struct ticker *t);
/* A statement was answered. */
void ticker_database_answered(struct ticker *t);

/* How long to rest while nothing is held: until hold is due, at most a second. */
int ticker_pause_ms(const struct ticker *t);

#endif
