/* results.c - see results.h. */
#include "ingress/command/results.h"

#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/cache.h"
#include "base/log.h"
#include "base/probe.h"
#include "base/process.h"
#include "ingress/http/api_tokens.h"
#include "ingress/http/revocations.h"
#include "ingress/http/seen.h"

#define REVOCATIONS_CHANNEL "guichet.poke.revocations"
#define NEWS_CHANNEL "guichet.poke.relay"
#define LISTEN_MS 250 /* and then a look whether the loops still run */

static struct probe_check check = { .name = "redis" };

/* A result on its way from the Redis thread to a loop. */
struct told {
	struct note note;
	struct loop *loop;
	json_t *json;
};

static struct text member(const struct json_t *json, const char *name)
{
	return text_of(json_string_value(json_object_get(json, name)));
}

void results_tell(struct waiters *waiters, const struct json_t *result)
{
	char *ignored = json_dumps(json_object_get(result, "ignored"), JSON_COMPACT);
	struct outcome_told outcome = { .status = (int)json_integer_value(json_object_get(result, "status")),
		.code = member(result, "code"),
		.detail = member(result, "detail"),
		.pointer = member(result, "pointer"),
		.ignored = text_of(ignored),
		.version = json_integer_value(json_object_get(result, "version")) };
	struct uuid id;
	uint8_t fp[FINGERPRINT_BYTES];

	uuid_parse(member(result, "subjectId"), &outcome.subject_id);
	if (uuid_parse(member(result, "commandId"), &id) && text_unhex(member(result, "fp"), fp, sizeof fp))
		waiters_tell(waiters, &id, member(result, "correlationId"), fp, &outcome);
	free(ignored);
}

static void on_told(struct note *note)
{
	struct told *told = (struct told *)note;

	results_tell(waiters_of(told->loop), told->json);
	json_decref(told->json);
	free(told);
}

struct loop *results_loop_of(struct text channel)
{
	for (int i = 0; i < loop_count(); i++)
		if (text_equal(loop_reply_address(loop_at(i)), channel))
			return loop_at(i);
	return NULL;
}

static void deliver(struct text channel, struct text message)
{
	struct loop *loop = results_loop_of(channel);
	struct told *told;

	if (!loop || !(told = calloc(1, sizeof *told)))
		return;
	told->note.run = on_told;
	told->loop = loop;
	told->json = json_loadb(message.data, message.len, 0, NULL);
	loop_post(loop, &told->note);
}

/* --- revocations: a poke out, a poke in --------------------------------------------------- */
static int poke_fd = -1;

void results_poke_revocations(void)
{
	uint64_t one = 1;

	if (write(poke_fd, &one, sizeof one) == -1)
		log_debug("a poke is on its way already");
}

static void poke_redis(void *unused)
{
	struct cache *cache = cache_new();
	struct pollfd fd = { .fd = poke_fd, .events = POLLIN };
	uint64_t count;

	(void)unused;
	while (loop_any_running()) {
		if (poll(&fd, 1, 500) <= 0 || read(poke_fd, &count, sizeof count) == -1)
			continue;
		cache_publish(cache, TEXT(REVOCATIONS_CHANNEL), TEXT("1"));
		cache_flush(cache);
	}
	cache_free(&cache);
}

/* As long as a loop runs: while the process drains its loops still wait for outcomes. */
static void listen_to_redis(void *arg)
{
	struct cache *cache = cache_new();
	struct text *channels = arg, channel, message;
	bool connected = false;

	while (loop_any_running()) {
		bool came = cache_listen(cache, channels, loop_count() + 3, LISTEN_MS, &channel, &message, &connected);

		waiters_hear(connected);
		probe_degrade(&check, connected ? NULL : "no connection: commands are answered by looking instead");
		if (came && text_equal(channel, TEXT(REVOCATIONS_CHANNEL))) {
			revocations_hurry();
			api_tokens_hurry();
		} else if (came && text_equal(channel, TEXT(NEWS_CHANNEL)))
			loop_tell_news();
		else if (came && text_equal(channel, TEXT(SEEN_CHANNEL)))
			seen_hear(message);
		else if (came)
			deliver(channel, message);
	}
	cache_free(&cache);
	free(channels);
}

void results_start(void)
{
	struct text *channels = calloc((size_t)loop_count() + 3, sizeof *channels);

	if (!channels)
		abort();
	poke_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	for (int i = 0; i < loop_count(); i++)
		channels[i] = loop_reply_address(loop_at(i));
	channels[loop_count()] = TEXT(REVOCATIONS_CHANNEL);
	channels[loop_count() + 1] = TEXT(NEWS_CHANNEL);
	channels[loop_count() + 2] = TEXT(SEEN_CHANNEL);
	process_thread("results", listen_to_redis, channels);
	process_thread("pokes", poke_redis, NULL);
}
