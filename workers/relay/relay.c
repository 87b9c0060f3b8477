/* relay.c - a stretch of the outbox after the other; when to look for the next.
 *
 * While this relay is active, each failure starts again from the cursor. See main.c.
 */
#include "workers/relay/relay.h"

#include <stdlib.h>
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/probe.h"
#include "base/process.h"
#include "queues/topology.h"
#include "workers/upkeep.h"

#define BUSY_MS 10
#define GATHER_MS 50
#define IDLE_MS 250
#define BUSY_FOR_MS 1000
#define WORDS_MS (30 * 1000)
#define WORDS_AGAIN_MS 200

static struct probe_check broker_check = { .name = "broker" };
static struct probe_check outbox_check = { .name = "outbox" };
static struct metric relayed = { .name = "guichet_outbox_relayed_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Outbox rows confirmed by the broker" };
static struct metric restarts = { .name = "guichet_outbox_restarts_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Times the relay started again from its cursor" };
static struct metric lag = { .name = "guichet_outbox_lag_seconds",
	.labels = "",
	.kind = METRIC_AGE,
	.help = "Since when the relay has rows in hand that the broker has not confirmed" };
static struct metric stretch_seconds = { .name = "guichet_outbox_relay_duration_seconds",
	.labels = "",
	.kind = METRIC_HISTOGRAM,
	.help = "From reading a stretch of the outbox to the move of the cursor behind it" };
static struct metric stretch_rows = { .name = "guichet_outbox_relay_rows",
	.labels = "",
	.kind = METRIC_SIZES,
	.help = "Rows that were read and sent at once" };
static const struct text poke_channel = { "guichet.poke.relay", sizeof "guichet.poke.relay" - 1 };

/* There is a connection to the broker, an old one or a new one. */
static bool has_broker(struct relay *r)
{
	if (!r->broker)
		r->broker = broker_connect(true);
	probe_set(&broker_check, r->broker ? NULL : "no connection");
	return r->broker != NULL;
}

/* A relay that cannot reach the broker does not ask for the lock: another may reach it. */
bool relay_hold(struct ticker *t)
{
	struct relay *r = t->own;
	enum cursor_holder holder;

	if (!has_broker(r)) {
		t->after_ms = clock_mono_ms() + clock_backoff_ms(r->failures++, 50, 5000);
		return false;
	}
	holder = cursor_hold(t);
	if (holder == CURSOR_ANOTHERS)
		probe_set(&outbox_check, NULL); /* that one says what keeps the outbox waiting */
	return holder == CURSOR_OURS;
}

/* Gives the place of the active relay up for a moment, and then starts from the cursor again. Always false. */
static bool stand_back(struct ticker *t, const char *why)
{
	struct relay *r = t->own;

	metric_add(&restarts, 1);
	if (r->failures % 10 == 0)
		log_warn("starting again from the cursor", LOG_TEXT("reason", why), LOG_INT("failures", r->failures));
	t->holds = false;
	t->after_ms = clock_mono_ms() + clock_backoff_ms(r->failures++, 50, 5000);
	return false;
}

/* --- a stretch ----------------------------------------------------------------- */
/* Is the row that stopped the stretch to become a dead letter? If not, it waits, and /ready says why. */
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
static int account_for(struct ticker *t, const struct db_result *rows, const struct stretch *stretch)
{
	int confirmed = stretch->confirmed;
	bool failed = confirmed < stretch->count;

	if (failed && is_hopeless(t->own, rows, confirmed, stretch->fates[confirmed]))
		return cursor_bury(t, rows, confirmed, stretch->fates[confirmed]) ? confirmed + 1 : -1;
	if (confirmed > 0 && !cursor_move(t, rows, confirmed - 1))
		return -1;
	fault_point("relay.moved");
	metric_add(&relayed, confirmed);
	if (failed)
		return -1;
	probe_set(&outbox_check, NULL);
	return confirmed;
}

/* Sends one stretch of the outbox. */
static int relay_some(struct ticker *t)
{
	int64_t begun_us = clock_mono_us();
	struct relay *r = t->own;
	struct db_result *rows;
	struct stretch stretch;
	int done;

	arena_reset(t->trunk.arena);
	db_reset(t->trunk.db);
	rows = db_send(t->trunk.db, QUERY_relay_fetch, P_TEXT(text_of(r->cursor.xid)), P_INT(r->cursor.id));
	if (!db_sync(t->trunk.db))
		return -1;
	if (db_rows(rows) == 0) {
		metric_set(&lag, 0);
		return 0;
	}
	if (!atomic_load(&lag.value))
		metric_set(&lag, clock_unix_us());
	publish_rows(r->broker, rows, t->trunk.arena, &r->ahead, &stretch);
	if (stretch.lost)
		broker_close(&r->broker);
	fault_point("relay.confirmed");
	done = account_for(t, rows, &stretch);
	if (done > 0) {
		metric_set(&lag, 0);
		metric_observe(&stretch_seconds, clock_mono_us() - begun_us);
		metric_observe(&stretch_rows, done);
	}
	return done;
}

/* --- when ------------------------------------------------------------------------- */
/* Pokes that have come meanwhile: they all say the same. */
static bool drain_pokes(struct ticker *t)
{
	struct text from, word;
	bool connected = false, any = false;

	while (cache_listen(t->trunk.cache, &poke_channel, 1, any ? 0 : 1, &from, &word, &connected))
		any = true;
	return any;
}

/* Waits until 50 ms have passed since the last look, so that a look finds several rows. With a look for each poke, the
 * relay and every consumer behind it would make one commit for each row. */
static bool gather(struct ticker *t, int64_t began_ms)
{
	int64_t left_ms = began_ms + GATHER_MS - clock_mono_ms();

	if (left_ms > 0)
		process_nap_ms((int)left_ms);
	return drain_pokes(t);
}

static void serve_broker(struct relay *r, struct arena *arena)
{
	struct broker_event event;

	if (!r->broker)
		return;
	broker_next(r->broker, 0, arena, &event);
	if (event.kind == BROKER_LOST)
		broker_close(&r->broker);
}

/* Until poked, or the poll is due; the broker's heartbeat is served on the way. */
void relay_rest(struct ticker *t)
{
	struct relay *r = t->own;
	int wait_ms = clock_mono_ms() < r->busy_until_ms ? BUSY_MS : IDLE_MS;
	struct text from, word;
	bool connected = false;

	if (!t->holds)
		process_nap_ms(ticker_pause_ms(t));
	else if (!cache_listen(t->trunk.cache, &poke_channel, 1, wait_ms, &from, &word, &connected) && !connected)
		process_nap_ms(wait_ms);
	serve_broker(r, t->trunk.arena);
}

static void keep_up(struct ticker *t)
{
	struct relay *r = t->own;

	if (clock_mono_ms() >= r->upkeep_after_ms)
		r->upkeep_after_ms = clock_mono_ms() + upkeep_turn(t->trunk.db);
	if (clock_mono_ms() >= r->words_after_ms)
		r->words_after_ms = clock_mono_ms() + (upkeep_words(t->trunk.db) ? WORDS_AGAIN_MS : WORDS_MS);
}

bool relay_work(struct ticker *t)
{
	struct relay *r = t->own;
	int64_t began_ms = clock_mono_ms();
	int count;

	if (!has_broker(r))
		return stand_back(t, "no connection");
	keep_up(t);
	count = relay_some(t);
	if (count < 0 && db_fault(t->trunk.db) == DB_FINE)
		return stand_back(t, "the broker did not confirm");
	if (count < 0) {
		ticker_database_failed(t);
		return stand_back(t, "the database failed");
	}
	ticker_database_answered(t);
	r->failures = 0;
	if (count)
		r->busy_until_ms = clock_mono_ms() + BUSY_FOR_MS;
	return count == STRETCH || gather(t, began_ms) || count;
}

bool relay_open(struct ticker *t)
{
	t->own = calloc(1, sizeof(struct relay));
	if (!t->own)
		abort();
	probe_set(&broker_check, "not connected yet");
	return true;
}

void relay_close(struct ticker *t)
{
	struct relay *r = t->own;

	broker_close(&r->broker);
	free(r);
}
