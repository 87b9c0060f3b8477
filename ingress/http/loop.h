/* loop.h - an event loop's thread: HTTP/1.1 in, notes from other threads in, PostgreSQL at hand.
 *
 * Nothing on this thread ever blocks. Other threads hand over work with
 * loop_post(); what a loop owns (calls, waiters, database connections) is touched
 * by its own thread only.
 */
#ifndef INGRESS_HTTP_LOOP_H
#define INGRESS_HTTP_LOOP_H

#include <h2o.h>
#include "base/settings.h"
#include "ingress/http/call.h"
#include "sql/db_loop.h"

struct loop;

/* Something another thread has for the loop. Lives in a struct of the sender's. */
struct note {
	h2o_multithread_message_t message;
	void (*run)(struct note *note); /* on the loop's thread */
};
void loop_post(struct loop *loop, struct note *note);

/* What lives on a loop and is made by others. */
struct loop_parts {
	struct waiters *waiters;
};

/* What the loop does not know: who answers a call, and what its parts do. */
struct loop_work {
	void (*answer)(struct call *call);
	void (*open)(struct loop *loop, struct loop_parts *parts); /* once, on the loop's thread */
	void (*turn)(struct loop *loop);                           /* after every turn */
	int (*unfinished)(const struct loop_parts *parts);         /* how many a drain must wait for */
};

extern struct setting loop_settings[];

/* Creates the loops and starts their threads, listening on the addresses of LISTEN and LISTEN_TLS. Exits
 * with a clear message when one can't be served. */
void loop_start_all(const struct loop_work *work);

int loop_count(void);
/* False once every loop has drained: nobody will publish any more. */
bool loop_any_running(void);
struct loop *loop_at(int i);

/* The per-loop state of other files. */
struct loop_parts *loop_parts(struct loop *loop);
struct text loop_reply_address(const struct loop *loop); /* the Redis channel for its results */

/* One statement; false at once when the database is away or too busy. Reads share connections with
 * other reads, writes with other writes. */
bool loop_query(
        struct loop *loop, enum query query, int count, const struct db_param *params, db_loop_fn *done, void *arg);
bool loop_write(
        struct loop *loop, enum query query, int count, const struct db_param *params, db_loop_fn *done, void *arg);

#endif
