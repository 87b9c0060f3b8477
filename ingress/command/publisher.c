/* publisher.c - see publisher.h.
 *
 * A submission is NOT_ACCEPTED while no byte of it was written; what was written is in the window's hands.
 */
#include "ingress/command/publisher.h"

#include <poll.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/probe.h"
#include "base/process.h"
#include "ingress/command/publish_ring.h"
#include "ingress/command/publish_window.h"
#include "queues/broker.h"

#define POLL_MS 250
#define BLOCKED_MS 50 /* what the broker had read before its alarm is confirmed within that */

struct publisher {
	struct broker *broker;
	bool blocked;
	int64_t blocked_ms; /* since when */
	struct arena *arena;
	struct window window;
	int failures;
	int64_t connect_after_ms;
};

static struct probe_check check = { .name = "broker" };

static void set_open(bool open, const char *reason)
{
	ring_open(open);
	probe_set(&check, reason);
}

static void refuse_waiting(void)
{
	for (struct submission *s = ring_take(EVERY_QUEUE); s; s = ring_take(EVERY_QUEUE))
		ring_decide(s, PUBLISH_NOT_ACCEPTED);
}

static queue_set with_room(const struct publisher *p)
{
	return p->broker && !p->blocked ? window_room(&p->window) : 0;
}

/* --- connection -------------------------------------------------------------- */
static void lose(struct publisher *p)
{
	set_open(false, "no connection");
	broker_close(&p->broker);
	window_lose(&p->window);
	refuse_waiting();
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

/* --- the thread ------------------------------------------------------------------- */
/* False: the connection is gone. */
static bool publish_one(struct publisher *p, struct submission *s)
{
	if (!broker_publish(p->broker, &s->message, &s->tag)) {
		ring_decide(s, PUBLISH_UNKNOWN);
		lose(p);
		return false;
	}
	window_enter(&p->window, s);
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
			window_confirm(&p->window, event.tag, event.multiple, event.positive);
			break;
		case BROKER_RETURN:
			window_return(&p->window, event.message.message_id);
			break;
		case BROKER_BLOCKED:
			log_error("the broker takes no messages (alarm): answering 503");
			p->blocked = true;
			p->blocked_ms = clock_mono_ms();
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

/* RabbitMQ says that it is blocked with the first message that it is sent then, and reads no further, not even the rest
 * of that message: nobody knows for how long. */
static void give_up_blocked(struct publisher *p)
{
	if (p->blocked && p->window.count && clock_mono_ms() - p->blocked_ms >= BLOCKED_MS)
		window_lose(&p->window);
}

static void wait_for_work(struct publisher *p)
{
	struct pollfd fds[2] = { { .fd = ring_wake_fd(), .events = POLLIN },
		{ .fd = broker_fd(p->broker), .events = POLLIN } };
	uint64_t ignored;

	if (broker_has_buffered(p->broker) || !ring_sleep(with_room(p)))
		return;
	if (poll(fds, 2, p->blocked && p->window.count ? BLOCKED_MS : POLL_MS) > 0 && (fds[0].revents & POLLIN) &&
	        read(ring_wake_fd(), &ignored, sizeof ignored) == -1)
		log_debug("woken for nothing");
}

static void publish_waiting_lines(void *arg)
{
	struct publisher *p = arg;

	while (loop_any_running()) {
		if (!p->broker) {
			connect_broker(p);
			continue;
		}
		wait_for_work(p);
		take_events(p);
		give_up_blocked(p);
		publish_waiting(p);
		window_let_go(&p->window);
		ring_tell_silence(window_any_silent(&p->window));
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
	process_thread("publisher", publish_waiting_lines, &publisher);
}
