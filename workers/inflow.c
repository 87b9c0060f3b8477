/* inflow.c - see inflow.h.
 *
 *   held:  [ taken, being applied | waiting, read ahead ]
 *          0                      taken                 count
 *
 * Each message lies in an arena of its own, which is used again as soon as the message is settled. How much lies
 * here is bounded in bytes: the prefetch bounds messages, and of the longest ones it would let in thirty times as
 * much as is good. When more than HELD_BYTES wait the connection is closed (what was not taken comes again) and
 * opened with a prefetch that even the longest messages cannot exceed that with; when none has been long for a
 * minute and nothing is held the full prefetch returns. Not reading would be simpler, but heartbeats come the same way.
 */
#include "workers/inflow.h"

#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/probe.h"
#include "base/process.h"
#include "queues/broker.h"
#include "queues/instance.h"
#include "workers/batch.h"

#define HELD_BYTES (4 * 1024 * 1024)
#define BODY_BYTES (256 * 1024) /* the longest there is */
#define CALM_MS 60000
#define SAY_MS 1000 /* operators are told so often what is held */
#define MESSAGE_ARENA_BYTES 1024
#define ASIDE_MOST 32
#define ASIDE_BYTES (1024 * 1024)
#define HEAR_MS 20 /* from one look to the next while it is not known what rests */

struct inflow {
	const char *const *queues;
	int queue_count;
	const char **wanted; /* those of them that no operator lets rest */
	int wanted_count;
	unsigned orders;                /* of operators, that wanted follows */
	struct instance_queue *holding; /* what is said of each of queues */
	int64_t say_after_ms;
	bool said_holds; /* the last time */
	int prefetch, prefetch_now;
	struct broker *broker;
	int consuming; /* queues that the broker has granted */
	int failures;
	int64_t connect_after_ms;
	int64_t calm_after_ms; /* when the full prefetch may return */
	struct message *held;
	struct arena **arenas; /* one for each place of held; those behind count are empty */
	int capacity;
	int count;                        /* held in all */
	int taken;                        /* the last take: [0, taken) */
	size_t waiting_bytes;             /* of [taken, count) */
	struct message aside[ASIDE_MOST]; /* delivered, overtaken by others */
	struct arena *aside_arenas[ASIDE_MOST];
	int aside_count;
	size_t aside_bytes;
	bool missed;      /* it is not subscribed to all its queues */
	int acked;        /* of the take, already */
	bool singly;      /* the take holds older messages than some that are settled */
	bool taken_stand; /* the last take's tags belong to the connection of now */
};

static struct probe_check broker_check = { .name = "broker" };

/* Ready only while every inflow of the process is subscribed. */
static void set_subscribed(struct inflow *flow, bool subscribed)
{
	probe_share(&broker_check, &flow->missed, subscribed ? NULL : "no connection");
}

/* --- what operators want, and are told ------------------------------------------- */
/* True when they are others than before. */
static bool choose_wanted(struct inflow *flow)
{
	int count = flow->wanted_count;
	bool differs = false;

	flow->orders = instance_orders();
	flow->wanted_count = 0;
	for (int i = 0; i < flow->queue_count; i++) {
		if (instance_is_paused(flow->queues[i]))
			continue;
		differs |= flow->wanted[flow->wanted_count] != flow->queues[i];
		flow->wanted[flow->wanted_count++] = flow->queues[i];
	}
	return differs || count != flow->wanted_count;
}

/* What was read ahead of a queue that is to rest goes back to it, and with it what else is here: a consumer that is
 * cancelled would let another one in before its messages are settled. */
static void obey(struct inflow *flow)
{
	if (flow->orders == instance_orders() || !choose_wanted(flow))
		return;
	inflow_leave(flow);
	flow->connect_after_ms = 0;
}

/* Adds those of that queue; *head_us becomes when the first of them was accepted. */
static void count_held(const char *queue, const struct message *messages, int all, int64_t *count, int64_t *head_us)
{
	for (int k = all - 1; k >= 0; k--) {
		const struct message *m = &messages[k];

		if (!text_equal(m->queue, text_of(queue)))
			continue;
		++*count;
		*head_us = m->accepted_at ? m->accepted_at : (int64_t)m->timestamp * 1000000;
	}
}

/* At once when something is held, or nothing any more: who drains a program goes by it. */
static void say_holding(struct inflow *flow)
{
	bool holds = flow->count || flow->aside_count;
	int64_t now = clock_mono_ms();

	if (now < flow->say_after_ms && holds == flow->said_holds)
		return;
	flow->say_after_ms = now + SAY_MS;
	flow->said_holds = holds;
	for (int i = 0; i < flow->queue_count; i++) {
		int64_t count = 0, head_us = 0;

		count_held(flow->queues[i], flow->held, flow->count, &count, &head_us);
		count_held(flow->queues[i], flow->aside, flow->aside_count, &count, &head_us);
		instance_holds(&flow->holding[i], count, head_us);
	}
}

struct inflow *inflow_new(const char *const *queues, int queue_count, int prefetch)
{
	struct inflow *flow = calloc(1, sizeof *flow);

	if (!flow)
		abort();
	flow->queues = queues;
	flow->queue_count = queue_count;
	flow->prefetch = flow->prefetch_now = prefetch;
	/* The most that the broker gives out, the batch that was acknowledged but is still read, and one place to
	 * receive into. */
	flow->capacity = prefetch * queue_count + BATCH_JOBS + 1;
	flow->held = calloc((size_t)flow->capacity, sizeof *flow->held);
	flow->arenas = calloc((size_t)flow->capacity, sizeof *flow->arenas);
	flow->wanted = calloc((size_t)queue_count, sizeof *flow->wanted);
	flow->holding = calloc((size_t)queue_count, sizeof *flow->holding);
	if (!flow->held || !flow->arenas || !flow->wanted || !flow->holding)
		abort();
	for (int i = 0; i < queue_count; i++)
		flow->holding[i].name = queues[i];
	choose_wanted(flow);
	for (int i = 0; i < flow->capacity; i++)
		flow->arenas[i] = arena_new(MESSAGE_ARENA_BYTES);
	set_subscribed(flow, false);
	return flow;
}

/* Empties the places from that one on. */
static void drop(struct inflow *flow, int from)
{
	for (int i = from; i < flow->count; i++)
		arena_reset(flow->arenas[i]);
	flow->count = from;
}

static void drop_aside(struct inflow *flow)
{
	for (int i = 0; i < flow->aside_count; i++)
		arena_free(&flow->aside_arenas[i]);
	flow->aside_count = 0;
	flow->aside_bytes = 0;
}

/* Moves what waits to the front; the arenas of what was taken are emptied and go behind it. */
static void settle_taken(struct inflow *flow)
{
	int waiting = flow->count - flow->taken;

	for (int i = 0; i < flow->taken; i++)
		arena_reset(flow->arenas[i]);
	for (int i = 0; flow->taken && i < waiting; i++) {
		struct arena *emptied = flow->arenas[i];

		flow->held[i] = flow->held[flow->taken + i];
		flow->arenas[i] = flow->arenas[flow->taken + i];
		flow->arenas[flow->taken + i] = emptied;
	}
	flow->count = waiting;
	flow->taken = flow->acked = 0;
	flow->singly = false;
}

void inflow_leave(struct inflow *flow)
{
	broker_close(&flow->broker);
	set_subscribed(flow, false);
	drop(flow, flow->taken); /* what was not taken comes again */
	flow->waiting_bytes = 0;
	flow->taken_stand = false;
	drop_aside(flow);
}

void inflow_free(struct inflow **flow)
{
	if (!*flow)
		return;
	inflow_leave(*flow);
	for (int i = 0; i < (*flow)->capacity; i++)
		arena_free(&(*flow)->arenas[i]);
	free((*flow)->arenas);
	free((*flow)->held);
	free((*flow)->wanted);
	free(*flow); /* holding stays: it is in a list */
	*flow = NULL;
}

static bool connect(struct inflow *flow, int wait_ms)
{
	int64_t now = clock_mono_ms();

	if (now < flow->connect_after_ms) {
		int64_t rest = flow->connect_after_ms - now;

		process_nap_ms(rest < wait_ms ? (int)rest : wait_ms);
		if (rest > wait_ms)
			return false;
	}
	flow->broker = broker_connect(false);
	flow->consuming = 0;
	if (flow->broker && broker_consume(flow->broker, flow->wanted, flow->wanted_count, flow->prefetch_now))
		return true;
	inflow_leave(flow);
	flow->connect_after_ms = clock_mono_ms() + clock_backoff_ms(flow->failures++, 100, 5000);
	return false;
}

static void lose(struct inflow *flow)
{
	inflow_leave(flow);
	flow->connect_after_ms = clock_mono_ms() + clock_backoff_ms(flow->failures++, 100, 5000);
}

static void start_consuming(struct inflow *flow)
{
	if (++flow->consuming < flow->wanted_count)
		return;
	flow->failures = 0;
	set_subscribed(flow, true);
	log_info("consuming", LOG_INT("queues", flow->wanted_count), LOG_INT("prefetch", flow->prefetch_now));
}

static int least_prefetch(const struct inflow *flow)
{
	int prefetch = HELD_BYTES / BODY_BYTES / flow->queue_count;

	return prefetch < 1 ? 1 : (prefetch < flow->prefetch ? prefetch : flow->prefetch);
}

/* So long that, with the full prefetch, messages of that length would exceed HELD_BYTES. */
static bool is_long(const struct inflow *flow, size_t bytes)
{
	return bytes > (size_t)(HELD_BYTES / flow->prefetch / flow->queue_count);
}

static void weigh(struct inflow *flow, size_t bytes)
{
	flow->waiting_bytes += bytes;
	if (is_long(flow, bytes))
		flow->calm_after_ms = clock_mono_ms() + CALM_MS;
	if (flow->waiting_bytes <= HELD_BYTES || flow->prefetch_now == least_prefetch(flow))
		return;
	flow->prefetch_now = least_prefetch(flow);
	log_notice("many long messages: reading less ahead", LOG_INT("prefetch", flow->prefetch_now),
	        LOG_INT("bytes", (int64_t)flow->waiting_bytes));
	inflow_leave(flow);
}

/* Takes one event off the connection; true when a message was added. */
static bool receive(struct inflow *flow, int wait_ms)
{
	struct broker_event event;

	if (!flow->broker || flow->count == flow->capacity)
		return false;
	broker_next(flow->broker, wait_ms, flow->arenas[flow->count], &event);
	if (event.kind == BROKER_LOST)
		lose(flow);
	if (event.kind == BROKER_CONSUMING)
		start_consuming(flow);
	if (event.kind != BROKER_DELIVERY)
		return false;
	flow->held[flow->count++] = event.message;
	weigh(flow, event.message.body.len);
	return flow->broker != NULL;
}

/* How many of the waiting ones fit into one batch; *out_full: there is no room for more. */
static int fitting(const struct inflow *flow, bool *out_full)
{
	size_t bytes = 0;
	int n = 0;

	*out_full = true;
	while (n < flow->count && n < BATCH_JOBS) {
		bytes += flow->held[n].body.len;
		if (n && bytes > BATCH_BYTES)
			return n;
		n++;
	}
	*out_full = n == BATCH_JOBS;
	return n;
}

/* Returns to the full prefetch, at a moment when no message is held: closing the connection then makes nothing come
 * again. */
static void read_ahead_again(struct inflow *flow)
{
	if (!flow->broker || flow->count || flow->aside_count || flow->prefetch_now == flow->prefetch ||
	        clock_mono_ms() < flow->calm_after_ms)
		return;
	flow->prefetch_now = flow->prefetch;
	inflow_leave(flow);
}

/* All its queues rest, or it is not known yet which do. */
static int rest(struct inflow *flow, int wait_ms)
{
	bool known = instance_orders() != 0;

	set_subscribed(flow, known);
	say_holding(flow);
	process_nap_ms(known || wait_ms < HEAR_MS ? wait_ms : HEAR_MS);
	return 0;
}

int inflow_take(struct inflow *flow, int wait_ms, const struct message **out)
{
	bool full;
	int n;

	settle_taken(flow);
	obey(flow);
	if (!flow->wanted_count)
		return rest(flow, wait_ms);
	read_ahead_again(flow);
	if (!flow->broker && !connect(flow, wait_ms))
		return 0;
	flow->taken_stand = true;
	if (!flow->count)
		receive(flow, wait_ms);
	for (n = fitting(flow, &full); n && !full; n = fitting(flow, &full))
		if (!receive(flow, 0))
			break;
	if (!flow->broker)
		return 0;
	for (int i = 0; i < n; i++)
		flow->waiting_bytes -= flow->held[i].body.len;
	flow->taken = n;
	say_holding(flow);
	*out = flow->held;
	return n;
}

/* An acknowledgement of several is one of all before them, too: not while some of those are aside. */
static bool ack_each(struct inflow *flow, int count)
{
	bool fine = true;

	for (int i = flow->acked; fine && i < count; i++)
		fine = broker_ack(flow->broker, flow->held[i].tag, false);
	return fine;
}

bool inflow_ack_some(struct inflow *flow, int count)
{
	bool fine;

	if (!flow->broker || !flow->taken_stand || count == 0)
		return false;
	if (flow->aside_count || flow->singly)
		fine = ack_each(flow, count);
	else
		fine = broker_ack(flow->broker, flow->held[count - 1].tag, true);
	flow->acked = count;
	if (!fine)
		lose(flow);
	return fine;
}

/* --- what others overtake ------------------------------------------------------------------ */
bool inflow_set_aside(struct inflow *flow, int place)
{
	struct message message = flow->held[place];
	struct arena *arena = flow->arenas[place];
	size_t behind = (size_t)(flow->count - place - 1);

	if (!flow->broker || !flow->taken_stand || flow->aside_count == ASIDE_MOST ||
	        flow->aside_bytes + message.body.len > ASIDE_BYTES)
		return false;
	flow->aside[flow->aside_count] = message;
	flow->aside_arenas[flow->aside_count++] = arena;
	flow->aside_bytes += message.body.len;
	memmove(&flow->held[place], &flow->held[place + 1], behind * sizeof *flow->held);
	memmove(&flow->arenas[place], &flow->arenas[place + 1], behind * sizeof *flow->arenas);
	flow->count--;
	flow->taken--;
	flow->arenas[flow->count] = arena_new(MESSAGE_ARENA_BYTES);
	return true;
}

int inflow_aside(const struct inflow *flow, const struct message **out)
{
	*out = flow->aside;
	return flow->aside_count;
}

/* Makes room before what waits: the arenas of the last places are empty. */
int inflow_take_aside(struct inflow *flow, int count, const struct message **out)
{
	settle_taken(flow);
	if (count > flow->capacity - flow->count)
		count = flow->capacity - flow->count;
	for (int i = 0; i < count; i++)
		arena_free(&flow->arenas[flow->count + i]);
	memmove(&flow->held[count], flow->held, (size_t)flow->count * sizeof *flow->held);
	memmove(&flow->arenas[count], flow->arenas, (size_t)flow->count * sizeof *flow->arenas);
	for (int i = 0; i < count; i++) {
		flow->held[i] = flow->aside[i];
		flow->arenas[i] = flow->aside_arenas[i];
		flow->aside_bytes -= flow->aside[i].body.len;
	}
	flow->aside_count -= count;
	memmove(flow->aside, flow->aside + count, (size_t)flow->aside_count * sizeof *flow->aside);
	memmove(flow->aside_arenas, flow->aside_arenas + count, (size_t)flow->aside_count * sizeof *flow->aside_arenas);
	flow->count += count;
	flow->taken = count;
	flow->singly = true; /* what waits is younger, what was taken and settled since is not */
	flow->taken_stand = flow->broker != NULL;
	*out = flow->held;
	return count;
}

bool inflow_stands(const struct inflow *flow)
{
	return flow->broker && flow->taken_stand;
}

void inflow_put_back(struct inflow *flow, int place)
{
	if (!inflow_stands(flow))
		drop(flow, place);
	for (int i = place; i < flow->taken && i < flow->count; i++)
		flow->waiting_bytes += flow->held[i].body.len;
	flow->taken = place;
}

bool inflow_ack(struct inflow *flow)
{
	return inflow_ack_some(flow, flow->taken);
}

void inflow_pump(struct inflow *flow)
{
	for (int i = 0; i < 64 && receive(flow, 0); i++)
		;
}
