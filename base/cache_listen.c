/* cache_listen.c - waiting for what others publish.
 *
 *   open --SUBSCRIBE--> subscribed --each channel confirmed--> connected
 *
 * When nothing came for 5 s a PING goes out, and a second later without an answer
 * the connection counts as lost: a dead peer shows within 6 s. A process that stops
 * goes on listening: its caller may still wait for what others publish.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "base/cache_connection.h"
#include "base/clock.h"
#include "base/log.h"

#define IDLE_MS 5000
#define PONG_MS 1000
#define CHANNELS_MOST 64

static bool subscribe(struct cache *cache, const struct text *channels, int count)
{
	struct text words[CHANNELS_MOST + 1] = { TEXT("SUBSCRIBE") };

	if (count > CHANNELS_MOST) {
		log_critical("more channels than a connection listens to");
		abort();
	}
	memcpy(words + 1, channels, (size_t)count * sizeof *channels);
	cache->subscribed = true;
	cache_add(cache, words, count + 1);
	return cache_send(cache);
}

static bool is_push(const redisReply *reply, const char *kind, size_t elements)
{
	return reply->type == REDIS_REPLY_ARRAY && reply->elements == elements &&
	       reply->element[0]->type == REDIS_REPLY_STRING && strcmp(reply->element[0]->str, kind) == 0;
}

/* True when the reply is a message, which is then cache->shown. */
static bool take_reply(struct cache *cache, redisReply *reply)
{
	if (is_push(reply, "message", 3)) {
		cache->shown = reply;
		return true;
	}
	if (is_push(reply, "subscribe", 3))
		cache->confirmed++;
	else if (reply->type == REDIS_REPLY_ERROR)
		cache_lose(cache, reply->str);
	freeReplyObject(reply);
	return false;
}

/* Takes what has been read already; true with a message. */
static bool take_read(struct cache *cache)
{
	while (cache->stream) {
		void *reply = NULL;

		if (redisReaderGetReply(cache->reader, &reply) != REDIS_OK)
			return cache_lose(cache, "not understood");
		if (!reply)
			return false;
		if (take_reply(cache, reply))
			return true;
	}
	return false;
}

/* How long the silence may last before something is to be done about it. */
static int64_t check_silence(struct cache *cache)
{
	int64_t silent_ms = clock_mono_ms() - cache->heard_at_ms;

	if (silent_ms >= IDLE_MS + PONG_MS && cache->pinged)
		return cache_lose(cache, "silent");
	if (silent_ms >= IDLE_MS && !cache->pinged) {
		cache->pinged = true;
		cache_add(cache, (struct text[]){ TEXT("PING") }, 1);
		if (!cache_send(cache))
			return 0;
		cache->heard_at_ms = clock_mono_ms() - IDLE_MS;
		silent_ms = IDLE_MS;
	}
	return (cache->pinged ? IDLE_MS + PONG_MS : IDLE_MS) - silent_ms;
}

/* Waits at most left_ms for bytes, and reads them. */
static void wait_and_read(struct cache *cache, int64_t left_ms)
{
	int64_t silence_ms = check_silence(cache);

	if (!cache->stream || !cache_receive(cache, (int)(left_ms < silence_ms ? left_ms : silence_ms)))
		return;
	cache->heard_at_ms = clock_mono_ms();
	cache->pinged = false;
}

static void nap_until_retry(const struct cache *cache, int64_t left_ms)
{
	int64_t retry_ms = cache->retry_at_ms - clock_mono_ms();

	if (retry_ms < 1)
		retry_ms = 1;
	poll(NULL, 0, (int)(retry_ms < left_ms ? retry_ms : left_ms));
}

static struct text element(const redisReply *reply, size_t i)
{
	return (struct text){ .data = reply->element[i]->str, .len = (size_t)reply->element[i]->len };
}

static bool is_connected(const struct cache *cache, int count)
{
	return cache->stream && cache->confirmed >= count;
}

bool cache_listen(struct cache *cache, const struct text *channels, int count, int timeout_ms, struct text *out_channel,
        struct text *out_message, bool *out_connected)
{
	const int64_t until = clock_mono_ms() + timeout_ms;
	const bool was_connected = is_connected(cache, count);
	int64_t left_ms = timeout_ms;

	cache_forget_shown(cache);
	for (;;) {
		bool open = cache_open(cache) && (cache->subscribed || subscribe(cache, channels, count));

		if (open && take_read(cache))
			break;
		left_ms = until - clock_mono_ms();
		if (left_ms <= 0 || is_connected(cache, count) != was_connected)
			break;
		if (cache->stream)
			wait_and_read(cache, left_ms);
		else
			nap_until_retry(cache, left_ms);
	}

	*out_connected = is_connected(cache, count);
	if (!cache->shown)
		return false;
	*out_channel = element(cache->shown, 1);
	*out_message = element(cache->shown, 2);
	return true;
}
