/* sql/db.h - PostgreSQL for workers: named queries, one pipeline, one verdict.
 *
 *   db_begin(db);
 *   lock = db_send(db, QUERY_lane_lock, P_TEXT(lanes));
 *   rows = db_send(db, QUERY_ticket_load, P_JSON(ids));
 *   if (!db_sync(db))
 *   	return db_fault(db);
 *   ... db_rows(rows), db_uuid(rows, i, 0) ...
 *   db_send(db, QUERY_ticket_store, P_JSON(tickets));
 *   if (!db_commit(db)) ...
 *
 * Nothing is sent before db_sync or db_commit; both send everything in one
 * pipeline (libpq pipeline mode, statements prepared at their first use) and
 * read every result. The first failure sticks until db_rollback or the next
 * db_begin: sends after it are ignored and results are empty, so the code above
 * reads as if nothing could fail, and asks once. A sync or commit that gets no
 * answer for 15 s counts as a lost connection. At most 64 statements a sync.
 * One connection belongs to one thread.
 */
#ifndef SQL_DB_H
#define SQL_DB_H

#include <stdbool.h>
#include <stdint.h>
#include "base/settings.h"
#include "base/text.h"
#include "base/uuid.h"
#include "sql_queries.h" /* enum query, generated from sql/queries */

struct db;
struct db_result;

/* What a failure means to the one who asked (DESIGN: the SQLSTATE rules). */
enum db_fault {
	DB_FINE,
	DB_MESSAGE, /* class 22 of a value, 23 with a constraint's name, 54: a message can be at fault */
	DB_RACE,    /* 23505 on an inbox table or a ticket's number, 40001, 40P01, or GU001 (a row count that differs):
	               load again */
	DB_WAIT,    /* anything else: wait in place and try again */
	DB_BROKEN,  /* class 42 or 25006: the schema or the server is not what we need */
	DB_LOST,    /* no connection */
};

struct db_param {
	enum { DB_PARAM_NULL, DB_PARAM_TEXT, DB_PARAM_UUID, DB_PARAM_INT } kind;
	struct text text;
	struct uuid uuid;
	int64_t number;
};

/* Functions, not macros: an argument may be a call. */
static inline struct db_param db_param_text(struct text t)
{
	return (struct db_param){ .kind = t.data ? DB_PARAM_TEXT : DB_PARAM_NULL, .text = t };
}

static inline struct db_param db_param_uuid(const struct uuid *id)
{
	return (struct db_param){ .kind = uuid_is_none(id) ? DB_PARAM_NULL : DB_PARAM_UUID, .uuid = *id };
}

#define P_TEXT(t) db_param_text(t)
#define P_UUID(id) db_param_uuid(id)
#define P_INT(n) ((struct db_param){ .kind = DB_PARAM_INT, .number = (n) })
#define P_NULL ((struct db_param){ .kind = DB_PARAM_NULL })

/* The row for DATABASE_URL. */
extern struct setting db_settings[];
/* The URL as set, for whoever opens a connection of another kind (db_loop). */
const char *db_url(void);

/* Connects (all addresses of all hosts of the URL, 5 s each; target_session_attrs=read-write unless the URL says
 * otherwise). Never NULL; db_fault() is DB_LOST when it failed, and the reason is logged. */
struct db *db_open(const char *url);
void db_close(struct db **db);

/* Connects again if the connection is lost; this forgets results and failure. Backoff is the caller's. */
bool db_revive(struct db *db);

/* For a pump that must not starve while the database is slow: called about
 * every 200 ms from inside waits. NULL takes it away. */
void db_on_wait(struct db *db, void (*pump)(void *), void *arg);

/* Forgets earlier results and the sticky failure, queues BEGIN. */
void db_begin(struct db *db);

/* Queues one statement; never NULL. The parameters are copied.
 * Outside db_begin .. db_commit each db_sync is its own implicit transaction. */
struct db_result *db_send_params(struct db *db, enum query query, int count, const struct db_param *params);
#define db_send(db, query, ...)                                                                                        \
	db_send_params((db), (query), sizeof((struct db_param[]){ __VA_ARGS__ }) / sizeof(struct db_param),            \
	        (const struct db_param[]){ __VA_ARGS__ })

/* Sends what is queued and reads all results. False: see db_fault. */
bool db_sync(struct db *db);
/* The same with COMMIT at the end. True only when the server said COMMIT (not
 * ROLLBACK). False with DB_LOST: it may have committed. False otherwise: it is
 * rolled back already, locks are free; the failure stays to be read. */
bool db_commit(struct db *db);
/* Ends a transaction, if one is open, and clears the failure (but DB_LOST until db_revive). */
void db_rollback(struct db *db);
/* Forgets results and failure outside a transaction. */
void db_reset(struct db *db);

/* From a pump: asks the server to give up what it is doing; it then fails with 57014. */
void db_cancel(struct db *db);

enum db_fault db_fault(const struct db *db);
/* Five characters and the server's primary message; "" when fine. */
const char *db_sqlstate(const struct db *db);
const char *db_message(const struct db *db);
/* Why the last attempt to connect, or the last connection, came to nothing, in the words of libpq or the server; ""
 * when none has yet. It names host, port and role, and no password. */
const char *db_refusal(const struct db *db);

int db_rows(const struct db_result *r);
int db_columns(const struct db_result *r);
/* TEXT_NONE for NULL and for a row that is not there. Lives until the next
 * db_begin, db_reset or db_rollback. */
struct text db_text(const struct db_result *r, int row, int column);
int64_t db_int(const struct db_result *r, int row, int column);      /* 0 for NULL */
struct uuid db_uuid(const struct db_result *r, int row, int column); /* none for NULL */
bool db_bool(const struct db_result *r, int row, int column);
bool db_is_null(const struct db_result *r, int row, int column);

/* A script of many statements (migrations); not for anything with parameters.
 * Sends what is queued before it. May take ten minutes. No COPY. */
bool db_script(struct db *db, const char *sql);
/* Quotes an identifier or literal for the two places that cannot take a
 * parameter (ALTER ROLE ... PASSWORD); in the arena. */
struct text db_quote_literal(struct db *db, struct arena *arena, struct text value);

#endif
