/* db_wire.c - one connection, driven by poll.
 *
 * Statements wait in a queue until db_sync. Then all of them go into libpq's
 * pipeline, each preceded by its PREPARE at its first use on this connection,
 * one Sync behind them, and results are read in that order:
 *
 *   queue      BEGIN   lane_lock              ticket_load
 *   commands   BEGIN   prepare  execute       prepare  execute   Sync
 *
 * The socket is nonblocking and read while there is something left to write, so
 * that a server that waits for us to read never meets us waiting for it.
 */
#include "sql/db_wire.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"

#define PUMP_MS 200
#define SCRIPT_MS 600000

/* --- waiting ------------------------------------------------------------------------ */

void db_wire_disconnect(struct db *db)
{
	PQfinish(db->conn);
	db->conn = NULL;
	db->queued = 0;
	memset(db->prepared, 0, sizeof(db->prepared));
}

/* Always false. What the server said on its way out is kept. */
static bool lose(struct db *db, const char *why)
{
	if (db->failure.fault == DB_FINE || db->failure.fault == DB_LOST)
		db_failure_set(&db->failure, DB_LOST, "", why);
	db->failure.fault = DB_LOST;
	snprintf(db->refusal, sizeof db->refusal, "%s", *why ? why : db->failure.message);
	log_warn("database connection lost", LOG_TEXT("sqlstate", db->failure.sqlstate),
	        LOG_TEXT("reason", *db->failure.sqlstate ? "" : db->failure.message));
	db_wire_disconnect(db);
	return false;
}

/* Waits for the socket, at most until the next turn of the pump. False: the deadline has passed. */
static bool wait_socket(struct db *db, short events)
{
	struct pollfd p = { .fd = PQsocket(db->conn), .events = events };
	int64_t left_ms = db->deadline_ms - clock_mono_ms();
	int ready = poll(&p, 1, left_ms <= 0 ? 0 : left_ms < PUMP_MS ? (int)left_ms : PUMP_MS);
	int64_t now_ms = clock_mono_ms();

	if (db->pump && now_ms - db->pumped_ms >= PUMP_MS) {
		db->pump(db->pump_arg);
		db->pumped_ms = clock_mono_ms();
	}
	return ready > 0 || now_ms < db->deadline_ms;
}

static void set_deadline(struct db *db, int ms)
{
	db->pumped_ms = clock_mono_ms();
	db->deadline_ms = db->pumped_ms + ms;
}

/* Writes what is pending and reads until PQgetResult would not block. */
static bool await_result(struct db *db)
{
	while (PQisBusy(db->conn)) {
		int pending = PQflush(db->conn);

		if (pending < 0)
			return lose(db, PQerrorMessage(db->conn));
		if (!wait_socket(db, pending ? POLLIN | POLLOUT : POLLIN))
			return lose(db, "no answer in time");
		if (!PQconsumeInput(db->conn))
			return lose(db, PQerrorMessage(db->conn));
	}
	return true;
}

bool db_wire_connect(struct db *db, unsigned attempt, int *out_targets)
{
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;

	db->conn = db_connect_start(db->url, attempt, out_targets);
	if (!db->conn)
		return lose(db, *out_targets ? "out of memory" : "the URL");
	set_deadline(db, DB_CONNECT_MS);
	db->discard_after_ms = clock_mono_ms() + DB_DISCARD_MS;
	while (PQstatus(db->conn) != CONNECTION_BAD && next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
		if (!wait_socket(db, next == PGRES_POLLING_READING ? POLLIN : POLLOUT))
			return lose(db, "no connection in time");
		next = PQconnectPoll(db->conn);
	}
	if (PQstatus(db->conn) != CONNECTION_OK || !db_connect_done(db->conn))
		return lose(db, PQerrorMessage(db->conn));
	return true;
}

/* --- the pipeline ------------------------------------------------------------------- */

static void expect(struct db *db, const struct statement *s, bool prepares)
{
	db->commands[db->commanded++] = (struct command){ .statement = s, .prepares = prepares };
}

static bool dispatch_one(struct db *db, const struct statement *s)
{
	const struct query_text *text = &query_texts[s->query];

	if (s->control) {
		expect(db, s, false);
		return PQsendQueryParams(db->conn, s->control, 0, NULL, NULL, NULL, NULL, 0);
	}
	if (!db->prepared[s->query]) {
		expect(db, s, true);
		db->prepared[s->query] = true;
		if (!PQsendPrepare(db->conn, text->name, text->sql, 0, NULL))
			return false;
	}
	expect(db, s, false);
	return PQsendQueryPrepared(db->conn, text->name, s->count, s->values, NULL, NULL, 0);
}

static bool dispatch(struct db *db)
{
	db->commanded = 0;
	for (int i = 0; i < db->queued; i++) {
		if (!dispatch_one(db, &db->queue[i]))
			return lose(db, PQerrorMessage(db->conn));
	}
	return PQpipelineSync(db->conn) || lose(db, PQerrorMessage(db->conn));
}

/* For the log. NULL: an error at the Sync, where an implicit transaction commits. */
static const char *name_of(const struct statement *s)
{
	if (!s)
		return "COMMIT";
	return s->control ? s->control : query_texts[s->query].name;
}

/* Takes over one result of the pipeline. What comes after the first error is only its echo. */
static void take(struct db *db, const struct command *command, PGresult *pg)
{
	const struct statement *s = command ? command->statement : NULL;
	ExecStatusType status = PQresultStatus(pg);
	bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;

	if (good && s && !command->prepares) {
		PQclear(s->result->pg);
		s->result->pg = pg;
		return;
	}
	if (!good && s && command->prepares)
		db->prepared[s->query] = false;
	if (!good && status != PGRES_PIPELINE_ABORTED && db->failure.fault == DB_FINE)
		db_failure_read(&db->failure, pg, name_of(s));
	PQclear(pg);
}

bool db_wire_run(struct db *db)
{
	int done = 0;

	set_deadline(db, DB_WAIT_MS);
	if (!dispatch(db))
		return false;
	for (;;) {
		PGresult *pg;

		if (!await_result(db))
			return false;
		pg = PQgetResult(db->conn);
		if (PQresultStatus(pg) == PGRES_PIPELINE_SYNC) {
			PQclear(pg);
			break;
		}
		/* NULL ends the results of one command. */
		if (pg)
			take(db, done < db->commanded ? &db->commands[done] : NULL, pg);
		else if (++done > db->commanded + 1)
			return lose(db, "answers out of step");
		if (PQstatus(db->conn) == CONNECTION_BAD)
			return lose(db, PQerrorMessage(db->conn));
	}
	db->queued = 0;
	return db->failure.fault == DB_FINE;
}

/* --- scripts ------------------------------------------------------------------------ */

static bool read_script_results(struct db *db)
{
	PGresult *pg;

	while (await_result(db) && (pg = PQgetResult(db->conn))) {
		ExecStatusType status = PQresultStatus(pg);
		bool copies = status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;

		if (!copies && status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY &&
		        db->failure.fault == DB_FINE)
			db_failure_read(&db->failure, pg, "script");
		PQclear(pg);
		if (copies)
			return lose(db, "a script can't COPY");
		if (PQstatus(db->conn) == CONNECTION_BAD)
			return lose(db, PQerrorMessage(db->conn));
	}
	return db->conn && db->failure.fault == DB_FINE;
}

bool db_wire_script(struct db *db, const char *sql)
{
	bool good;

	set_deadline(db, SCRIPT_MS);
	if (!PQexitPipelineMode(db->conn) || !PQsendQuery(db->conn, sql))
		return lose(db, PQerrorMessage(db->conn));
	good = read_script_results(db);
	if (db->conn && !PQenterPipelineMode(db->conn))
		return lose(db, PQerrorMessage(db->conn));
	return good;
}
