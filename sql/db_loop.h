/* sql/db_loop.h - PostgreSQL for an event loop: nothing here ever waits.
 *
 * A connection in pipeline mode; each request is one prepared statement with a
 * Sync of its own, so an error stays with its request, and the socket is flushed
 * once per loop turn (db_loop_flush). The owner watches db_loop_fd() and calls
 * db_loop_readable(), which calls back for every finished request in order.
 * A lost connection calls every outstanding request back with DB_LOST; requests
 * in flight may have been applied, those not yet sent (never flushed) were not.
 * The queue is bounded: db_loop_send says false when DB_LOOP_QUEUE are waiting.
 */
#ifndef SQL_DB_LOOP_H
#define SQL_DB_LOOP_H

#include "sql/db.h"

#define DB_LOOP_QUEUE 1024

struct db_loop;

/* result: rows, read with db_rows and friends, valid during the call only; NULL
 * unless fault is DB_FINE. detail: the server's message, sqlstate its code ("" if none). */
typedef void db_loop_fn(void *arg, enum db_fault fault, const char *sqlstate, const struct db_result *result);

struct db_loop *db_loop_new(const char *url);
void db_loop_free(struct db_loop **db);

/* Starts connecting without blocking (PQconnectStart); db_loop_poll drives it. */
enum db_loop_state { DB_LOOP_DOWN, DB_LOOP_CONNECTING, DB_LOOP_UP };
enum db_loop_state db_loop_state(const struct db_loop *db);
/* DOWN -> CONNECTING. False when the URL can't be used at all. */
bool db_loop_connect(struct db_loop *db);
/* -1 when down. While CONNECTING the fd can change from call to call. */
int db_loop_fd(const struct db_loop *db);
/* What to watch for now; db_loop_wants_write also while a flush is incomplete. */
bool db_loop_wants_read(const struct db_loop *db);
bool db_loop_wants_write(const struct db_loop *db);
/* The socket is readable or writable: connect on, flush on, call back. */
void db_loop_ready(struct db_loop *db);
/* Puts a request into the pipeline. Parameters are copied. False: full or down. */
bool db_loop_send(struct db_loop *db, enum query query, int count, const struct db_param *params, db_loop_fn *done,
	void *arg);
/* Once per loop turn. */
void db_loop_flush(struct db_loop *db);
/* The oldest request has waited longer than 15 s: give the connection up. To be called every second or so. */
void db_loop_tick(struct db_loop *db);
int db_loop_waiting(const struct db_loop *db);

#endif
