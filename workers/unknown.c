/* unknown.c - see unknown.h. */
#include "workers/unknown.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/probe.h"
#include "base/process.h"
#include "queues/instance.h"

#define KINDS 16
#define KIND_BYTES 128
#define FORGET_MS 3600000 /* a kind that comes again after an hour is another upgrade's */

struct kind {
	char name[KIND_BYTES]; /* type and version; "" is a free place */
	int64_t first_ms, last_ms;
};

static int64_t wait_ms;

struct setting unknown_settings[] = {
	{ "UNKNOWN_TYPE_WAIT", SETTING_DURATION, &wait_ms, "60s", .min = 0, .max = 3600000,
	        .help = "how long messages of a type this version does not know wait before they are dead" },
	{ 0 },
};

/* What waits now; a lane has one at most. */
#define WAITING_MOST 32

static struct {
	pthread_mutex_t lock;
	int count;
	struct waits {
		const struct message *message; /* its thread's, as long as it stands here */
		int64_t since_us;
	} all[WAITING_MOST];
} now_waiting = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct probe_check check = { .name = "messages" };
static struct metric waiting = { .name = "guichet_unknown_waiting",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "Lanes and consumers that wait because of a message of an unknown type or version" };

/* The place of the kind of that name; if there is none, the place of the kind that was not met for the longest time. */
static struct kind *find(struct kind *kinds, const char *name)
{
	struct kind *oldest = kinds;

	for (int i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
		if (kinds[i].last_ms < oldest->last_ms)
			oldest = &kinds[i];
	}
	return oldest;
}

/* When one of this kind was first met. */
static int64_t first_met(const struct message *message, int64_t now)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static struct kind kinds[KINDS];
	char name[KIND_BYTES];
	struct kind *kind;
	int64_t first;

	snprintf(name, sizeof name, "%.*s %.*s", (int)message->type.len, message->type.len ? message->type.data : "",
	        (int)message->content_type.len, message->content_type.len ? message->content_type.data : "");
	pthread_mutex_lock(&mutex);
	kind = find(kinds, name);
	if (strcmp(kind->name, name) != 0 || now - kind->last_ms > FORGET_MS) {
		memcpy(kind->name, name, sizeof name);
		kind->first_ms = now;
	}
	kind->last_ms = now;
	first = kind->first_ms;
	pthread_mutex_unlock(&mutex);
	return first;
}

static void write_waiting(struct buffer *out)
{
	char since[CLOCK_TEXT_BYTES];

	pthread_mutex_lock(&now_waiting.lock);
	buffer_string(out, "[");
	for (int i = 0; i < now_waiting.count; i++) {
		const struct waits *w = &now_waiting.all[i];

		clock_format(w->since_us, since);
		buffer_string(out, i ? ",{" : "{");
		buffer_json_member(out, "type", w->message->type);
		buffer_json_member(out, "version", w->message->content_type);
		buffer_json_member(out, "queue", w->message->queue);
		buffer_json_member(out, "since", text_of(since));
		buffer_string(out, "}");
	}
	buffer_string(out, "]");
	pthread_mutex_unlock(&now_waiting.lock);
}

static void begin_waiting(const struct message *message)
{
	pthread_mutex_lock(&now_waiting.lock);
	if (now_waiting.count < WAITING_MOST)
		now_waiting.all[now_waiting.count++] = (struct waits){ message, clock_unix_us() };
	pthread_mutex_unlock(&now_waiting.lock);
	instance_adds("unknown", write_waiting);
}

static void end_waiting(const struct message *message)
{
	pthread_mutex_lock(&now_waiting.lock);
	for (int i = 0; i < now_waiting.count; i++)
		if (now_waiting.all[i].message == message)
			now_waiting.all[i] = now_waiting.all[--now_waiting.count];
	pthread_mutex_unlock(&now_waiting.lock);
}

bool unknown_wait(const struct message *message, void (*pump)(void *), void *arg)
{
	static _Atomic int held;
	bool waits = false;
	int64_t now = clock_mono_ms(), end = first_met(message, now) + wait_ms;

	if (now >= end)
		return !process_stopping();
	log_error("a message of an unknown type or version waits", LOG_VIEW("type", message->type),
	        LOG_VIEW("version", message->content_type), LOG_VIEW("queue", message->queue),
	        LOG_INT("wait_ms", end - now));
	held++;
	begin_waiting(message);
	metric_set(&waiting, held);
	probe_share(&check, &waits, "one of an unknown type or version waits for an upgrade");
	while (clock_mono_ms() < end && !process_stopping()) {
		pump(arg);
		process_nap_ms(100);
	}
	held--;
	end_waiting(message);
	metric_set(&waiting, held);
	probe_share(&check, &waits, NULL);
	return !process_stopping();
}
