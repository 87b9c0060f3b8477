/* sender.c - what is due is claimed, sent and recorded, over and over; a thread beside the one that takes events.
 *
 *   claim ─► courier ─► what has ended is recorded, in the transaction that claims more
 *
 * The row is the truth. It says "sending" before the endpoint hears of it, and what was answered is recorded after
 * that: whoever dies in between has it sent again, under the same id.
 */
#include "workers/webhook/webhook.h"

#include <stdatomic.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/process.h"
#include "workers/webhook/pusher.h"

#define RECORD_MOST 256
#define GATHER_MOST 192 /* what has ended is recorded together: so many, */
#define GATHER_MS 10    /* or all of so long */
#define IDLE_MS 500
#define BUSY_MS 50      /* between looks for more, while nothing ends */
#define EAGER_MS 5      /* the same while rows have just been made */
#define EXPECTED_MS 200 /* so long after that */
#define RELEASE_MS 5000
#define CLOSE_MS 3000

struct sender {
	struct courier *courier;
	int number; /* our name in webhook_deliveries.worker, locked on this connection */
	int64_t look_after_ms, release_after_ms;
	struct delivery *ended[RECORD_MOST]; /* not recorded yet */
	int ended_count;
	struct pusher pusher;
};

int64_t webhook_retry_ms;

static struct courier *_Atomic the_courier;
static _Atomic int64_t expected_ms;

static struct metric delivered_total = { .name = "guichet_webhook_delivered_total",
	.labels = "",
	.help = "Deliveries that an endpoint has taken",
	.kind = METRIC_COUNTER };
static struct metric failed_total = { .name = "guichet_webhook_attempts_failed_total",
	.labels = "",
	.help = "Deliveries that were not taken, each time",
	.kind = METRIC_COUNTER };

void sender_expect(void)
{
	struct courier *courier = the_courier;

	expected_ms = clock_mono_ms();
	if (courier)
		courier_wake(courier);
}

static int64_t pause_ms(void)
{
	return clock_mono_ms() - expected_ms < EXPECTED_MS ? EAGER_MS : BUSY_MS;
}

/* --- who we are ------------------------------------------------------------------------- */
/* Another number each time: what was claimed under the one before is recorded under it, or released. */
static bool sender_hold(struct ticker *t)
{
	struct sender *s = t->own;

	s->number = ticker_random_number();
	return ticker_lock_number(t, QUERY_webhook_sender_lock, s->number);
}

/* --- what the dead have left, and what is too old ------------------------------------------ */
static bool release(struct ticker *t)
{
	struct sender *s = t->own;
	struct db_result *released;

	if (clock_mono_ms() < s->release_after_ms)
		return true;
	s->release_after_ms = clock_mono_ms() + RELEASE_MS;
	db_begin(t->trunk.db);
	released = db_send_params(t->trunk.db, QUERY_webhook_release, 0, NULL);
	db_send_params(t->trunk.db, QUERY_webhook_expire, 0, NULL);
	db_send_params(t->trunk.db, QUERY_push_release, 0, NULL);
	if (!db_commit(t->trunk.db))
		return ticker_database_failed(t);
	if (db_int(released, 0, 0))
		log_warn("deliveries of a dead sender go out again", LOG_INT("count", db_int(released, 0, 0)));
	return true;
}

/* --- record and claim ---------------------------------------------------------------------- */
static void collect(struct sender *s)
{
	struct delivery *d;

	while (s->ended_count < RECORD_MOST && (d = courier_finished(s->courier))) {
		if (d->push)
			s->pusher.ended[s->pusher.ended_count++] = d;
		else
			s->ended[s->ended_count++] = d;
	}
}

/* True: something is told to the desk. */
static bool send_records(struct ticker *t)
{
	const struct sender *s = t->own;
	struct rows rows, endpoints, outbox;

	rows_init(&rows, t->trunk.arena);
	rows_init(&endpoints, t->trunk.arena);
	rows_init(&outbox, t->trunk.arena);
	for (int i = 0; i < s->ended_count; i++) {
		verdict_write(&rows, s->ended[i], webhook_retry_ms);
		if (verdict_of(s->ended[i]) == VERDICT_FAILED)
			verdict_write_stop(&outbox, s->ended[i], clock_unix_us());
	}
	if (!s->ended_count)
		return false;
	verdict_write_endpoints(&endpoints, s->ended, s->ended_count, webhook_retry_ms);
	db_send(t->trunk.db, QUERY_webhook_record, P_TEXT(rows_done(&rows)), P_TEXT(rows_done(&endpoints)));
	if (outbox.count)
		db_send(t->trunk.db, QUERY_outbox_store, P_TEXT(rows_done(&outbox)));
	return outbox.count > 0;
}

static void forget_recorded(struct sender *s)
{
	for (int i = 0; i < s->ended_count; i++) {
		struct delivery *d = s->ended[i];
		bool good = verdict_of(d) == VERDICT_DELIVERED;

		metric_add(good ? &delivered_total : &failed_total, 1);
		span_note_int(d->span, "http.response.status_code", d->status);
		span_note_int(d->span, "guichet.webhook.attempts", d->attempts);
		span_end(d->span, !good);
		if (!good)
			log_info("a webhook did not take a delivery", LOG_UUID("webhook_id", &d->webhook_id),
			        LOG_UUID("delivery_id", &d->id), LOG_INT("attempts", d->attempts),
			        LOG_INT("status", d->status), LOG_INT("curl", (int)d->code));
		delivery_free(d);
	}
	s->ended_count = 0;
}

static struct delivery *read_delivery(const struct db_result *rows, int row, int number)
{
	struct delivery *d = delivery_new(db_text(rows, row, 5).len + 2048);
	struct arena *arena = d->arena;

	d->id = db_uuid(rows, row, 0);
	d->webhook_id = db_uuid(rows, row, 1);
	d->event_type = text_copy(arena, db_text(rows, row, 2));
	d->attempts = db_int(rows, row, 3);
	d->traceparent = text_copy(arena, db_text(rows, row, 4));
	d->body = text_copy(arena, db_text(rows, row, 5));
	d->url = text_copy(arena, db_text(rows, row, 6));
	d->generation = db_int(rows, row, 7);
	d->previous_generation = db_int(rows, row, 8);
	d->worker = number;
	return d;
}

/* What has ended, and what is due, in one transaction. False: the database failed, or nothing was due. */
static bool exchange(struct ticker *t)
{
	struct sender *s = t->own;
	int room = process_stopping() ? 0 : SENDER_MOST - courier_count(s->courier) - s->ended_count;
	struct db_result *rows;
	bool tells;

	arena_reset(t->trunk.arena);
	db_begin(t->trunk.db);
	tells = send_records(t);
	rows = db_send(
	        t->trunk.db, QUERY_webhook_claim, P_INT(s->number), P_INT(CLAIMED_MOST), P_INT(room > 0 ? room : 0));
	fault_point("webhook.answered");
	if (!db_commit(t->trunk.db))
		return ticker_database_failed(t);
	ticker_database_answered(t);
	forget_recorded(s);
	if (tells)
		trunk_poke_relay(&t->trunk);
	for (int i = 0; i < db_rows(rows); i++)
		courier_take(s->courier, read_delivery(rows, i, s->number));
	fault_point("webhook.claimed");
	return db_rows(rows) > 0;
}

/* --- its turn ------------------------------------------------------------------------------ */
static void gather(struct sender *s)
{
	int64_t until_ms = clock_mono_ms() + GATHER_MS;

	courier_turn(s->courier, courier_count(s->courier) ? (int)pause_ms() : 0);
	collect(s);
	while (s->ended_count && s->ended_count < GATHER_MOST && courier_count(s->courier) > 0 &&
	        clock_mono_ms() < until_ms) {
		courier_turn(s->courier, 1);
		collect(s);
	}
}

static bool sender_work(struct ticker *t)
{
	struct sender *s = t->own;

	gather(s);
	if (!release(t) || !pusher_turn(&s->pusher, t, s->courier, s->number))
		return false;
	if (s->ended_count || clock_mono_ms() >= s->look_after_ms)
		s->look_after_ms = exchange(t) ? 0 : clock_mono_ms() + pause_ms();
	return !t->failures && courier_count(s->courier) > 0;
}

/* Also while the database is away: what is on its way comes back. */
static void sender_rest(struct ticker *t)
{
	struct sender *s = t->own;
	int64_t since_ms = clock_mono_ms() - expected_ms;

	courier_turn(s->courier, since_ms < EXPECTED_MS ? EAGER_MS : IDLE_MS);
}

static bool sender_open(struct ticker *t)
{
	struct sender *s = calloc(1, sizeof *s);

	if (!s)
		abort();
	s->courier = the_courier = courier_new();
	t->own = s;
	return true;
}

/* What is on its way has a moment to come back and to be recorded; the rest is released by another sender. */
static void sender_close(struct ticker *t)
{
	struct sender *s = t->own;
	int64_t until_ms = clock_mono_ms() + CLOSE_MS;

	while (t->holds && (courier_count(s->courier) || s->ended_count || s->pusher.ended_count) &&
	        clock_mono_ms() < until_ms) {
		courier_turn(s->courier, EAGER_MS);
		collect(s);
		if (s->ended_count)
			exchange(t);
		if (s->pusher.ended_count)
			pusher_turn(&s->pusher, t, s->courier, s->number);
		if (t->failures)
			break;
	}
	free(s);
}

const struct ticker_worker sender_worker = {
	.name = "guichet-webhook",
	.about = "",
	.thread = "sender",
	.open = sender_open,
	.close = sender_close,
	.hold = sender_hold,
	.work = sender_work,
	.rest = sender_rest,
};
