/* db_loop.c - see db_loop.h.
 *
 * Requests stand in a ring in the order in which the server answers them. One that
 * may write is [prepare] execute Sync; the call back comes at the Sync, because only
 * then its implicit transaction has ended: a deferred constraint still can fail it.
 *
 * Reads of one turn of the owner's loop stand before one Sync: the server and we
 * then wake once for all of them. Each is over when its rows are there. When one
 * fails, the server passes over those behind it; they are sent again, each alone.
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
	bool again;    /* was passed over once */
	int count;
	char **values; /* of a read, to send it again; one block, owned */
	size_t bytes;  /* of its values */
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
	int64_t discard_after_ms;
	unsigned attempt;
	unsigned socket; /* how many sockets there may have been */
	bool reads;      /* nothing that is sent here writes */
	bool unsynced;
	bool unwritten;
	bool broken; /* libpq refused a part of a request */
	struct arena *arena;
	bool prepared[QUERY_COUNT + 1];
	struct request ring[DB_LOOP_QUEUE];
	int first;
	int waiting;
	size_t bytes; /* of all that wait */
	/* What is known about ring[first] so far. */
	int commands_done;
	bool passed_over;
	struct db_result answer;
	struct db_failure failure;
};

struct db_loop *db_loop_new(const char *url, bool reads)
{
	struct db_loop *db = calloc(1, sizeof(*db));

	if (!db || !(db->url = strdup(url)))
		abort();
	db->reads = reads;
	db->arena = arena_new(ARENA_BYTES);
	return db;
}

static void clear_answer(struct db_loop *db)
{
	PQclear(db->answer.pg);
	db->answer.pg = NULL;
	db->commands_done = 0;
	db->passed_over = false;
	db_failure_set(&db->failure, DB_FINE, "", "");
}

static struct request pop(struct db_loop *db)
{
	struct request request = db->ring[db->first];

	db->first = (db->first + 1) % DB_LOOP_QUEUE;
	db->waiting--;
	db->bytes -= request.bytes;
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
	db->unsynced = db->unwritten = db->broken = false;
	memset(db->prepared, 0, sizeof(db->prepared));
	clear_answer(db);
	while (told-- > 0) {
		struct request request = pop(db);

		if (request.done)
			request.done(request.arg, DB_LOST, NULL);
		free(request.values);
	}
}

static void lose(struct db_loop *db, const char *why)
{
	log_warn("database connection lost", LOG_VIEW("reason", text_trim(text_of(why))),
	        LOG_INT("outstanding", db->waiting));
	give_up(db);
}

void db_loop_leave(struct db_loop *db)
{
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
	int targets;

	if (db->state != DB_LOOP_DOWN)
		return true;
	db->conn = db_connect_start(db->url, db->attempt++, &targets);
	if (targets == 0)
		return false;
	db->socket++;
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
	db->socket++;
	if (db->next == PGRES_POLLING_FAILED) {
		lose(db, PQerrorMessage(db->conn));
	} else if (db->next == PGRES_POLLING_OK) {
		db->discard_after_ms = clock_mono_ms() + DB_DISCARD_MS;
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

unsigned db_loop_socket(const struct db_loop *db)
{
	return db->socket;
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

static bool dispatch(struct db_loop *db, struct request *request, const char *const *values)
{
	const struct query_text *text = &query_texts[request->query];

	request->prepares = !db->prepared[request->query];
	if (request->prepares) {
		db->prepared[request->query] = true;
		if (!PQsendPrepare(db->conn, text->name, text->sql, 0, NULL))
			return false;
		/* Else it would be passed over with the reads of its turn, which others count on. */
		if (db->reads && !PQpipelineSync(db->conn))
			return false;
	}
	if (!PQsendQueryPrepared(db->conn, text->name, request->count, values, NULL, NULL, 0))
		return false;
	db->unsynced = db->reads && !request->again;
	return db->unsynced || PQpipelineSync(db->conn);
}

/* What stands unsynced before one that comes with a Sync of its own would share its fate. */
static bool close_batch(struct db_loop *db)
{
	if (!db->unsynced)
		return true;
	db->unsynced = false;
	return PQpipelineSync(db->conn);
}

/* Half a request may be in the pipeline afterwards: the next db_loop_flush then gives the connection up. */
static void put(struct db_loop *db, struct request request, const char *const *values)
{
	struct request *place;

	if ((request.again || !db->prepared[request.query]) && !close_batch(db))
		db->broken = true;
	place = &db->ring[(db->first + db->waiting++) % DB_LOOP_QUEUE];
	db->bytes += request.bytes;
	*place = request;
	if (!dispatch(db, place, values))
		db->broken = true;
	db->unwritten = true;
}

static size_t bytes_of(int count, const char *const *values)
{
	size_t bytes = 0;

	for (int i = 0; i < count; i++)
		bytes += values[i] ? strlen(values[i]) + 1 : 0;
	return bytes;
}

/* The values in one block that free() takes. */
static char **keep(int count, const char *const *values)
{
	char **copy = malloc((size_t)(count + 1) * sizeof(char *) + bytes_of(count, values)), *at;

	if (!copy)
		abort();
	at = (char *)(copy + count + 1);
	for (int i = 0; i < count; i++) {
		copy[i] = values[i] ? at : NULL;
		if (values[i])
			at = stpcpy(at, values[i]) + 1;
	}
	return copy;
}

bool db_loop_send(
        struct db_loop *db, enum query query, int count, const struct db_param *params, db_loop_fn *done, void *arg)
{
	struct db_failure failure;
	const char *const *values;
	size_t bytes;

	if (db->state != DB_LOOP_UP || db->waiting == DB_LOOP_QUEUE)
		return false;
	arena_reset(db->arena);
	values = db_values(db->arena, query, count, params, &failure);
	bytes = values ? bytes_of(count, values) : 0;
	if (!values || db->bytes + bytes > DB_LOOP_BYTES)
		return false;
	put(db,
	        (struct request){ .query = query,
	                .count = count,
	                .values = db->reads ? keep(count, values) : NULL,
	                .bytes = bytes,
	                .done = done,
	                .arg = arg,
	                .since_ms = clock_mono_ms() },
	        values);
	return true;
}

void db_loop_flush(struct db_loop *db)
{
	int pending;

	if (db->state != DB_LOOP_UP)
		return;
	if (!close_batch(db))
		db->broken = true;
	pending = PQflush(db->conn);
	if (db->broken || pending < 0 || PQstatus(db->conn) == CONNECTION_BAD)
		lose(db, "the connection ended");
	else
		db->unwritten = pending > 0;
}

/* With FATAL or PANIC the server says its last word: nothing that is outstanding will be answered. */
static bool ends_connection(const PGresult *pg)
{
	const char *severity = PQresultErrorField(pg, PG_DIAG_SEVERITY_NONLOCALIZED);

	return severity && (!strcmp(severity, "FATAL") || !strcmp(severity, "PANIC"));
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
	if (status == PGRES_PIPELINE_ABORTED)
		db->passed_over = true;
	else if (!good && db->failure.fault == DB_FINE)
		db_failure_read(&db->failure, pg, query_texts[request->query].name);
	if (ends_connection(pg))
		db->broken = true;
	PQclear(pg);
}

/* ring[first] is over, whichever way. */
static void finish_request(struct db_loop *db)
{
	bool again = db->passed_over && db->failure.fault == DB_FINE;
	struct db_result answer = db->answer;
	struct db_failure failure = db->failure;
	struct request request = pop(db);

	db->answer.pg = NULL;
	clear_answer(db);
	if (again && db->reads && !request.again) {
		request.again = true;
		put(db, request, (const char *const *)request.values);
		PQclear(answer.pg);
		return;
	}
	if (request.done)
		request.done(request.arg, failure.fault, failure.fault == DB_FINE ? &answer : NULL);
	PQclear(answer.pg);
	free(request.values);
	/* A table changed under prepared plans: a fresh connection makes fresh ones. */
	if (db->conn && db_failure_is_stale_plan(&failure))
		lose(db, "prepared plans are stale");
}

/* A command's results have ended. A read is over with its last command. */
static void end_command(struct db_loop *db)
{
	bool empty = !db->answer.pg && !db->passed_over && db->failure.fault == DB_FINE;

	if (++db->commands_done > 3 || (empty && db->commands_done > db->ring[db->first].prepares))
		db->broken = true;
	else if (db->reads && db->commands_done == 1 + db->ring[db->first].prepares)
		finish_request(db);
}

static void read_answers(struct db_loop *db)
{
	while (db->state == DB_LOOP_UP && db->waiting > 0 && !db->broken && !PQisBusy(db->conn)) {
		PGresult *pg = PQgetResult(db->conn);

		if (db->reads && PQstatus(db->conn) == CONNECTION_BAD) {
			/* From here on every command ends without a result: that is no answer. */
			PQclear(pg);
			db->broken = true;
		} else if (!pg) {
			end_command(db);
		} else if (PQresultStatus(pg) == PGRES_PIPELINE_SYNC) {
			PQclear(pg);
			if (!db->reads)
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

/* A request of our own, for which nobody waits. */
static void discard_plans(struct db_loop *db, int64_t now_ms)
{
	if (db->state != DB_LOOP_UP || db->waiting == DB_LOOP_QUEUE || now_ms < db->discard_after_ms)
		return;
	db->discard_after_ms = now_ms + DB_DISCARD_MS;
	if (!close_batch(db))
		db->broken = true;
	db->ring[(db->first + db->waiting++) % DB_LOOP_QUEUE] = (struct request){ .again = true, .since_ms = now_ms };
	if (!PQsendQueryParams(db->conn, DB_DISCARD, 0, NULL, NULL, NULL, NULL, 0) || !PQpipelineSync(db->conn))
		db->broken = true;
	db->unwritten = true;
}

void db_loop_tick(struct db_loop *db)
{
	int64_t now_ms = clock_mono_ms();

	discard_plans(db, now_ms);
	if (db->state == DB_LOOP_CONNECTING && now_ms - db->connecting_since_ms > DB_CONNECT_MS)
		lose(db, "no connection in time");
	else if (db->state == DB_LOOP_UP && db->waiting > 0 && now_ms - db->ring[db->first].since_ms > DB_WAIT_MS)
		lose(db, "no answer in time");
}

int db_loop_waiting(const struct db_loop *db)
{
	return db->waiting;
}
