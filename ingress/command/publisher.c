/* publisher.c - see publisher.h.
 *
 * Certainty is the point: a submission is NOT_ACCEPTED only while no byte of it
 * was written, or when the broker returned it; in doubt it is UNKNOWN.
 *
 * The window counts what is unanswered. What its loop gave up makes room, and a confirm that comes
 * later finds nothing. A queue takes a quarter of the window at most; one that has left something
 * unconfirmed until it was given up gets one message at a time, until it confirms.
 */
#include "ingress/command/publisher.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/probe.h"
#include "base/process.h"
#include "ingress/command/publish_ring.h"
#include "queues/broker.h"

#define WINDOW 256
#define QUEUE_SHARE (WINDOW / 4)
#define POLL_MS 250

struct queue {
	int in_flight;
	uint64_t silent_tag; /* given up before the queue had confirmed it; 0: none */
};

struct publisher {
	struct broker *broker;
	bool blocked;
	struct arena *arena;
	struct submission *oldest, *newest; /* published and unanswered, in the order of their tags */
	int in_flight;
	struct queue queues[PUBLISH_QUEUES];
	int failures;
	int64_t connect_after_ms;
};

static struct probe_check check = { .name = "broker" };

static void set_open(bool open, const char *reason)
{
	ring_open(open);
	probe_set(&check, reason);
}

/* --- what is in flight ---------------------------------------------------------- */
static void enter(struct publisher *p, struct submission *s)
{
	s->returned = false;
	s->next = NULL;
	s->previous = p->newest;
	*(p->newest ? &p->newest->next : &p->oldest) = s;
	p->newest = s;
	p->in_flight++;
	p->queues[s->queue].in_flight++;
}

static void leave(struct publisher *p, struct submission *s, enum publish_verdict verdict)
{
	*(s->previous ? &s->previous->next : &p->oldest) = s->next;
	*(s->next ? &s->next->previous : &p->newest) = s->previous;
	p->in_flight--;
	p->queues[s->queue].in_flight--;
	ring_decide(s, verdict);
}

static void refuse_waiting(void)
{
	for (struct submission *s = ring_take(EVERY_QUEUE); s; s = ring_take(EVERY_QUEUE))
		ring_decide(s, PUBLISH_NOT_ACCEPTED);
}

static queue_set with_room(const struct publisher *p)
{
	queue_set set = 0;

	if (!p->broker || p->blocked || p->in_flight >= WINDOW)
		return 0;
	for (int q = 0; q < PUBLISH_QUEUES; q++)
		if (p->queues[q].in_flight < (p->queues[q].silent_tag ? 1 : QUEUE_SHARE))
			set |= (queue_set)1 << q;
	return set;
}

static bool any_silent(const struct publisher *p)
{
	for (int q = 0; q < PUBLISH_QUEUES; q++)
		if (p->queues[q].silent_tag)
			return true;
	return false;
}

/* --- connection -------------------------------------------------------------- */
static void lose(struct publisher *p)
{
	set_open(false, "no connection");
	broker_close(&p->broker);
	while (p->oldest)
		leave(p, p->oldest, PUBLISH_UNKNOWN);
	refuse_waiting();
	memset(p->queues, 0, sizeof p->queues);
	ring_tell_silence(false);
	p->connect_after_ms = clock_mono_ms() + clock_backoff_ms(p->failures++, 100, 3000);
}

/* A process that stops lets go of what it has, and makes no new acquaintances. */
static void connect_broker(struct publisher *p)
{
	if (process_stopping() || clock_mono_ms() < p->connect_after_ms) {
		poll(NULL, 0, 20);
		return;
	}
	p->broker = broker_connect(true);
	if (!p->broker) {
		lose(p);
		return;
	}
	p->failures = 0;
	p->blocked = false;
	set_open(true, NULL);
	log_info("publishing");
}

/* --- verdicts -------------------------------------------------------------------- */
static bool covers(const struct broker_event *event, uint64_t tag)
{
	return event->multiple ? tag <= event->tag : tag == event->tag;
}

static void confirm(struct publisher *p, const struct broker_event *event)
{
	for (struct submission *s = p->oldest, *next; s && s->tag <= event->tag; s = next) {
		next = s->next;
		if (!covers(event, s->tag))
			continue;
		p->queues[s->queue].silent_tag = 0;
		leave(p, s,
		        s->returned ? PUBLISH_NOT_ACCEPTED : (event->positive ? PUBLISH_ACCEPTED : PUBLISH_UNKNOWN));
	}
	for (int q = 0; q < PUBLISH_QUEUES; q++)
		if (covers(event, p->queues[q].silent_tag))
			p->queues[q].silent_tag = 0;
}

/* The return names the message, not the tag; its confirm follows. */
static void mark_returned(struct publisher *p, const struct message *message)
{
	struct submission *s = p->oldest;

	while (s && (s->returned || !text_equal(s->message.message_id, message->message_id)))
		s = s->next;
	if (s)
		s->returned = true;
}

static void let_go(struct publisher *p)
{
	if (!ring_any_given_up())
		return;
	for (struct submission *s = p->oldest, *next; s; s = next) {
		next = s->next;
		if (!ring_is_given_up(s))
			continue;
		p->queues[s->queue].silent_tag = s->tag;
		log_warn("not confirmed in time", LOG_VIEW("queue", s->message.routing_key));
		leave(p, s, PUBLISH_UNKNOWN);
	}
}

/* --- the thread ------------------------------------------------------------------- */
/* False: the connection is gone. */
static bool publish_one(struct publisher *p, struct submission *s)
{
	if (!broker_publish(p->broker, &s->message, &s->tag)) {
		ring_decide(s, PUBLISH_UNKNOWN);
		lose(p);
		return false;
	}
	enter(p, s);
	fault_point("ingress.published");
	return true;
}

static void publish_waiting(struct publisher *p)
{
	bool several = with_room(p) && ring_holds_several();
	struct submission *s;

	if (several)
		broker_gather(p->broker, true);
	while ((s = ring_take(with_room(p))))
		if (!publish_one(p, s))
			return;
	if (several)
		broker_gather(p->broker, false);
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
	struct pollfd fds[2] = { { .fd = ring_wake_fd(), .events = POLLIN },
		{ .fd = broker_fd(p->broker), .events = POLLIN } };
	uint64_t ignored;

	if (broker_has_buffered(p->broker) || !ring_sleep(with_room(p)))
		return;
	if (poll(fds, 2, POLL_MS) > 0 && (fds[0].revents & POLLIN) &&
	        read(ring_wake_fd(), &ignored, sizeof ignored) == -1)
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
		let_go(p);
		ring_tell_silence(any_silent(p));
	}
	lose(p);
	arena_free(&p->arena);
}

void publisher_start(void)
{
	static struct publisher publisher;

	ring_init();
	publisher.arena = arena_new(64 * 1024);
	probe_set(&check, "not connected yet");
	process_thread("publisher", run, &publisher);
}
