/* publish_ring.c - see publish_ring.h. */
#include "ingress/command/publish_ring.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/metrics.h"
#include "base/probe.h"

#define RING_MOST 4096
#define RING_BYTES ((size_t)16 * 1024 * 1024)
#define LINE_SHARE 4 /* a line takes no more than one of so many parts */

struct line {
	struct submission *first, *last;
	int count;
	size_t bytes;
};

static struct {
	pthread_mutex_t lock;
	struct line lines[PUBLISH_QUEUES];
	int count;
	size_t bytes;
	int turn;          /* the line that is looked at first */
	int given_up;      /* written, given up, and not decided */
	queue_set sleeper; /* what the thread is to be woken for */
	int wake_fd;
	bool open;
} ring = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct probe_check confirms = { .name = "confirms" };
static struct metric verdicts[] = {
	[PUBLISH_ACCEPTED] = { .name = "guichet_commands_accepted_total",
	        .labels = "",
	        .kind = METRIC_COUNTER,
	        .help = "Commands the broker has confirmed" },
	[PUBLISH_NOT_ACCEPTED] = { .name = "guichet_commands_not_accepted_total",
	        .labels = "",
	        .kind = METRIC_COUNTER,
	        .help = "Commands that were certainly not accepted" },
	[PUBLISH_UNKNOWN] = { .name = "guichet_commands_unknown_total",
	        .labels = "",
	        .kind = METRIC_COUNTER,
	        .help = "Commands published without a confirm" },
};
static struct metric depth = {
	.name = "guichet_publish_ring", .labels = "", .kind = METRIC_GAUGE, .help = "Commands waiting for the publisher"
};

void ring_init(void)
{
	ring.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

void ring_open(bool open)
{
	pthread_mutex_lock(&ring.lock);
	ring.open = open;
	pthread_mutex_unlock(&ring.lock);
}

/* --- the lines; under the lock ------------------------------------------------------ */
static bool has_room(const struct line *line, size_t bytes)
{
	return ring.count < RING_MOST && line->count < RING_MOST / LINE_SHARE && ring.bytes + bytes <= RING_BYTES &&
	       line->bytes + bytes <= RING_BYTES / LINE_SHARE;
}

static void count(struct line *line, int n, const struct submission *s)
{
	line->count += n;
	line->bytes += (size_t)n * s->message.body.len; /* unsigned: adding -1 times is taking away */
	ring.count += n;
	ring.bytes += (size_t)n * s->message.body.len;
	metric_set(&depth, ring.count);
}

static void append(struct line *line, struct submission *s)
{
	s->previous = line->last;
	s->next = NULL;
	*(line->last ? &line->last->next : &line->first) = s;
	line->last = s;
	count(line, 1, s);
}

static void unlink_from(struct line *line, struct submission *s)
{
	*(s->previous ? &s->previous->next : &line->first) = s->next;
	*(s->next ? &s->next->previous : &line->last) = s->previous;
	s->next = s->previous = NULL;
	count(line, -1, s);
}

static void decide(struct submission *s, enum publish_verdict verdict)
{
	s->state = SUBMISSION_DECIDED;
	s->verdict = verdict;
	metric_add(&verdicts[verdict], 1);
}

/* --- for the loops ------------------------------------------------------------------ */
bool submission_send(struct submission *s)
{
	struct line *line = &ring.lines[s->queue];
	uint64_t one = 1;
	bool taken, asleep;

	pthread_mutex_lock(&ring.lock);
	taken = ring.open && has_room(line, s->message.body.len);
	asleep = taken && (ring.sleeper & (queue_set)1 << s->queue);
	if (taken) {
		s->state = SUBMISSION_WAITS;
		append(line, s);
	}
	if (asleep)
		ring.sleeper = 0;
	pthread_mutex_unlock(&ring.lock);
	if (asleep && write(ring.wake_fd, &one, sizeof one) == -1)
		return taken; /* the counter is full: it is awake */
	return taken;
}

enum publish_verdict submission_give_up(struct submission *s)
{
	enum publish_verdict verdict = PUBLISH_UNKNOWN;
	bool waits;

	pthread_mutex_lock(&ring.lock);
	waits = s->state == SUBMISSION_WAITS;
	if (waits) {
		unlink_from(&ring.lines[s->queue], s);
		decide(s, PUBLISH_NOT_ACCEPTED);
	}
	if (s->state == SUBMISSION_DECIDED) {
		verdict = s->verdict;
	} else if (s->state == SUBMISSION_WRITTEN) {
		s->state = SUBMISSION_GIVEN_UP;
		ring.given_up++;
		metric_add(&verdicts[PUBLISH_UNKNOWN], 1);
		/* Said here: the thread may be the one that hangs. */
		probe_set(&confirms, "commands are not confirmed");
	}
	pthread_mutex_unlock(&ring.lock);
	if (waits)
		loop_post(s->loop, &s->note);
	return verdict;
}

/* --- for the thread ----------------------------------------------------------------- */
struct submission *ring_take(queue_set queues)
{
	struct submission *s = NULL;

	pthread_mutex_lock(&ring.lock);
	for (int i = 0; i < PUBLISH_QUEUES && !s; i++) {
		int q = (ring.turn + i) % PUBLISH_QUEUES;

		if (!(queues & (queue_set)1 << q) || !(s = ring.lines[q].first))
			continue;
		unlink_from(&ring.lines[q], s);
		s->state = SUBMISSION_WRITTEN;
		ring.turn = q + 1;
	}
	pthread_mutex_unlock(&ring.lock);
	return s;
}

bool ring_holds_several(void)
{
	bool several;

	pthread_mutex_lock(&ring.lock);
	several = ring.count > 1;
	pthread_mutex_unlock(&ring.lock);
	return several;
}

int ring_wake_fd(void)
{
	return ring.wake_fd;
}

bool ring_sleep(queue_set queues)
{
	bool found = false;

	pthread_mutex_lock(&ring.lock);
	for (int q = 0; q < PUBLISH_QUEUES && !found; q++)
		found = (queues & (queue_set)1 << q) && ring.lines[q].first;
	ring.sleeper = found ? 0 : queues;
	pthread_mutex_unlock(&ring.lock);
	return !found;
}

void ring_decide(struct submission *s, enum publish_verdict verdict)
{
	pthread_mutex_lock(&ring.lock);
	if (s->state == SUBMISSION_GIVEN_UP)
		ring.given_up--;
	else
		decide(s, verdict);
	pthread_mutex_unlock(&ring.lock);
	loop_post(s->loop, &s->note);
}

bool ring_is_given_up(struct submission *s)
{
	bool given_up;

	pthread_mutex_lock(&ring.lock);
	given_up = s->state == SUBMISSION_GIVEN_UP;
	pthread_mutex_unlock(&ring.lock);
	return given_up;
}

bool ring_any_given_up(void)
{
	bool any;

	pthread_mutex_lock(&ring.lock);
	any = ring.given_up > 0;
	pthread_mutex_unlock(&ring.lock);
	return any;
}

void ring_tell_silence(bool silent)
{
	pthread_mutex_lock(&ring.lock);
	probe_set(&confirms, silent || ring.given_up ? "commands are not confirmed" : NULL);
	pthread_mutex_unlock(&ring.lock);
}
