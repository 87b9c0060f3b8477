/* publisher.c - see publisher.h.
 *
 * Certainty is the point: a submission is NOT_ACCEPTED only while no byte of it
 * was written, or when the broker returned it; in doubt it is UNKNOWN.
 */
#include "ingress/publisher.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/probe.h"
#include "base/process.h"
#include "queues/broker.h"

#define RING 4096
#define WINDOW 256
#define CONFIRM_MS 5000
#define POLL_MS 250

/* Between the loops and the thread. */
static struct {
	pthread_mutex_t lock;
	struct submission *items[RING];
	unsigned head, count;
	int wake_fd;
	bool open; /* connected and not blocked; under the lock, so that nothing enters a ring being emptied */
} ring = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Published and not yet confirmed; tag t stands at t % WINDOW. */
struct slot {
	struct submission *submission; /* NULL: its verdict was given (deadline) */
	uint64_t tag;                  /* 0: free */
	bool returned;
};

struct publisher {
	struct broker *broker;
	bool blocked;
	struct arena *arena;
	struct slot window[WINDOW];
	uint64_t oldest, next; /* tags in flight: [oldest, next) */
	int failures;
	int64_t connect_after_ms;
};

static struct probe_check check = { .name = "broker" };
static struct metric accepted = { .name = "guichet_commands_accepted_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Commands the broker has confirmed" };
static struct metric not_accepted = { .name = "guichet_commands_not_accepted_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Commands that were certainly not accepted" };
static struct metric unknown = { .name = "guichet_commands_unknown_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Commands published without a confirm" };
static struct metric depth = {
	.name = "guichet_publish_ring", .labels = "", .kind = METRIC_GAUGE, .help = "Commands waiting for the publisher"
};

bool publisher_submit(struct submission *submission)
{
	uint64_t one = 1;
	bool taken = false, first;

	pthread_mutex_lock(&ring.lock);
	first = !ring.count; /* else it is awake, or waits for a confirm and not for us */
	if (ring.open && ring.count < RING) {
		ring.items[(ring.head + ring.count++) % RING] = submission;
		taken = true;
	}
	metric_set(&depth, ring.count);
	pthread_mutex_unlock(&ring.lock);
	if (taken && first && write(ring.wake_fd, &one, sizeof one) == -1)
		return taken; /* the counter is full: it is awake */
	return taken;
}

static struct submission *take(void)
{
	struct submission *first = NULL;

	pthread_mutex_lock(&ring.lock);
	if (ring.count) {
		first = ring.items[ring.head];
		ring.head = (ring.head + 1) % RING;
		ring.count--;
		metric_set(&depth, ring.count);
	}
	pthread_mutex_unlock(&ring.lock);
	return first;
}

static void set_open(bool open, const char *reason)
{
	pthread_mutex_lock(&ring.lock);
	ring.open = open;
	pthread_mutex_unlock(&ring.lock);
	probe_set(&check, reason);
}

static void decide(struct submission *submission, enum publish_verdict verdict)
{
	metric_add(
	        verdict == PUBLISH_ACCEPTED ? &accepted : (verdict == PUBLISH_UNKNOWN ? &unknown : &not_accepted), 1);
	submission->verdict = verdict;
	loop_post(submission->loop, &submission->note);
}

/* --- connection -------------------------------------------------------------- */
static void lose(struct publisher *p)
{
	set_open(false, "no connection");
	broker_close(&p->broker);
	for (; p->oldest < p->next; p->oldest++) {
		struct slot *slot = &p->window[p->oldest % WINDOW];

		if (slot->tag && slot->submission)
			decide(slot->submission, PUBLISH_UNKNOWN);
		*slot = (struct slot){ 0 };
	}
	for (struct submission *s = take(); s; s = take())
		decide(s, PUBLISH_NOT_ACCEPTED);
	p->connect_after_ms = clock_mono_ms() + clock_backoff_ms(p->failures++, 100, 3000);
}

static void connect_broker(struct publisher *p)
{
	if (clock_mono_ms() < p->connect_after_ms) {
		process_nap_ms(20);
		return;
	}
	p->broker = broker_connect(true);
	if (!p->broker) {
		lose(p);
		return;
	}
	p->failures = 0;
	p->blocked = false;
	p->oldest = p->next = 1;
	set_open(true, NULL);
	log_info("publishing");
}

/* --- verdicts -------------------------------------------------------------------- */
static void settle(struct publisher *p, uint64_t tag, bool positive)
{
	struct slot *slot = &p->window[tag % WINDOW];

	if (slot->tag != tag)
		return;
	if (slot->submission)
		decide(slot->submission,
		        slot->returned ? PUBLISH_NOT_ACCEPTED : (positive ? PUBLISH_ACCEPTED : PUBLISH_UNKNOWN));
	*slot = (struct slot){ 0 };
}

static void confirm(struct publisher *p, const struct broker_event *event)
{
	uint64_t from = event->multiple ? p->oldest : event->tag;

	for (uint64_t tag = from; tag <= event->tag && tag < p->next; tag++)
		settle(p, tag, event->positive);
	while (p->oldest < p->next && p->window[p->oldest % WINDOW].tag == 0)
		p->oldest++;
}

/* The return names the message, not the tag; its confirm follows. */
static void mark_returned(struct publisher *p, const struct message *message)
{
	for (uint64_t tag = p->oldest; tag < p->next; tag++) {
		struct slot *slot = &p->window[tag % WINDOW];

		if (slot->tag && slot->submission && !slot->returned &&
		        text_equal(slot->submission->message.message_id, message->message_id)) {
			slot->returned = true;
			return;
		}
	}
}

static void give_up_late(struct publisher *p)
{
	int64_t now = clock_mono_ms();

	for (uint64_t tag = p->oldest; tag < p->next; tag++) {
		struct slot *slot = &p->window[tag % WINDOW];

		if (!slot->tag || !slot->submission || now < slot->submission->deadline_ms)
			continue;
		decide(slot->submission, PUBLISH_UNKNOWN);
		slot->submission = NULL;
	}
}

/* --- the thread ------------------------------------------------------------------- */
/* False: the connection is gone. */
static bool publish_one(struct publisher *p, struct submission *s)
{
	uint64_t tag;

	if (!broker_publish(p->broker, &s->message, &tag)) {
		decide(s, PUBLISH_UNKNOWN);
		lose(p);
		return false;
	}
	s->deadline_ms = clock_mono_ms() + CONFIRM_MS;
	p->window[tag % WINDOW] = (struct slot){ .submission = s, .tag = tag };
	p->next = tag + 1;
	fault_point("ingress.published");
	return true;
}

static bool several_wait(void)
{
	bool several;

	pthread_mutex_lock(&ring.lock);
	several = ring.count > 1;
	pthread_mutex_unlock(&ring.lock);
	return several;
}

static void publish_waiting(struct publisher *p)
{
	bool several = several_wait();
	struct submission *s = NULL;

	if (!p->broker || p->blocked)
		return;
	if (several)
		broker_gather(p->broker, true);
	while (p->next - p->oldest < WINDOW && (s = take()))
		if (!publish_one(p, s))
			return;
	if (several)
		broker_gather(p->broker, false);
}

static void refuse_waiting(void)
{
	for (struct submission *s = take(); s; s = take())
		decide(s, PUBLISH_NOT_ACCEPTED);
}

static void take_events(struct publisher *p)
{
	struct broker_event event;

	do {
		arena_reset(p->arena);
		broker_next(p->broker, 0, p->arena, &event);
		switch (event.kind) {
		case BROKER_CONFIRM:
			confirm(p, &event);
			break;
		case BROKER_RETURN:
			mark_returned(p, &event.message);
			break;
		case BROKER_BLOCKED:
			log_error("the broker takes no messages (alarm): answering 503");
			p->blocked = true;
			set_open(false, "blocked by an alarm");
			refuse_waiting();
			break;
		case BROKER_UNBLOCKED:
			log_notice("the broker takes messages again");
			p->blocked = false;
			set_open(true, NULL);
			break;
		case BROKER_LOST:
			lose(p);
			return;
		default:
			break;
		}
	} while (event.kind != BROKER_NOTHING);
}

static void wait_for_work(struct publisher *p)
{
	struct pollfd fds[2] = { { .fd = ring.wake_fd, .events = POLLIN },
		{ .fd = broker_fd(p->broker), .events = POLLIN } };
	uint64_t ignored;

	if (broker_has_buffered(p->broker))
		return;
	if (p->next - p->oldest == WINDOW)
		fds[0].fd = -1; /* no room: only a confirm helps */
	if (poll(fds, 2, POLL_MS) > 0 && (fds[0].revents & POLLIN) &&
	        read(ring.wake_fd, &ignored, sizeof ignored) == -1)
		log_debug("woken for nothing");
}

static void run(void *arg)
{
	struct publisher *p = arg;

	while (loop_any_running()) {
		if (!p->broker) {
			connect_broker(p);
			continue;
		}
		wait_for_work(p);
		take_events(p);
		publish_waiting(p);
		if (p->broker)
			give_up_late(p);
	}
	lose(p);
	arena_free(&p->arena);
}

void publisher_start(void)
{
	static struct publisher publisher;

	ring.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	publisher.arena = arena_new(64 * 1024);
	probe_set(&check, "not connected yet");
	process_thread("publisher", run, &publisher);
}
