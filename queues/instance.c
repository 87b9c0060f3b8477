/* instance.c - see instance.h. */
#include "queues/instance.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/probe.h"
#include "base/process.h"
#include "base/settings.h"

#define EVERY_MS 2000
#define PAUSED_MAX 64

static struct instance_queue *_Atomic queues;
static _Atomic int64_t due_ms;
static _Atomic bool asking;

/* --- what operators want ------------------------------------------------------------ */
static struct {
	pthread_mutex_t lock;
	int count;
	char names[PAUSED_MAX][64];
} paused = { .lock = PTHREAD_MUTEX_INITIALIZER };
static _Atomic unsigned orders;
static _Atomic bool rests = true;   /* nothing is begun before it is known whether it may be */
static _Atomic bool wants_settings; /* the database does not know what we run with */
static struct probe_check pause_check = { .name = "operator" };

static struct text program_name(struct arena *arena)
{
	const char *name = process_name();
	char *own = arena_printf(arena, "%s", strncmp(name, "guichet-", 8) == 0 ? name + 8 : name);

	for (char *c = own; *c; c++)
		if (*c == '-')
			*c = '_';
	return text_of(own);
}

static bool is_named(const char *name)
{
	for (int i = 0; i < paused.count; i++)
		if (strcmp(paused.names[i], name) == 0)
			return true;
	return false;
}

bool instance_is_paused(const char *queue)
{
	bool is;

	pthread_mutex_lock(&paused.lock);
	is = is_named(queue);
	pthread_mutex_unlock(&paused.lock);
	return is || rests;
}

bool instance_rests(void)
{
	return rests;
}

unsigned instance_orders(void)
{
	return orders;
}

/* True when the list differs from what was known. */
static bool take_list(const json_t *list)
{
	char names[PAUSED_MAX][64] = { { 0 } };
	int count = 0;
	bool differs;
	size_t index;
	json_t *name;

	json_array_foreach(list, index, name)
	{
		if (count < PAUSED_MAX)
			snprintf(names[count++], sizeof names[0], "%s", json_string_value(name));
	}
	differs = count != paused.count || memcmp(names, paused.names, sizeof names) != 0;
	paused.count = count;
	memcpy(paused.names, names, sizeof names);
	return differs;
}

static void take_pauses(const json_t *list)
{
	struct arena *arena = arena_new(256);
	bool differs;

	pthread_mutex_lock(&paused.lock);
	differs = take_list(list);
	rests = is_named(program_name(arena).data);
	pthread_mutex_unlock(&paused.lock);
	arena_free(&arena);
	if (!differs && orders)
		return;
	orders++;
	if (!differs)
		return;
	log_notice("what operators let rest has changed", LOG_INT("count", (int64_t)json_array_size(list)));
	probe_degrade(&pause_check, rests ? "an operator lets it rest" : NULL);
}

void instance_obey(struct text answer)
{
	json_t *said = answer.data ? json_loadb(answer.data, answer.len, 0, NULL) : NULL;

	if (said) {
		log_kept_taken();
		take_pauses(json_object_get(said, "paused"));
		log_level_override(text_of(json_string_value(json_object_get(said, "logLevel"))));
		wants_settings = json_is_true(json_object_get(said, "wantsSettings"));
	}
	json_decref(said);
	asking = false;
}

void instance_missed(void)
{
	asking = false;
}

bool instance_is_due(void)
{
	int64_t now = clock_mono_ms();

	if (now < due_ms || process_stopping() || atomic_exchange(&asking, true))
		return false;
	due_ms = now + EVERY_MS;
	return true;
}

/* --- what it says of itself ----------------------------------------------------------- */
static int64_t all_in_hand(void)
{
	int64_t sum = 0;

	for (const struct instance_queue *queue = atomic_load(&queues); queue; queue = queue->next)
		sum += queue->in_hand;
	return sum;
}

static const struct metric held = { .name = "guichet_queue_in_hand",
	.kind = METRIC_GAUGE,
	.help = "Messages that were given to this process and are not acknowledged" };
static const struct metric head_age = { .name = "guichet_queue_in_hand_age_seconds",
	.kind = METRIC_AGE,
	.help = "Since when the first of them is accepted" };

static void find_metrics(struct instance_queue *queue)
{
	for (const struct instance_queue *q = atomic_load(&queues); q && !queue->held; q = q->next)
		if (strcmp(q->name, queue->name) == 0) {
			queue->held = q->held;
			queue->head_age = q->head_age;
		}
	if (queue->held)
		return;
	queue->held = metric_made(&(struct metric * _Atomic){ NULL }, &held, "{queue=\"%s\"}", queue->name);
	queue->head_age = metric_made(&(struct metric * _Atomic){ NULL }, &head_age, "{queue=\"%s\"}", queue->name);
}

static void enlist(struct instance_queue *queue)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	find_metrics(queue);
	queue->next = queues;
	queues = queue;
	pthread_mutex_unlock(&lock);
}

/* When the oldest message of that name in any thread's hands was accepted. */
static int64_t oldest_head(const char *name)
{
	int64_t oldest = 0;

	for (const struct instance_queue *q = atomic_load(&queues); q; q = q->next)
		if (q->head_us && (!oldest || q->head_us < oldest) && strcmp(q->name, name) == 0)
			oldest = q->head_us;
	return oldest;
}

void instance_holds(struct instance_queue *queue, int64_t in_hand, int64_t head_us)
{
	int64_t before = queue->in_hand;

	queue->in_hand = in_hand;
	queue->head_us = head_us;
	if (!atomic_exchange(&queue->registered, 1)) {
		enlist(queue);
		process_counts_work(all_in_hand);
	}
	metric_add(queue->held, in_hand - before);
	metric_set(queue->head_age, oldest_head(queue->name));
}

const struct uuid *instance_id(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct uuid id;

	pthread_mutex_lock(&lock);
	if (uuid_is_none(&id))
		id = uuid_new();
	pthread_mutex_unlock(&lock);
	return &id;
}

static void write_queue(struct buffer *out, const struct instance_queue *queue)
{
	char head[CLOCK_TEXT_BYTES];

	buffer_string(out, "{");
	buffer_json_member(out, "name", text_of(queue->name));
	buffer_json_member_int(out, "inHand", queue->in_hand);
	if (queue->head_us) {
		clock_format(queue->head_us, head);
		buffer_json_member(out, "headAt", text_of(head));
	}
	buffer_string(out, "}");
}

static void write_queues(struct buffer *out)
{
	const char *comma = "";

	buffer_json_name(out, "queues");
	buffer_string(out, "[");
	for (const struct instance_queue *queue = atomic_load(&queues); queue; queue = queue->next) {
		buffer_string(out, comma);
		write_queue(out, queue);
		comma = ",";
	}
	buffer_string(out, "]");
}

static void write_usage(struct buffer *out)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage))
		return;
	buffer_json_member_int(out, "cpuMs",
	        (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	                (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
	buffer_json_member_int(out, "peakResidentBytes", usage.ru_maxrss * 1024);
}

static struct {
	const char *_Atomic member;
	void (*write)(struct buffer *out);
} addition;

void instance_adds(const char *member, void (*write)(struct buffer *out))
{
	addition.write = write;
	addition.member = member;
}

/* Of the log those that are to be kept (LOG_KEEP). */
static void write_lines(struct buffer *out)
{
	size_t before = out->len;

	buffer_json_name(out, "lines");
	if (!log_render_kept(out))
		out->len = before;
}

static struct text facts(struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, 2048);
	buffer_string(&out, "{");
	buffer_json_name(&out, "health");
	probe_render_health(&out, 0);
	write_queues(&out);
	buffer_json_member(&out, "probe", text_of(probe_address()));
	buffer_json_name(&out, "lastError");
	log_render_last_error(&out);
	write_usage(&out);
	if (addition.member) {
		buffer_json_name(&out, addition.member);
		addition.write(&out);
	}
	write_lines(&out);
	buffer_string(&out, "}");
	return text_mend(arena, buffer_view(&out)); /* a type of message may have been cut within a character */
}

static void write_setting(const struct setting *row, const char *value, const char *source, void *arg)
{
	struct buffer *out = arg;

	buffer_string(out, out->data[out->len - 1] == '[' ? "{" : ",{");
	buffer_json_member(out, "name", text_of(row->name));
	buffer_json_member(out, "value", value ? text_mend(out->arena, text_of(value)) : TEXT_NONE);
	buffer_json_member(out, "source", text_of(source));
	buffer_json_member_bool(out, "isSecret", row->secret);
	buffer_string(out, "}");
}

/* Once, and again when the database has forgotten. */
static void write_settings(struct buffer *out)
{
	if (!wants_settings)
		return;
	buffer_json_name(out, "settings");
	buffer_string(out, "[");
	settings_walk(write_setting, out);
	buffer_string(out, "]");
}

static struct text about(struct arena *arena)
{
	static _Atomic int64_t started_us;
	char host[256] = "", started[CLOCK_TEXT_BYTES];
	struct buffer out;

	if (!started_us)
		started_us = clock_unix_us();
	clock_format(started_us, started);
	gethostname(host, sizeof host - 1);
	buffer_init(&out, arena, 256);
	buffer_string(&out, "{");
	buffer_json_member(&out, "host", text_of(host));
	buffer_json_member_int(&out, "pid", getpid());
	buffer_json_member(&out, "version", text_of(process_version()));
	buffer_json_member(&out, "startedAt", text_of(started));
	write_settings(&out);
	buffer_string(&out, "}");
	return buffer_view(&out);
}

struct instance_words instance_render(struct arena *arena)
{
	return (struct instance_words){ program_name(arena), about(arena), facts(arena) };
}
