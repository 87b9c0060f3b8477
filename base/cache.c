/* cache.c - the Redis connection (hiredis, its blocking interface), publishing.
 *
 *   closed --use, not before retry_at--> open --any error--> closed
 *
 * A loss is logged once, and so is the return. A subscribed connection only
 * listens: publishing on it fails.
 *
 * Published messages are collected in hiredis' output buffer, at most 4,096,
 * and leave together with cache_flush().
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "base/cache.h"
#include "base/cache_connection.h"
#include "base/clock.h"
#include "base/log.h"

#define REPLY_S 1
#define RETRY_BASE_MS 400 /* times 0.5 .. 1: the first retry after 200 ms or more */
#define RETRY_CAP_MS 2000
#define QUEUED_MOST 4096

static const char *redis_url;

struct setting cache_settings[] = {
	{ "REDIS_URL", SETTING_URL, &redis_url, "redis://127.0.0.1:6379/0", .schemes = "redis", .secret = true,
	        .help = "Redis: redis://[user][:password]@host[:port][/db]" },
	{ NULL },
};

struct cache *cache_new(void)
{
	struct cache *cache = calloc(1, sizeof(*cache));

	if (!cache) {
		log_critical("out of memory");
		abort();
	}
	if (!redis_url || !cache_url_parse(redis_url, &cache->url)) {
		log_critical("REDIS_URL: not redis://[user][:password]@host[:port][/db]");
		exit(EX_CONFIG);
	}
	return cache;
}

static void close_connection(struct cache *cache)
{
	if (cache->redis)
		redisFree(cache->redis);
	cache->redis = NULL;
	cache->queued = 0;
	cache->subscribed = false;
	cache->confirmed = 0;
	cache->pinged = false;
}

void cache_forget_shown(struct cache *cache)
{
	if (cache->shown)
		freeReplyObject(cache->shown);
	cache->shown = NULL;
}

void cache_free(struct cache **cache)
{
	if (!*cache)
		return;
	cache_forget_shown(*cache);
	close_connection(*cache);
	explicit_bzero(*cache, sizeof(**cache));
	free(*cache);
	*cache = NULL;
}

bool cache_lose(struct cache *cache, const char *why)
{
	const char *detail = cache->redis && cache->redis->errstr[0] ? cache->redis->errstr : why;

	if (!cache->lost_before)
		log_warn("redis lost", LOG_TEXT("host", cache->url.host), LOG_INT("port", cache->url.port),
		        LOG_TEXT("error", detail));
	cache->lost_before = true;
	close_connection(cache);
	cache->retry_at_ms = clock_mono_ms() + clock_backoff_ms(cache->attempt++, RETRY_BASE_MS, RETRY_CAP_MS);
	return false;
}

/* One command, one reply that must not be an error. */
static bool command(struct cache *cache, int argc, const char **argv)
{
	redisReply *reply = redisCommandArgv(cache->redis, argc, argv, NULL);
	bool ok = reply && reply->type != REDIS_REPLY_ERROR;

	if (!ok)
		cache_lose(cache, reply ? reply->str : "no reply");
	if (reply)
		freeReplyObject(reply);
	return ok;
}

static bool log_in(struct cache *cache)
{
	const struct cache_url *url = &cache->url;

	if (!*url->password)
		return true;
	if (!*url->user)
		return command(cache, 2, (const char *[]){ "AUTH", url->password });
	return command(cache, 3, (const char *[]){ "AUTH", url->user, url->password });
}

static bool select_db(struct cache *cache)
{
	char number[16];

	if (cache->url.db == 0)
		return true;
	snprintf(number, sizeof(number), "%d", cache->url.db);
	return command(cache, 2, (const char *[]){ "SELECT", number });
}

bool cache_open(struct cache *cache)
{
	const struct timeval limit = { .tv_sec = REPLY_S };

	if (cache->redis)
		return true;
	if (clock_mono_ms() < cache->retry_at_ms)
		return false;
	cache->redis = redisConnectWithTimeout(cache->url.host, cache->url.port, limit);
	if (!cache->redis || cache->redis->err)
		return cache_lose(cache, "out of memory");
	if (redisSetTimeout(cache->redis, limit) != REDIS_OK)
		return cache_lose(cache, "no timeout");
	if (!log_in(cache) || !select_db(cache))
		return false;
	if (cache->lost_before)
		log_info("redis is back", LOG_TEXT("host", cache->url.host));
	cache->lost_before = false;
	cache->attempt = 0;
	cache->heard_at_ms = clock_mono_ms();
	return true;
}

/* Nothing is awaited, so a readable socket is one that the peer has closed:
 * better seen before a batch is written into it than after. */
static void drop_stale(struct cache *cache)
{
	struct pollfd fd = { .fd = cache->redis ? cache->redis->fd : -1, .events = POLLIN };

	if (cache->redis && poll(&fd, 1, 0) > 0)
		close_connection(cache);
}

void cache_publish(struct cache *cache, struct text channel, struct text message)
{
	const char *argv[] = { "PUBLISH", channel.data ? channel.data : "", message.data ? message.data : "" };
	const size_t lens[] = { strlen("PUBLISH"), channel.len, message.len };

	if (cache->queued == 0 && !cache->subscribed)
		drop_stale(cache);
	if (cache->subscribed || cache->queued == QUEUED_MOST || !cache_open(cache) ||
	        redisAppendCommandArgv(cache->redis, 3, argv, lens) != REDIS_OK) {
		cache->dropped = true;
		return;
	}
	cache->queued++;
}

bool cache_flush(struct cache *cache)
{
	bool ok = !cache->dropped;

	cache->dropped = false;
	while (cache->queued > 0) {
		void *reply = NULL;

		if (redisGetReply(cache->redis, &reply) != REDIS_OK)
			return cache_lose(cache, "no reply");
		if (((redisReply *)reply)->type == REDIS_REPLY_ERROR)
			ok = false;
		freeReplyObject(reply);
		cache->queued--;
	}
	return ok;
}

bool cache_ping(struct cache *cache)
{
	if (cache->subscribed || !cache_flush(cache))
		return false;
	drop_stale(cache);
	return cache_open(cache) && command(cache, 1, (const char *[]){ "PING" });
}
