/* unknown.c - see unknown.h. */
#include "workers/unknown.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
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

#define SHOWN_MOST 8

/* What waits in a thread: copies, because the messages go when their connection does. */
struct shown {
	struct {
		char type[64], version[64], queue[64];
		int64_t since_us;
	} all[SHOWN_MOST];
	int count;
	bool waits; /* for the probe */
	struct shown *next;
};

static pthread_mutex_t shown_lock = PTHREAD_MUTEX_INITIALIZER;
static struct shown *first_shown; /* of every thread that ever had one */
static _Thread_local struct shown *own;

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

static void write_shown(struct buffer *out, const struct shown *shown, bool *first)
{
	char since[CLOCK_TEXT_BYTES];

	for (int i = 0; i < shown->count; i++) {
		clock_format(shown->all[i].since_us, since);
		buffer_string(out, *first ? "{" : ",{");
		buffer_json_member(out, "type", text_of(shown->all[i].type));
		buffer_json_member(out, "version", text_of(shown->all[i].version));
		buffer_json_member(out, "queue", text_of(shown->all[i].queue));
		buffer_json_member(out, "since", text_of(since));
		buffer_string(out, "}");
		*first = false;
	}
}

static void write_waiting(struct buffer *out)
{
	bool first = true;

	pthread_mutex_lock(&shown_lock);
	buffer_string(out, "[");
	for (const struct shown *shown = first_shown; shown; shown = shown->next)
		write_shown(out, shown, &first);
	buffer_string(out, "]");
	pthread_mutex_unlock(&shown_lock);
}

static void copy(char out[64], struct text text)
{
	snprintf(out, 64, "%.*s", (int)text.len, text.len ? text.data : "");
}

static bool is_shown(int place, const struct message *message)
{
	char type[64], queue[64];

	copy(type, message->type);
	copy(queue, message->queue);
	return place < own->count && strcmp(own->all[place].type, type) == 0 &&
	       strcmp(own->all[place].queue, queue) == 0;
}

static void set_shown(int place, const struct message *message)
{
	if (!is_shown(place, message))
		own->all[place].since_us = clock_unix_us();
	copy(own->all[place].type, message->type);
	copy(own->all[place].version, message->content_type);
	copy(own->all[place].queue, message->queue);
}

static void register_own(void)
{
	own = calloc(1, sizeof *own);
	if (!own)
		abort();
	own->next = first_shown;
	first_shown = own;
	instance_adds("unknown", write_waiting);
}

void unknown_log(const struct message *message, int64_t wait)
{
	log_error("a message of an unknown type or version waits", LOG_VIEW("type", message->type),
	        LOG_VIEW("version", message->content_type), LOG_VIEW("queue", message->queue),
	        LOG_INT("wait_ms", wait));
}

void unknown_show(const struct message *const *messages, int count)
{
	static _Atomic int held;

	if (!own && !count)
		return;
	count = count < SHOWN_MOST ? count : SHOWN_MOST;
	pthread_mutex_lock(&shown_lock);
	if (!own)
		register_own();
	for (int i = 0; i < count; i++)
		set_shown(i, messages[i]);
	held += (count > 0) - (own->count > 0);
	own->count = count;
	pthread_mutex_unlock(&shown_lock);
	metric_set(&waiting, held);
	probe_share(&check, &own->waits, count ? "one of an unknown type or version waits for an upgrade" : NULL);
}

int64_t unknown_until_ms(const struct message *message)
{
	return first_met(message, clock_mono_ms()) + wait_ms;
}

bool unknown_wait(const struct message *message, void (*pump)(void *), void *arg)
{
	int64_t now = clock_mono_ms(), end = unknown_until_ms(message);

	if (now >= end)
		return !process_stopping();
	unknown_log(message, end - now);
	unknown_show(&message, 1);
	while (clock_mono_ms() < end && !process_stopping()) {
		pump(arg);
		process_nap_ms(100);
	}
	unknown_show(NULL, 0);
	return !process_stopping();
}
