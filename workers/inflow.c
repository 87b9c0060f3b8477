/* inflow.c - see inflow.h. */
#include "workers/inflow.h"

#include <stdlib.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/probe.h"
#include "base/process.h"
#include "queues/broker.h"
#include "workers/batch.h"

#define HELD_MAX 4096

struct inflow {
	const char *const *queues;
	int queue_count, prefetch;
	struct broker *broker;
	int failures;
	int64_t connect_after_ms;
	struct arena *arena; /* of the messages held */
	struct message *held;
	int count;      /* held in all */
	int taken_from; /* the last take: [taken_from, next) */
	int next;
	bool subscribed;
	bool taken_stand; /* the last take's tags belong to the connection of now */
};

static struct probe_check broker_check = { .name = "broker" };

/* Ready only while every inflow of the process is subscribed. */
static void set_subscribed(struct inflow *flow, bool subscribed)
{
	static _Atomic int missing;

	if (flow->subscribed != subscribed)
		missing += subscribed ? -1 : 1;
	flow->subscribed = subscribed;
	probe_set(&broker_check, missing ? "no connection" : NULL);
}

struct inflow *inflow_new(const char *const *queues, int queue_count, int prefetch)
{
	struct inflow *flow = calloc(1, sizeof *flow);

	if (!flow || !(flow->held = calloc(HELD_MAX, sizeof *flow->held)))
		abort();
	flow->queues = queues;
	flow->queue_count = queue_count;
	flow->prefetch = prefetch;
	flow->arena = arena_new(256 * 1024);
	flow->subscribed = true;
	set_subscribed(flow, false);
	return flow;
}

void inflow_leave(struct inflow *flow)
{
	broker_close(&flow->broker);
	set_subscribed(flow, false);
	flow->count = flow->next; /* what was not taken comes again */
	flow->taken_stand = false;
}

void inflow_free(struct inflow **flow)
{
	if (!*flow)
		return;
	inflow_leave(*flow);
	arena_free(&(*flow)->arena);
	free((*flow)->held);
	free(*flow);
	*flow = NULL;
}

static bool subscribe(struct inflow *flow)
{
	for (int i = 0; i < flow->queue_count; i++)
		if (!broker_consume(flow->broker, flow->queues[i], flow->prefetch))
			return false;
	return true;
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
	if (flow->broker && subscribe(flow)) {
		flow->failures = 0;
		set_subscribed(flow, true);
		log_info("consuming", LOG_INT("queues", flow->queue_count));
		return true;
	}
	inflow_leave(flow);
	flow->connect_after_ms = clock_mono_ms() + clock_backoff_ms(flow->failures++, 100, 5000);
	return false;
}

static void lose(struct inflow *flow)
{
	inflow_leave(flow);
	flow->connect_after_ms = clock_mono_ms() + clock_backoff_ms(flow->failures++, 100, 5000);
}

/* Takes one event off the connection; true when a message was added. */
static bool receive(struct inflow *flow, int wait_ms)
{
	struct broker_event event;

	if (!flow->broker || flow->count == HELD_MAX)
		return false;
	broker_next(flow->broker, wait_ms, flow->arena, &event);
	if (event.kind == BROKER_LOST)
		lose(flow);
	if (event.kind != BROKER_DELIVERY)
		return false;
	flow->held[flow->count++] = event.message;
	return true;
}

/* How many of the waiting ones fit into one batch; *out_full: there is no room for more. */
static int fitting(const struct inflow *flow, bool *out_full)
{
	size_t bytes = 0;
	int n = 0;

	*out_full = true;
	while (flow->next + n < flow->count && n < BATCH_JOBS) {
		bytes += flow->held[flow->next + n].body.len;
		if (n && bytes > BATCH_BYTES)
			return n;
		n++;
	}
	*out_full = n == BATCH_JOBS;
	return n;
}

int inflow_take(struct inflow *flow, int wait_ms, const struct message **out)
{
	bool full;
	int n;

	if (flow->next == flow->count) {
		arena_reset(flow->arena);
		flow->count = flow->next = 0;
	}
	flow->taken_from = flow->next;
	if (!flow->broker && !connect(flow, wait_ms))
		return 0;
	flow->taken_stand = true;
	if (flow->next == flow->count)
		receive(flow, wait_ms);
	for (n = fitting(flow, &full); n && !full; n = fitting(flow, &full))
		if (!receive(flow, 0))
			break;
	if (!flow->broker)
		return 0;
	flow->next += n;
	*out = &flow->held[flow->taken_from];
	return n;
}

bool inflow_ack_some(struct inflow *flow, int count)
{
	if (!flow->broker || !flow->taken_stand || count == 0)
		return false;
	if (broker_ack(flow->broker, flow->held[flow->taken_from + count - 1].tag, true))
		return true;
	lose(flow);
	return false;
}

bool inflow_ack(struct inflow *flow)
{
	return inflow_ack_some(flow, flow->next - flow->taken_from);
}

void inflow_pump(struct inflow *flow)
{
	for (int i = 0; i < 64 && receive(flow, 0); i++)
		;
}

bool inflow_stands(const struct inflow *flow)
{
	return flow->broker && flow->taken_stand;
}
