/* consumer.c - see consumer.h. */
#include "workers/consumer.h"

#include <stdio.h>
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/process.h"
#include "queues/contract.h"
#include "workers/batch.h"
#include "workers/dead_letter.h"
#include "workers/trunk.h"
#include "workers/unknown.h"

#define TAKE_MS 1000

struct consumer {
	struct trunk trunk;
	const struct consumer_worker *worker;
	bool open;      /* the database can be worked with */
	int64_t due_ms; /* when what is due by itself is looked at again */
};

/* One try's results, in the order they were sent. */
struct attempt_results {
	struct db_result *clock, *fresh;
};

static struct metric handled = { .name = "guichet_messages_handled_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Messages whose effect was committed" };
static struct metric buried = { .name = "guichet_messages_dead_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Messages that became dead letters" };
static struct metric seen_before = { .name = "guichet_messages_repeated_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Messages that were seen before and changed nothing" };

struct text arrival_text(const struct arrival *arrival, const char *member)
{
	return text_of(json_string_value(json_object_get(arrival->body, member)));
}

struct text arrival_data(const struct arrival *arrival, const char *member)
{
	return text_of(json_string_value(json_object_get(json_object_get(arrival->body, "data"), member)));
}

/* --- one try ---------------------------------------------------------------- */
/* An event that a newer version may know. */
static bool is_unknown(const struct consumer *c, const struct message *m)
{
	if (!c->worker->dedupe)
		return false;
	return !text_equal(m->content_type, TEXT(CONTENT_TYPE)) || (!c->worker->any_type && !event_find(m->type));
}

/* The database has checked only the actor in the header against the sender's role (sql/grants.sql), so the body must
 * name the same. */
static bool names_its_actor(const struct arrival *a)
{
	struct uuid actor = { { 0 } };
	struct text named = arrival_text(a, "actorId");

	return (!named.data || uuid_parse(named, &actor)) && uuid_equal(&actor, &a->envelope.actor);
}

/* Why nobody here can apply it, or NULL. */
static const char *unfit_because(const struct consumer *c, struct arrival *a)
{
	const char *why = c->worker->dedupe ? envelope_read(a->message, &a->envelope) : NULL;

	if (why)
		return why;
	if (is_unknown(c, a->message))
		return "unknown type or version: no worker of this version handles it";
	if (c->worker->dedupe && !json_is_object(a->body))
		return "its body is no JSON object";
	return c->worker->dedupe && !names_its_actor(a) ? "its body names another actor than its sender" : NULL;
}

/* What it leads to is below its span. */
static void begin_span(const struct consumer *c, struct arrival *a)
{
	a->span = span_begin(c->trunk.arena, a->envelope.traceparent, SPAN_CONSUMER, "%s %.*s", c->worker->dedupe,
	        (int)a->envelope.type.len, a->envelope.type.data);
	a->envelope.traceparent = span_context(a->span, a->envelope.traceparent);
	span_note(a->span, "messaging.message.id", a->message->message_id);
}

static void end_spans(const struct consumption *work)
{
	for (int i = 0; i < work->count; i++)
		if (work->arrivals[i].fresh || work->arrivals[i].unfit)
			span_end(work->arrivals[i].span, work->arrivals[i].unfit);
}

static void read_arrivals(const struct consumer *c, struct consumption *work, const struct message *messages)
{
	work->arrivals = ARENA_ARRAY(c->trunk.arena, struct arrival, (size_t)work->count);
	for (int i = 0; i < work->count; i++) {
		struct arrival *a = &work->arrivals[i];

		a->message = &messages[i];
		a->body = messages[i].body.len ? json_loadb(messages[i].body.data, messages[i].body.len,
		                                         JSON_REJECT_DUPLICATES, NULL)
		                               : NULL;
		a->fresh = !c->worker->dedupe;
		a->unfit = unfit_because(c, a);
		if (c->worker->dedupe)
			begin_span(c, a);
	}
}

/* Writes dead letters in the transaction that applies the others. Such an event is not marked as seen, so that a
 * replay applies it. Returns how many there were. */
static int bury_unfit(const struct consumer *c, const struct consumption *work)
{
	struct rows rows;

	rows_init(&rows, c->trunk.arena);
	for (int i = 0; i < work->count; i++) {
		const struct arrival *a = &work->arrivals[i];

		if (!a->unfit)
			continue;
		log_error("an event cannot be applied and is put aside", LOG_TEXT("reason", a->unfit),
		        LOG_VIEW("type", a->message->type), LOG_VIEW("id", a->message->message_id));
		dead_letter_write(&rows, a->message, text_of(a->unfit));
	}
	if (rows.count)
		db_send(c->trunk.db, QUERY_dead_letter_store, P_TEXT(rows_done(&rows)));
	return rows.count;
}

static void free_arrivals(struct consumption *work)
{
	for (int i = 0; i < work->count; i++)
		json_decref(work->arrivals[i].body);
	work->count = 0;
}

static struct text event_ids(const struct consumption *work)
{
	struct id_set ids = { 0 };

	for (int i = 0; i < work->count; i++)
		if (!work->arrivals[i].unfit)
			id_set_add(&ids, work->arena, work->arrivals[i].envelope.id);
	return id_set_literal(&ids, work->arena);
}

/* When several messages carry the same new event, only the first of them is fresh. */
static void mark_fresh(struct consumption *work, const struct db_result *fresh)
{
	for (int row = 0; row < db_rows(fresh); row++) {
		struct uuid id = db_uuid(fresh, row, 0);

		for (int i = 0; i < work->count; i++) {
			if (work->arrivals[i].unfit || !uuid_equal(&work->arrivals[i].envelope.id, &id))
				continue;
			work->arrivals[i].fresh = true;
			break;
		}
	}
}

/* What became of a batch's messages; the rest was seen before. */
struct tally {
	int fresh, unfit;
};

static enum db_fault try_batch(struct consumer *c, const struct message *messages, int count, struct tally *out)
{
	struct attempt_results results = { NULL, NULL };
	struct consumption work = { .db = c->trunk.db, .arena = c->trunk.arena, .count = count };
	enum db_fault fault = DB_FINE;

	arena_reset(c->trunk.arena);
	read_arrivals(c, &work, messages);
	db_begin(c->trunk.db);
	results.clock = db_send_params(c->trunk.db, QUERY_lane_clock, 0, NULL);
	if (c->worker->dedupe)
		results.fresh = db_send(c->trunk.db, QUERY_event_inbox_add, P_TEXT(text_of(c->worker->dedupe)),
		        P_TEXT(event_ids(&work)));
	if (c->worker->load)
		c->worker->load(&work);
	if (!db_sync(c->trunk.db)) {
		fault = db_fault(c->trunk.db);
	} else {
		work.now_us = db_int(results.clock, 0, 0);
		if (results.fresh)
			mark_fresh(&work, results.fresh);
		c->worker->apply(&work);
		out->unfit = bury_unfit(c, &work);
		fault_point("consumer.committing");
		if (!db_commit(c->trunk.db))
			fault = db_fault(c->trunk.db);
		else
			end_spans(&work);
		fault_point("consumer.committed");
	}
	out->fresh = results.fresh ? db_rows(results.fresh) : count;
	free_arrivals(&work);
	return fault;
}

/* --- what a failure means ------------------------------------------------------- */
static bool bury(struct consumer *c, const struct message *m)
{
	struct rows rows;

	log_critical("a message is put aside: the database refuses what it says", LOG_VIEW("type", m->type),
	        LOG_VIEW("id", m->message_id));
	arena_reset(c->trunk.arena);
	rows_init(&rows, c->trunk.arena);
	dead_letter_write(&rows, m, TEXT("the database refuses what it says"));
	db_begin(c->trunk.db);
	db_send(c->trunk.db, QUERY_dead_letter_store, P_TEXT(rows_done(&rows)));
	return db_commit(c->trunk.db);
}

static bool consume_each(struct consumer *c, const struct message *messages, int count);

/* True when the messages are settled and may be acknowledged. */
static bool consume(struct consumer *c, const struct message *messages, int count)
{
	struct trunk_tries tries = { 0 };
	char sqlstate[6];
	int waits = 0;

	while (!process_stopping() || waits == 0) {
		struct tally tally = { 0 };
		enum db_fault fault = try_batch(c, messages, count, &tally);

		if (fault == DB_FINE) {
			metric_add(&handled, tally.fresh);
			metric_add(&buried, tally.unfit);
			metric_add(&seen_before, count - tally.fresh - tally.unfit);
			trunk_hold_up(&c->trunk, NULL);
			return true;
		}
		snprintf(sqlstate, sizeof sqlstate, "%s", db_sqlstate(c->trunk.db));
		db_rollback(c->trunk.db);
		if (trunk_try_again(&tries, fault))
			continue;
		if (count > 1 && (tries.faulty || (waits > 0 && trunk_database_answers(&c->trunk))))
			return consume_each(c, messages, count);
		if (tries.faulty == 1)
			continue;
		if (tries.faulty && bury(c, messages)) {
			metric_add(&buried, 1);
			return true;
		}
		trunk_wait(&c->trunk, fault, sqlstate, waits++);
	}
	return false;
}

static bool consume_each(struct consumer *c, const struct message *messages, int count)
{
	for (int i = 0; i < count; i++)
		if (!consume(c, &messages[i], 1))
			return false;
	return true;
}

/* How many of the first count messages go into one transaction: an unknown one goes alone, after its wait. */
static int stretch_length(const struct consumer *c, const struct message *messages, int count)
{
	int n = 0;

	while (n < count && !is_unknown(c, &messages[n]))
		n++;
	return n ? n : 1;
}

/* The time of each kind begins now, not when the one before it has had its own. */
static void meet_unknown(struct consumer *c, const struct message *messages, int count)
{
	for (int i = 0; i < count; i++)
		if (is_unknown(c, &messages[i]))
			unknown_until_ms(&messages[i]);
}

static void consume_taken(struct consumer *c, const struct message *messages, int count)
{
	meet_unknown(c, messages, count);
	for (int done = 0; done < count;) {
		const struct message *first = &messages[done];
		int length = stretch_length(c, first, count - done);

		if (is_unknown(c, first) && !unknown_wait(first, trunk_idle, &c->trunk))
			return;
		if (!consume(c, first, length))
			return;
		done += length;
		trunk_poke_relay(&c->trunk);
		inflow_ack_some(c->trunk.inflow, done);
	}
}

#define DUE_EVERY_MS 1000

/* A failure is met again by the next batch, which knows how to wait. */
static void do_due(struct consumer *c)
{
	int64_t now_ms = clock_mono_ms();
	bool more;

	if (!c->worker->due || now_ms < c->due_ms)
		return;
	db_reset(c->trunk.db);
	more = c->worker->due(c->trunk.db);
	if (db_fault(c->trunk.db) != DB_FINE)
		log_warn("what is due could not be done", LOG_TEXT("reason", db_message(c->trunk.db)));
	db_rollback(c->trunk.db);
	db_revive(c->trunk.db);
	c->due_ms = more ? now_ms : now_ms + DUE_EVERY_MS;
}

static void consumer_turn(void *arg)
{
	struct consumer *c = arg;
	const struct message *messages;
	int count;

	if (!c->open && !(c->open = trunk_open(&c->trunk))) {
		process_nap_ms(clock_backoff_ms(2, 100, 1000));
		return;
	}
	count = inflow_take(c->trunk.inflow, TAKE_MS, &messages);
	consume_taken(c, messages, count);
	do_due(c);
}

static bool start_consumer(const void *arg)
{
	static struct consumer consumer;
	const struct consumer_worker *worker = arg;
	int queues = 0;

	while (worker->queues[queues])
		queues++;
	consumer.worker = worker;
	trunk_thread(&consumer.trunk, "consumer", inflow_new(worker->queues, queues, worker->prefetch), 256 * 1024,
	        consumer_turn, NULL, &consumer);
	return true;
}

int consumer_main(int argc, char **argv, const struct consumer_worker *worker)
{
	struct setting none[] = { { 0 } };
	struct setting *const tables[] = { worker->dedupe ? unknown_settings : none,
		worker->settings ? worker->settings : none, NULL };

	return trunk_main(argc, argv, &(struct trunk_program){ worker->name, worker->about, tables, worker->start },
	        start_consumer, worker);
}
