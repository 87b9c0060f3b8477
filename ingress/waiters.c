/* waiters.c - see waiters.h. */
#include "ingress/waiters.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "base/cache.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"

#define BUCKETS 4096
#define POLL_FIRST_MS 20
#define POLL_MOST_MS 1000
#define TICK_MS 10

struct waiters {
	struct loop *loop;
	struct waiter *buckets[BUCKETS];
	int count;
	int64_t tick_after_ms;
};

/* A result on its way from the Redis thread to a loop. */
struct told {
	struct note note;
	struct loop *loop;
	json_t *json;
};

static _Atomic bool redis_listens;

static struct waiter **bucket_of(struct waiters *waiters, const struct uuid *id)
{
	return &waiters->buckets[(id->bytes[14] << 8 | id->bytes[15]) % BUCKETS];
}

struct waiters *waiters_new(struct loop *loop)
{
	struct waiters *waiters = calloc(1, sizeof *waiters);

	if (!waiters)
		abort();
	waiters->loop = loop;
	return waiters;
}

int waiters_count(const struct waiters *waiters)
{
	return waiters->count;
}

void waiter_add(struct waiters *waiters, struct waiter *waiter)
{
	struct waiter **first = bucket_of(waiters, &waiter->command_id);

	waiter->deadline_ms = INT64_MAX;
	waiter->next = *first;
	waiter->previous = NULL;
	if (*first)
		(*first)->previous = waiter;
	*first = waiter;
	waiter->listed = true;
	waiters->count++;
}

void waiter_remove(struct waiters *waiters, struct waiter *waiter)
{
	if (!waiter->listed)
		return;
	if (waiter->previous)
		waiter->previous->next = waiter->next;
	else
		*bucket_of(waiters, &waiter->command_id) = waiter->next;
	if (waiter->next)
		waiter->next->previous = waiter->previous;
	waiter->listed = false;
	waiters->count--;
}

void waiter_wait(struct waiters *waiters, struct waiter *waiter, int ms)
{
	(void)waiters;
	waiter->deadline_ms = clock_mono_ms() + ms;
	waiter->poll_every_ms = POLL_FIRST_MS;
	waiter->poll_at_ms = clock_mono_ms() + POLL_FIRST_MS;
}

static void finish(struct waiters *waiters, struct waiter *waiter, const struct outcome_told *told)
{
	waiter_remove(waiters, waiter);
	waiter->done(waiter, told);
}

/* --- asking the inbox ---------------------------------------------------------- */
/* A poll's answer finds its waiter again by id: it may have ended meanwhile. */
struct poll {
	struct waiters *waiters;
	struct uuid command_id;
	struct waiter *waiter;
	bool last;
};

static struct waiter *still_waiting(const struct poll *poll)
{
	for (struct waiter *w = *bucket_of(poll->waiters, &poll->command_id); w; w = w->next)
		if (w == poll->waiter)
			return w;
	return NULL;
}

static void on_inbox(void *arg, enum db_fault fault, const char *sqlstate, const struct db_result *rows)
{
	struct poll *poll = arg;
	struct waiter *waiter = still_waiting(poll);
	uint8_t fp[FINGERPRINT_BYTES];

	(void)sqlstate;
	if (waiter) {
		waiter->polling = false;
		if (fault == DB_FINE && db_rows(rows) == 1) {
			struct outcome_told told = { .status = (int)db_int(rows, 0, 1),
				.code = db_text(rows, 0, 2),
				.subject_id = db_uuid(rows, 0, 3),
				.version = db_int(rows, 0, 4),
				.detail = db_text(rows, 0, 6),
				.pointer = db_text(rows, 0, 7),
				.ignored = db_text(rows, 0, 8) };
			bool same = text_unhex(db_text(rows, 0, 5), fp, sizeof fp) &&
				    !memcmp(fp, waiter->fp, sizeof fp);

			if (!same)
				told = (struct outcome_told){ .status = 422, .code = TEXT("IDEMPOTENCY_KEY_REUSED") };
			finish(poll->waiters, waiter, &told);
		} else if (poll->last) {
			finish(poll->waiters, waiter, NULL);
		}
	}
	free(poll);
}

static void ask_inbox(struct waiters *waiters, struct waiter *waiter, bool last)
{
	struct poll *poll = calloc(1, sizeof *poll);

	if (!poll)
		abort();
	*poll = (struct poll){ waiters, waiter->command_id, waiter, last };
	waiter->polling = true;
	if (loop_query(waiters->loop, QUERY_command_outcome, 1, (struct db_param[]){ P_UUID(&waiter->command_id) },
		    on_inbox, poll))
		return;
	free(poll);
	waiter->polling = false;
	if (last)
		finish(waiters, waiter, NULL);
}

static void tick_one(struct waiters *waiters, struct waiter *waiter, int64_t now)
{
	if (waiter->deadline_ms == INT64_MAX || waiter->polling)
		return;
	if (now >= waiter->deadline_ms) {
		ask_inbox(waiters, waiter, true);
	} else if (!redis_listens && now >= waiter->poll_at_ms) {
		ask_inbox(waiters, waiter, false);
		waiter->poll_every_ms = waiter->poll_every_ms * 2 > POLL_MOST_MS ? POLL_MOST_MS : waiter->poll_every_ms * 2;
		waiter->poll_at_ms = now + waiter->poll_every_ms;
	}
}

void waiters_tick(struct waiters *waiters)
{
	int64_t now = clock_mono_ms();

	if (!waiters->count || now < waiters->tick_after_ms)
		return;
	waiters->tick_after_ms = now + TICK_MS;
	for (int i = 0; i < BUCKETS; i++) {
		for (struct waiter *waiter = waiters->buckets[i], *next; waiter; waiter = next) {
			next = waiter->next;
			tick_one(waiters, waiter, now);
		}
	}
}

/* --- results by Redis --------------------------------------------------------------- */
static struct text member(const json_t *json, const char *name)
{
	return text_of(json_string_value(json_object_get(json, name)));
}

static void on_told(struct note *note)
{
	struct told *told = (struct told *)note;
	struct waiters *waiters = loop_waiters(told->loop);
	struct outcome_told outcome = { .status = (int)json_integer_value(json_object_get(told->json, "status")),
		.code = member(told->json, "code"),
		.detail = member(told->json, "detail"),
		.pointer = member(told->json, "pointer"),
		.version = json_integer_value(json_object_get(told->json, "version")) };
	char *ignored = json_dumps(json_object_get(told->json, "ignored"), JSON_COMPACT);
	struct uuid id;

	outcome.ignored = text_of(ignored);
	uuid_parse(member(told->json, "subjectId"), &outcome.subject_id);
	if (uuid_parse(member(told->json, "commandId"), &id)) {
		for (struct waiter *w = *bucket_of(waiters, &id), *next; w; w = next) {
			next = w->next;
			if (uuid_equal(&w->command_id, &id) &&
				text_equal(w->correlation_id, member(told->json, "correlationId")))
				finish(waiters, w, &outcome);
		}
	}
	free(ignored);
	json_decref(told->json);
	free(told);
}

static struct loop *loop_of_channel(struct text channel)
{
	for (int i = 0; i < loop_count(); i++)
		if (text_equal(loop_reply_address(loop_at(i)), channel))
			return loop_at(i);
	return NULL;
}

static void deliver(struct text channel, struct text message)
{
	struct loop *loop = loop_of_channel(channel);
	struct told *told;

	if (!loop || !(told = calloc(1, sizeof *told)))
		return;
	told->note.run = on_told;
	told->loop = loop;
	told->json = json_loadb(message.data, message.len, 0, NULL);
	loop_post(loop, &told->note);
}

static void listen_to_redis(void *arg)
{
	struct cache *cache = cache_new();
	struct text *channels = arg, channel, message;
	bool connected = false;

	while (loop_any_running()) {
		if (cache_listen(cache, channels, loop_count(), 1000, &channel, &message, &connected))
			deliver(channel, message);
		else if (process_stopping() || !connected)
			process_nap_ms(20);
		redis_listens = connected;
	}
	cache_free(&cache);
	free(channels);
}

void results_start(void)
{
	struct text *channels = calloc((size_t)loop_count() + 1, sizeof *channels);

	if (!channels)
		abort();
	for (int i = 0; i < loop_count(); i++)
		channels[i] = loop_reply_address(loop_at(i));
	process_thread("results", listen_to_redis, channels);
}
