/* db_loop.c - see db_loop.h.
 *
 * Requests stand in a ring in the order in which the server answers them. Each
 * is [prepare] execute Sync; the call back comes at the Sync, because only then
 * its implicit transaction has ended: a deferred constraint still can fail it.
 */
#include "sql/db_loop.h"

#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "sql/db_private.h"

#define ARENA_BYTES 16384

struct request {
	enum query query;
	bool prepares; /* its first answer is that of PREPARE */
	db_loop_fn *done;
	void *arg;
	int64_t since_ms;
};

struct db_loop {
	char *url;
	PGconn *conn; /* NULL: down */
	enum db_loop_state state;
	PostgresPollingStatusType next; /* while connecting */
	int64_t connecting_since_ms;
	int host; /* of the next attempt */
	bool unwritten;
	bool broken; /* libpq refused a part of a request */
	struct arena *arena;
	bool prepared[QUERY_COUNT + 1];
	struct request ring[DB_LOOP_QUEUE];
	int first;
	int waiting;
	/* What is known about ring[first] so far. */
	int commands_done;
	struct db_result answer;
	struct db_failure failure;
};

struct db_loop *db_loop_new(const char *url)
{
	struct db_loop *db = calloc(1, sizeof(*db));

	if (!db || !(db->url = strdup(url)))
		abort();
	db->arena = arena_new(ARENA_BYTES);
	return db;
}

static void clear_answer(struct db_loop *db)
{
	PQclear(db->answer.pg);
	db->answer.pg = NULL;
	db->commands_done = 0;
	db_failure_set(&db->failure, DB_FINE, "", "");
}

static struct request pop(struct db_loop *db)
{
	struct request request = db->ring[db->first];

	db->first = (db->first + 1) % DB_LOOP_QUEUE;
	db->waiting--;
	return request;
}

/* Down first, then the calls: whoever is called may ask db_loop_connect for another connection
 * and send on it, so only those who waited before are told. */
static void give_up(struct db_loop *db)
{
	int told = db->waiting;

	PQfinish(db->conn);
	db->conn = NULL;
	db->state = DB_LOOP_DOWN;
	db->unwritten = db->broken = false;
	memset(db->prepared, 0, sizeof(db->prepared));
	clear_answer(db);
	while (told-- > 0) {
		struct request request = pop(db);

		request.done(request.arg, DB_LOST, "", NULL);
	}
}

static void lose(struct db_loop *db, const char *why)
{
	log_warn("database connection lost", LOG_VIEW("reason", text_trim(text_of(why))),
	        LOG_INT("outstanding", db->waiting));
	give_up(db);
}

void db_loop_free(struct db_loop **db)
{
	if (!*db)
		return;
	give_up(*db);
	arena_free(&(*db)->arena);
	free((*db)->url);
	free(*db);
	*db = NULL;
}

/* --- connecting --------------------------------------------------------------------- */

bool db_loop_connect(struct db_loop *db)
{
	int hosts;

	if (db->state != DB_LOOP_DOWN)
		return true;
	hosts = db_host_count(db->url);
	if (hosts == 0)
		return false;
	db->conn = db_connect_start(db->url, db->host++ % hosts);
	db->host %= hosts;
	db->state = DB_LOOP_CONNECTING;
	db->next = PGRES_POLLING_WRITING;
	db->connecting_since_ms = clock_mono_ms();
	if (!db->conn || PQstatus(db->conn) == CONNECTION_BAD)
		lose(db, db->conn ? PQerrorMessage(db->conn) : "out of memory");
	return true;
}

static void connect_on(struct db_loop *db)
{
	db->next = PQconnectPoll(db->conn);
	if (db->next == PGRES_POLLING_FAILED) {
		lose(db, PQerrorMessage(db->conn));
	} else if (db->next == PGRES_POLLING_OK) {
		if (db_connect_done(db->conn))
			db->state = DB_LOOP_UP;
		else
			lose(db, PQerrorMessage(db->conn));
	}
}

enum db_loop_state db_loop_state(const struct db_loop *db)
{
	return db->state;
}

int db_loop_fd(const struct db_loop *db)
{
	return db->conn ? PQsocket(db->conn) : -1;
}

bool db_loop_wants_read(const struct db_loop *db)
{
	return db->state == DB_LOOP_UP || (db->state == DB_LOOP_CONNECTING && db->next == PGRES_POLLING_READING);
}

bool db_loop_wants_write(const struct db_loop *db)
{
	if (db->state == DB_LOOP_CONNECTING)
		return db->next == PGRES_POLLING_WRITING;
	return db->state == DB_LOOP_UP && db->unwritten;
}

/* --- requests ----------------------------------------------------------------------- */

static bool dispatch(struct db_loop *db, const struct request *request, int count, const char *const *values)
{
	const struct query_text *text = &query_texts[request->query];

	if (request->prepares) {
		db->prepared[request->query] = true;
		if (!PQsendPrepare(db->conn, text->name, text->sql, 0, NULL))
			return false;
	}
	return PQsendQueryPrepared(db->conn, text->name, count, values, NULL, NULL, 0) && PQpipelineSync(db->conn);
}

bool db_loop_send(
        struct db_loop *db, enum query query, int count, const struct db_param *params, db_loop_fn *done, void *arg)
{
	struct db_failure failure;
	const char *const *values;
	struct request *request;

	if (db->state != DB_LOOP_UP || db->waiting == DB_LOOP_QUEUE)
		return false;
	arena_reset(db->arena);
	values = db_values(db->arena, query, count, params, &failure);
	if (!values)
		return false;
	request = &db->ring[(db->first + db->waiting) % DB_LOOP_QUEUE];
	*request = (struct request){
		.query = query, .prepares = !db->prepared[query], .done = done, .arg = arg, .since_ms = clock_mono_ms()
	};
	db->waiting++;
	/* Half a request may be in the pipeline: the next db_loop_flush gives the connection up. */
	if (!dispatch(db, request, count, values))
		db->broken = true;
	db->unwritten = true;
	return true;
}

void db_loop_flush(struct db_loop *db)
{
	int pending;

	if (db->state != DB_LOOP_UP)
		return;
	pending = PQflush(db->conn);
	if (db->broken || pending < 0 || PQstatus(db->conn) == CONNECTION_BAD)
		lose(db, "the connection ended");
	else
		db->unwritten = pending > 0;
}

/* Keeps one result of ring[first]: its rows, or its first error. */
static void take(struct db_loop *db, PGresult *pg)
{
	const struct request *request = &db->ring[db->first];
	ExecStatusType status = PQresultStatus(pg);
	bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
	bool of_prepare = request->prepares && db->commands_done == 0;

	if (good && !of_prepare) {
		PQclear(db->answer.pg);
		db->answer.pg = pg;
		return;
	}
	if (!good && of_prepare)
		db->prepared[request->query] = false;
	if (!good && status != PGRES_PIPELINE_ABORTED && db->failure.fault == DB_FINE)
		db_failure_read(&db->failure, pg, query_texts[request->query].name);
	PQclear(pg);
}

/* The Sync of ring[first]: it is over, whichever way. */
static void finish_request(struct db_loop *db)
{
	struct db_result answer = db->answer;
	struct db_failure failure = db->failure;
	struct request request = pop(db);

	db->answer.pg = NULL;
	clear_answer(db);
	request.done(request.arg, failure.fault, failure.sqlstate, failure.fault == DB_FINE ? &answer : NULL);
	PQclear(answer.pg);
	/* A table changed under prepared plans: a fresh connection makes fresh ones. */
	if (db->conn && db_failure_is_stale_plan(&failure))
		lose(db, "prepared plans are stale");
}

static void read_answers(struct db_loop *db)
{
	while (db->state == DB_LOOP_UP && db->waiting > 0 && !db->broken && !PQisBusy(db->conn)) {
		PGresult *pg = PQgetResult(db->conn);

		if (!pg && ++db->commands_done > 3) {
			db->broken = true;
			return;
		} else if (!pg) {
			continue;
		} else if (PQresultStatus(pg) == PGRES_PIPELINE_SYNC) {
			PQclear(pg);
			finish_request(db);
		} else {
			take(db, pg);
		}
	}
}

void db_loop_ready(struct db_loop *db)
{
	PGconn *conn = db->conn;
	bool alive;

	if (db->state == DB_LOOP_CONNECTING)
		connect_on(db);
	if (db->state != DB_LOOP_UP)
		return;
	/* What arrived before the end of the connection still counts. */
	alive = PQconsumeInput(db->conn) && PQstatus(db->conn) == CONNECTION_OK;
	read_answers(db);
	if (db->conn != conn)
		return;
	if (!alive)
		lose(db, "the connection ended");
	else
		db_loop_flush(db);
}

void db_loop_tick(struct db_loop *db)
{
	int64_t now_ms = clock_mono_ms();

	if (db->state == DB_LOOP_CONNECTING && now_ms - db->connecting_since_ms > DB_CONNECT_MS)
		lose(db, "no connection in time");
	else if (db->state == DB_LOOP_UP && db->waiting > 0 && now_ms - db->ring[db->first].since_ms > DB_WAIT_MS)
		lose(db, "no answer in time");
}

int db_loop_waiting(const struct db_loop *db)
{
	return db->waiting;
}
