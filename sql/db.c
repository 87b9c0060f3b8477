/* db.c - transactions and their first failure: see db.h.
 *
 * Here statements are queued and failures kept; db_wire.c does the talking.
 */
#include "sql/db.h"

#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "sql/db_wire.h"

#define ARENA_BYTES 65536

static void forget(struct db *db)
{
	while (db->results) {
		PQclear(db->results->pg);
		db->results = db->results->next;
	}
	arena_reset(db->arena);
	db->queued = 0;
	/* A table changed under prepared plans: a fresh connection makes fresh ones. */
	if (db->conn && db_failure_is_stale_plan(&db->failure))
		db_wire_disconnect(db);
	if (db->conn)
		db_failure_set(&db->failure, DB_FINE, "", "");
	else
		db_failure_set(&db->failure, DB_LOST, "", "no connection to the database");
}

static bool connect_any(struct db *db)
{
	int targets;
	unsigned attempt = 0;
	bool connected;

	do
		connected = db_wire_connect(db, attempt++, &targets);
	while (!connected && attempt < (unsigned)targets);
	forget(db);
	return connected;
}

struct db *db_open(const char *url)
{
	struct db *db = calloc(1, sizeof(*db));

	if (!db || !(db->url = strdup(url)))
		abort();
	db->arena = arena_new(ARENA_BYTES);
	connect_any(db);
	return db;
}

void db_close(struct db **db)
{
	if (!*db)
		return;
	db_wire_disconnect(*db);
	forget(*db);
	arena_free(&(*db)->arena);
	free((*db)->url);
	free(*db);
	*db = NULL;
}

bool db_revive(struct db *db)
{
	return db->conn || connect_any(db);
}

void db_on_wait(struct db *db, void (*pump)(void *), void *arg)
{
	db->pump = pump;
	db->pump_arg = arg;
}

static struct statement *enqueue(struct db *db, const char *control)
{
	struct statement *s = &db->queue[db->queued++];

	*s = (struct statement){ .control = control, .result = ARENA_NEW(db->arena, struct db_result) };
	s->result->next = db->results;
	db->results = s->result;
	return s;
}

/* Rolls back whatever the server has open; keeps the first failure. */
static void end_transaction(struct db *db)
{
	struct db_failure first = db->failure;

	db->queued = 0;
	if (!db->conn || PQtransactionStatus(db->conn) == PQTRANS_IDLE)
		return;
	db_failure_set(&db->failure, DB_FINE, "", "");
	enqueue(db, "ROLLBACK");
	if (db_wire_run(db) || db->failure.fault != DB_LOST)
		db->failure = first;
}

void db_begin(struct db *db)
{
	int64_t now_ms = clock_mono_ms();

	db_rollback(db);
	if (db->failure.fault != DB_FINE)
		return;
	if (now_ms >= db->discard_after_ms) {
		enqueue(db, DB_DISCARD);
		db->discard_after_ms = now_ms + DB_DISCARD_MS;
	}
	enqueue(db, "BEGIN");
}

struct db_result *db_send_params(struct db *db, enum query query, int count, const struct db_param *params)
{
	const char *const *values;
	struct statement *s;

	if (db->failure.fault == DB_FINE && db->queued > QUEUE_MAX) {
		db_failure_set(&db->failure, DB_BROKEN, "", "too many statements in one sync");
		log_error("too many statements in one sync", LOG_TEXT("query", query_texts[query].name));
	}
	if (db->failure.fault != DB_FINE)
		return ARENA_NEW(db->arena, struct db_result);
	values = db_values(db->arena, query, count, params, &db->failure);
	if (!values)
		return ARENA_NEW(db->arena, struct db_result);
	s = enqueue(db, NULL);
	s->query = query;
	s->count = count;
	s->values = values;
	return s->result;
}

bool db_sync(struct db *db)
{
	if (db->failure.fault != DB_FINE)
		return false;
	return db->queued == 0 || db_wire_run(db);
}

bool db_commit(struct db *db)
{
	const struct statement *commit;
	bool committed = false;

	if (db->failure.fault == DB_FINE) {
		commit = enqueue(db, "COMMIT");
		committed = db_wire_run(db);
		/* A transaction that failed before answers COMMIT with ROLLBACK, and calls it success. */
		if (committed && strcmp(PQcmdStatus(commit->result->pg), "COMMIT") != 0) {
			db_failure_set(&db->failure, DB_WAIT, "25P02", "the server rolled back");
			committed = false;
		}
	}
	if (!committed)
		end_transaction(db);
	return committed;
}

void db_rollback(struct db *db)
{
	end_transaction(db);
	forget(db);
}

void db_reset(struct db *db)
{
	forget(db);
}

void db_cancel(struct db *db)
{
	PGcancel *cancel = db->conn ? PQgetCancel(db->conn) : NULL;
	char why[256];

	if (cancel && !PQcancel(cancel, why, sizeof why))
		log_warn("the database hears no cancel", LOG_TEXT("reason", why));
	PQfreeCancel(cancel);
}

enum db_fault db_fault(const struct db *db)
{
	return db->failure.fault;
}

const char *db_sqlstate(const struct db *db)
{
	return db->failure.sqlstate;
}

const char *db_message(const struct db *db)
{
	return db->failure.message;
}

const char *db_refusal(const struct db *db)
{
	return db->refusal;
}

bool db_script(struct db *db, const char *sql)
{
	return db_sync(db) && db_wire_script(db, sql);
}

struct text db_quote_literal(struct db *db, struct arena *arena, struct text value)
{
	char *quoted = db->conn ? PQescapeLiteral(db->conn, value.data, value.len) : NULL;
	struct text copy = TEXT_NONE;

	if (quoted) {
		copy = text_copy(arena, text_of(quoted));
		PQfreemem(quoted);
	}
	return copy;
}
