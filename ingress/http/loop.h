/* loop.h - what a room asks of the event loop it runs on: a note from another thread, and PostgreSQL.
 *
 * Nothing on a loop's thread ever blocks. Other threads hand over work with loop_post(); what a loop
 * owns (calls, waiters, database connections) is touched by its own thread only. Who accepts clients
 * and turns the loops is ingress/server.c.
 */
#ifndef INGRESS_HTTP_LOOP_H
#define INGRESS_HTTP_LOOP_H

#include <h2o.h>
#include "sql/db_loop.h"

#define LOOPS_MAX 16

struct loop;

/* Something another thread has for the loop. Lives in a struct of the sender's. */
struct note {
	h2o_multithread_message_t message;
	void (*run)(struct note *note); /* on the loop's thread */
};
void loop_post(struct loop *loop, struct note *note);

/* One statement; false at once when the database is away or too busy. Reads share connections with
 * other reads, writes with other writes. For a call see ask.h. */
bool loop_query(
        struct loop *loop, enum query query, int count, const struct db_param *params, db_loop_fn *done, void *arg);
bool loop_write(
        struct loop *loop, enum query query, int count, const struct db_param *params, db_loop_fn *done, void *arg);

/* Somebody has written what may be news to a client: from any thread, and how often that was. */
void loop_tell_news(void);
uint64_t loop_news(void);

/* The loops of the process: they are made before whoever else has a thread, and stay. */
int loop_count(void);
struct loop *loop_at(int i);
int loop_index(const struct loop *loop);
struct text loop_reply_address(const struct loop *loop); /* the Redis channel for its results */
/* False once every loop has drained: nobody will publish any more. */
bool loop_any_running(void);

/* --- for who turns it --- */
/* One more; runs from now on, whatever its thread does. Lives as long as the process. */
struct loop *loop_new(void);
/* On its thread, before its first turn: notes and answers come by this context from now on. */
void loop_open(struct loop *loop, h2o_context_t *context);
/* After every turn of h2o's. */
void loop_turn(struct loop *loop);
/* The thread of one of them has drained. */
void loop_end(void);

#endif
