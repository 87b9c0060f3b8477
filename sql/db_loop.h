/* sql/db_loop.h - PostgreSQL for an event loop: nothing here ever waits.
 *
 * A connection in pipeline mode; each request is one prepared statement, and an
 * error stays with its request. The owner watches
 * db_loop_fd() and calls db_loop_ready(), which calls back for every finished
 * request in order; what the socket did not take goes out with db_loop_flush(),
 * once per loop turn. A lost connection calls every outstanding request back with
 * DB_LOST; each may have been applied. The queue is bounded: db_loop_send says
 * false when DB_LOOP_QUEUE are waiting, or their parameters have DB_LOOP_BYTES.
 *
 * A call back may send, flush and connect; it must not free. After db_loop_ready,
 * db_loop_flush and db_loop_tick the state, and with it the fd, may be another.
 */
#ifndef SQL_DB_LOOP_H
#define SQL_DB_LOOP_H

#include "sql/db.h"

#define DB_LOOP_QUEUE 1024
#define DB_LOOP_BYTES ((size_t)4 * 1024 * 1024)

struct db_loop;

/* result: rows, read with db_rows and friends, valid during the call only; NULL
 * unless fault is DB_FINE. */
typedef void db_loop_fn(void *arg, enum db_fault fault, const struct db_result *result);

/* reads: nothing that will be sent changes anything, so that what is sent between two db_loop_flush may
 * share a Sync, and what an error of another has kept from running may be sent again. */
struct db_loop *db_loop_new(const char *url, bool reads);
void db_loop_free(struct db_loop **db);

/* Starts connecting without blocking (PQconnectStart; only a name that must be resolved can block);
 * db_loop_ready drives it. Of several addresses that the URL's hosts have each attempt tries the next one, for 5 s. */
enum db_loop_state { DB_LOOP_DOWN, DB_LOOP_CONNECTING, DB_LOOP_UP };
enum db_loop_state db_loop_state(const struct db_loop *db);
/* DOWN -> CONNECTING, or DOWN still when the attempt failed at once: try again later, with backoff.
 * False when the URL can't be used at all. */
bool db_loop_connect(struct db_loop *db);
/* UP -> DOWN, of one's own will; what is outstanding is lost. */
void db_loop_leave(struct db_loop *db);
/* -1 when down. While CONNECTING the socket can change from call to call, and the new one have the same number:
 * what watches it watches anew when db_loop_socket() has changed. */
int db_loop_fd(const struct db_loop *db);
unsigned db_loop_socket(const struct db_loop *db);
/* What to watch for now; db_loop_wants_write also while a flush is incomplete. */
bool db_loop_wants_read(const struct db_loop *db);
bool db_loop_wants_write(const struct db_loop *db);
/* The socket is readable or writable: connect on, flush on, call back. */
void db_loop_ready(struct db_loop *db);
/* Puts a request into the pipeline. Parameters are copied. False: full, down,
 * or a text with a NUL inside; done is not called then. */
bool db_loop_send(
        struct db_loop *db, enum query query, int count, const struct db_param *params, db_loop_fn *done, void *arg);
/* Once per loop turn. */
void db_loop_flush(struct db_loop *db);
/* To be called every second or so: gives the connection up when the oldest request has waited
 * longer than 15 s, or connecting has taken longer than 5 s. */
void db_loop_tick(struct db_loop *db);
int db_loop_waiting(const struct db_loop *db);

#endif
