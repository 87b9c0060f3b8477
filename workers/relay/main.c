/* main.c - guichet-relay: carries the outbox to the broker, in commit order, at least once.
 *
 *   outbox rows after the cursor ─► publish (confirms, mandatory) ─► all confirmed ─► cursor moves
 *
 * One relay is active, by a session advisory lock on the connection that moves
 * the cursor; others wait for it. When a row fails, the cursor goes to just before
 * it and the relay starts again from there; what the broker has of the rows behind
 * is remembered and not sent again. After a loss a message can go out twice, and
 * every consumer recognises it by its id. A poke by Redis after a commit is the
 * quick way; polling (60 ms after the last look when busy, 300 ms when idle) is the
 * truth.
 *
 * What fails for want of room, of a majority or of a queue that should be there waits
 * in place, and /ready is red. A row that names a place the topology does not know
 * would wait for ever: coming back a second time makes it a dead letter. One of which no message can be made (AMQP
 * bounds each of its parts) is a dead letter at once.
 *
 * Refuses a cursor that is not of this cluster or is from the future (a logical
 * restore resets transaction ids), until `guichetctl outbox rebase` has set it right.
 */
#include "workers/relay/relay.h"

#include <stdlib.h>
#include "base/arena.h"
#include "base/cache.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/probe.h"
#include "base/process.h"
#include "base/trust.h"
#include "queues/topology.h"
#include "sql/migrate.h"
#include "workers/dead_letter.h"
#include "workers/upkeep.h"

#define BUSY_MS 10
#define GATHER_MS 50
#define IDLE_MS 250
#define BUSY_FOR_MS 1000
#define STANDBY_MS 1000

struct relay {
	struct db *db;
	struct broker *broker;
	struct cache *poke;
	struct arena *arena;
	struct cursor cursor;
	struct ahead ahead;
	int64_t returned_id; /* the row that came back last time, or 0 */
	bool active;         /* holds the lock, has read the cursor */
	int failures;
	int64_t upkeep_after_ms, busy_until_ms;
};

static struct probe_check database_check = { .name = "database" };
static struct probe_check broker_check = { .name = "broker" };
static struct probe_check cursor_check = { .name = "cursor" };
static struct probe_check outbox_check = { .name = "outbox" };
static struct metric relayed = { .name = "guichet_outbox_relayed_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Outbox rows confirmed by the broker" };
static struct metric restarts = { .name = "guichet_outbox_restarts_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Times the relay started again from its cursor" };
static struct metric buried = { .name = "guichet_outbox_dead_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Outbox rows that no queue takes, put aside as dead letters" };

/* Everything from here on starts from the cursor again. */
static void stand_back(struct relay *r, const char *why)
{
	metric_add(&restarts, r->active);
	if (r->failures % 10 == 0)
		log_warn("starting again from the cursor", LOG_TEXT("reason", why), LOG_INT("failures", r->failures));
	r->active = false;
	process_nap_ms(clock_backoff_ms(r->failures++, 50, 5000));
}

/* What is known of the rows behind the cursor holds only as long as nobody else has moved it. */
static void set_out(struct relay *r, struct text xid, int64_t id)
{
	if (r->cursor.id != id || !text_equal(xid, text_of(r->cursor.xid))) {
		r->ahead.count = 0;
		r->returned_id = 0;
	}
	cursor_set(&r->cursor, xid, id);
}

/* The lock, then the cursor: false while another relay is active. */
static bool take_over(struct relay *r)
{
	struct db_result *version, *lock, *cursor;

	db_rollback(r->db);
	db_reset(r->db);
	version = db_send_params(r->db, QUERY_schema_version, 0, NULL);
	lock = db_send_params(r->db, QUERY_relay_lock, 0, NULL);
	cursor = db_send_params(r->db, QUERY_relay_cursor, 0, NULL);
	if (!db_sync(r->db))
		return false;
	if (db_int(version, 0, 0) < migrate_expected()) {
		probe_set(&database_check, "schema is older than this program");
		return false;
	}
	probe_set(&database_check, NULL);
	if (!db_bool(lock, 0, 0)) {
		probe_set(&cursor_check, NULL); /* a standby is as it should be */
		probe_set(&outbox_check, NULL);
		return false;
	}
	if (db_bool(cursor, 0, 2)) {
		probe_set(&cursor_check, "is not of this cluster: guichetctl outbox rebase");
		log_critical("the outbox cursor is not of this cluster, as after a logical restore; run guichetctl "
		             "outbox rebase");
		return false;
	}
	probe_set(&cursor_check, NULL);
	set_out(r, db_text(cursor, 0, 0), db_int(cursor, 0, 1));
	r->active = true;
	return true;
}

static void upkeep(struct relay *r)
{
	if (clock_mono_ms() >= r->upkeep_after_ms)
		r->upkeep_after_ms = clock_mono_ms() + upkeep_turn(r->db);
}

static bool is_connected(struct relay *r)
{
	if (db_fault(r->db) == DB_LOST) {
		r->active = false;
		if (!db_revive(r->db)) {
			probe_set(&database_check, "no connection");
			return false;
		}
	}
	if (!r->broker && !(r->broker = broker_connect(true))) {
		probe_set(&broker_check, "no connection");
		return false;
	}
	probe_set(&broker_check, NULL);
	return true;
}

/* To just behind the row. */
static bool move_cursor(struct relay *r, const struct db_result *rows, int row)
{
	cursor_set(&r->cursor, db_text(rows, row, 0), db_int(rows, row, 1));
	db_reset(r->db);
	db_send(r->db, QUERY_relay_move, P_TEXT(text_of(r->cursor.xid)), P_INT(r->cursor.id));
	return db_sync(r->db);
}

/* The letter and the cursor behind it, in one transaction. */
static bool bury(struct relay *r, const struct db_result *rows, int row, enum row_fate fate)
{
	struct text why = fate == ROW_UNFIT
	                          ? TEXT("a part of it is longer than a message of the broker's can have")
	                          : TEXT("no queue takes it: the topology knows no such exchange or routing key");
	struct message message;
	struct rows letters;

	publish_message(rows, row, &message);
	message.queue = TEXT("outbox");
	log_critical("a row of the outbox is put aside", LOG_VIEW("reason", why), LOG_VIEW("type", message.type),
	        LOG_VIEW("exchange", message.exchange), LOG_VIEW("routing_key", message.routing_key));
	rows_init(&letters, r->arena);
	dead_letter_write(&letters, &message, why);
	cursor_set(&r->cursor, db_text(rows, row, 0), db_int(rows, row, 1));
	db_begin(r->db);
	db_send(r->db, QUERY_dead_letter_store, P_TEXT(rows_done(&letters)));
	db_send(r->db, QUERY_relay_move, P_TEXT(text_of(r->cursor.xid)), P_INT(r->cursor.id));
	metric_add(&buried, 1);
	return db_commit(r->db);
}

/* Of the row that stopped a stretch: is it to be put aside? Says on /ready what is wrong. */
static bool is_hopeless(struct relay *r, const struct db_result *rows, int row, enum row_fate fate)
{
	int64_t before = r->returned_id;

	if (fate == ROW_UNFIT)
		return true;
	if (fate != ROW_RETURNED && fate != ROW_STRAY) {
		probe_set(
		        &outbox_check, fate == ROW_REFUSED ? "a queue is full or unwell" : "a queue does not confirm");
		return false;
	}
	r->returned_id = db_int(rows, row, 1);
	if (topology_routes(db_text(rows, row, 2), db_text(rows, row, 3))) {
		probe_set(&outbox_check, "a queue is missing: guichetctl topology apply");
		return false;
	}
	probe_set(&outbox_check, "a row names a place that the topology does not know");
	return before == r->returned_id;
}

/* What was published: moves the cursor. Returns how many rows are done with, or -1: start again. */
static int account_for(struct relay *r, const struct db_result *rows, const struct stretch *stretch)
{
	int done = stretch->confirmed;
	bool failed = done < stretch->count;

	if (failed && is_hopeless(r, rows, done, stretch->fates[done]))
		return bury(r, rows, done, stretch->fates[done]) ? done + 1 : -1;
	if (done > 0 && !move_cursor(r, rows, done - 1))
		return -1;
	fault_point("relay.moved");
	metric_add(&relayed, done);
	if (failed)
		return -1;
	probe_set(&outbox_check, NULL);
	return done;
}

/* Sends one stretch of the outbox. */
static int relay_some(struct relay *r)
{
	struct db_result *rows;
	struct stretch stretch;

	arena_reset(r->arena);
	db_reset(r->db);
	rows = db_send(r->db, QUERY_relay_fetch, P_TEXT(text_of(r->cursor.xid)), P_INT(r->cursor.id));
	if (!db_sync(r->db))
		return -1;
	if (db_rows(rows) == 0)
		return 0;
	publish_rows(r->broker, rows, r->arena, &r->ahead, &stretch);
	if (stretch.lost)
		broker_close(&r->broker);
	fault_point("relay.confirmed");
	return account_for(r, rows, &stretch);
}

/* Until poked, or the poll is due; the broker's heartbeat is served on the way. */
static void rest(struct relay *r)
{
	struct text channel = TEXT("guichet.poke.relay"), from, word;
	int wait_ms = clock_mono_ms() < r->busy_until_ms ? BUSY_MS : IDLE_MS;
	struct broker_event event;
	bool connected = false;

	if (!cache_listen(r->poke, &channel, 1, wait_ms, &from, &word, &connected) && !connected)
		process_nap_ms(wait_ms);
	broker_next(r->broker, 0, r->arena, &event);
	if (event.kind == BROKER_LOST)
		broker_close(&r->broker);
}

/* Pokes that have come meanwhile: they all say the same. */
static bool drain_pokes(struct relay *r)
{
	struct text channel = TEXT("guichet.poke.relay"), from, word;
	bool connected = false, any = false;

	while (cache_listen(r->poke, &channel, 1, any ? 0 : 1, &from, &word, &connected))
		any = true;
	return any;
}

/* Who reads at every poke carries one row at a time, and everybody behind commits one at a time: what comes
 * within 50 ms goes together. Nobody waits for an event as for an answer. */
static bool gather(struct relay *r, int64_t began_ms)
{
	int64_t left_ms = began_ms + GATHER_MS - clock_mono_ms();

	if (left_ms > 0)
		process_nap_ms((int)left_ms);
	return drain_pokes(r);
}

static void work(struct relay *r)
{
	int64_t began_ms = clock_mono_ms();
	int count = relay_some(r);

	if (count < 0) {
		stand_back(r, db_fault(r->db) != DB_FINE ? db_message(r->db) : "the broker did not confirm");
		return;
	}
	r->failures = 0;
	if (count)
		r->busy_until_ms = clock_mono_ms() + BUSY_FOR_MS;
	if (count < STRETCH && !gather(r, began_ms) && !count)
		rest(r);
}

static void run(void *arg)
{
	struct relay *r = arg;

	r->db = db_open(db_url());
	while (!process_stopping()) {
		if (!is_connected(r)) {
			stand_back(r, "no connection");
		} else if (!r->active && !take_over(r)) {
			struct broker_event event;

			broker_next(r->broker, 0, r->arena, &event);
			if (event.kind == BROKER_LOST)
				broker_close(&r->broker);
			process_nap_ms(STANDBY_MS);
		} else {
			upkeep(r);
			work(r);
		}
	}
	broker_close(&r->broker);
	db_close(&r->db);
	cache_free(&r->poke);
	arena_free(&r->arena);
}

int main(int argc, char **argv)
{
	static struct relay relay;
	struct setting *const tables[] = { db_settings, broker_settings, cache_settings, trust_settings, probe_settings,
		NULL };

	process_init(argc, argv, "guichet-relay", "carries the outbox to the broker, in commit order", tables);
	relay.poke = cache_new();
	relay.arena = arena_new(256 * 1024);
	probe_set(&database_check, "not connected yet");
	probe_set(&broker_check, "not connected yet");
	process_thread("relay", run, &relay);
	probe_start();
	return process_wait();
}
