/* cache.c - the Redis connection, publishing. hiredis only reads its replies: it knows no TLS in Debian 12.
 *
 *   closed --use, not before retry_at--> open --any error--> closed
 *
 * A loss is logged once, and so is the return. A subscribed connection only
 * listens: publishing on it fails.
 *
 * Published messages are collected in the output buffer, at most 4,096, and
 * leave together with cache_flush().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "base/cache.h"
#include "base/cache_connection.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

#define CONNECT_MS 1000
#define RETRY_BASE_MS 400 /* times 0.5 .. 1: the first retry after 200 ms or more */
#define RETRY_CAP_MS 2000
#define QUEUED_MOST 4096

static const char *redis_url;

static struct metric published = { .name = "guichet_cache_published_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Results and pokes that Redis has taken" };
static struct metric lost = { .name = "guichet_cache_lost_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Results and pokes that Redis has not taken; who waits for them looks into PostgreSQL" };

struct setting cache_settings[] = {
	{ "REDIS_URL", SETTING_URL, &redis_url, "redis://127.0.0.1:6379/0", .schemes = "redis rediss", .secret = true,
	        .help = "Redis: redis[s]://[user][:password]@host[:port][/db]" },
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
		log_critical("REDIS_URL: not redis[s]://[user][:password]@host[:port][/db]");
		exit(EX_CONFIG);
	}
	cache->arena = arena_new(16 * 1024);
	return cache;
}

static void forget_queued(struct cache *cache)
{
	arena_reset(cache->arena);
	buffer_init(&cache->out, cache->arena, 1024);
}

static void close_connection(struct cache *cache)
{
	stream_close(&cache->stream);
	if (cache->reader)
		redisReaderFree(cache->reader);
	cache->reader = NULL;
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
	arena_free(&(*cache)->arena);
	explicit_bzero(*cache, sizeof(**cache));
	free(*cache);
	*cache = NULL;
}

bool cache_lose(struct cache *cache, const char *why)
{
	if (!cache->lost_before)
		log_warn("redis lost", LOG_TEXT("host", cache->url.host), LOG_INT("port", cache->url.port),
		        LOG_TEXT("error", why));
	cache->lost_before = true;
	close_connection(cache);
	cache->retry_at_ms = clock_mono_ms() + clock_backoff_ms(cache->attempt++, RETRY_BASE_MS, RETRY_CAP_MS);
	return false;
}

/* As the protocol has it: an array of bulk strings. */
void cache_add(struct cache *cache, const struct text *words, int count)
{
	buffer_printf(&cache->out, "*%d\r\n", count);
	for (int i = 0; i < count; i++) {
		buffer_printf(&cache->out, "$%zu\r\n", words[i].len);
		buffer_text(&cache->out, words[i]);
		buffer_string(&cache->out, "\r\n");
	}
}

bool cache_send(struct cache *cache)
{
	bool sent = stream_write(cache->stream, cache->out.data, cache->out.len, CACHE_REPLY_MS);

	forget_queued(cache);
	return sent || cache_lose(cache, stream_error(cache->stream));
}

bool cache_receive(struct cache *cache, int timeout_ms)
{
	char bytes[16 * 1024];
	ssize_t len = stream_read(cache->stream, bytes, sizeof bytes, timeout_ms);

	if (len < 0)
		cache_lose(cache, stream_error(cache->stream));
	return len > 0 &&
	       (redisReaderFeed(cache->reader, bytes, (size_t)len) == REDIS_OK || cache_lose(cache, "not understood"));
}

/* NULL: the connection is lost. */
static redisReply *next_reply(struct cache *cache)
{
	void *reply = NULL;

	while (redisReaderGetReply(cache->reader, &reply) == REDIS_OK) {
		if (reply)
			return reply;
		if (cache_receive(cache, CACHE_REPLY_MS))
			continue;
		if (cache->stream)
			cache_lose(cache, "no reply");
		return NULL;
	}
	cache_lose(cache, "not understood");
	return NULL;
}

/* One command, one reply that must not be an error. */
static bool command(struct cache *cache, int count, const char *const *words)
{
	struct text texts[3];
	redisReply *reply;
	bool ok;

	for (int i = 0; i < count; i++)
		texts[i] = text_of(words[i]);
	cache_add(cache, texts, count);
	reply = cache_send(cache) ? next_reply(cache) : NULL;
	if (!reply)
		return false;
	ok = reply->type != REDIS_REPLY_ERROR;
	if (!ok)
		cache_lose(cache, reply->str);
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
	const struct cache_url *url = &cache->url;
	char why[STREAM_WHY] = "";

	if (cache->stream)
		return true;
	if (clock_mono_ms() < cache->retry_at_ms)
		return false;
	cache->stream = stream_open(url->host, url->port, url->tls, CONNECT_MS, why);
	if (!cache->stream)
		return cache_lose(cache, why);
	cache->reader = redisReaderCreate();
	if (!cache->reader)
		return cache_lose(cache, "out of memory");
	forget_queued(cache);
	if (!log_in(cache) || !select_db(cache))
		return false;
	if (cache->lost_before)
		log_info("redis is back", LOG_TEXT("host", url->host));
	cache->lost_before = false;
	cache->attempt = 0;
	cache->heard_at_ms = clock_mono_ms();
	return true;
}

/* Nothing is awaited, so whatever there is to read is the peer's farewell: better
 * seen before a batch is written to it than after. */
static void drop_stale(struct cache *cache)
{
	char byte;

	if (cache->stream && stream_read(cache->stream, &byte, 1, 0) != 0)
		close_connection(cache);
}

void cache_publish(struct cache *cache, struct text channel, struct text message)
{
	if (cache->queued == 0 && !cache->subscribed)
		drop_stale(cache);
	if (cache->subscribed || cache->queued == QUEUED_MOST || !cache_open(cache)) {
		cache->dropped = true;
		metric_add(&lost, 1);
		return;
	}
	cache_add(cache, (struct text[]){ TEXT("PUBLISH"), channel, message }, 3);
	cache->queued++;
}

/* What was queued and has had its answers; the rest is lost. */
static bool await_replies(struct cache *cache)
{
	bool ok = true;

	for (; cache->queued > 0; cache->queued--) {
		redisReply *reply = next_reply(cache);

		if (!reply)
			return false;
		ok = ok && reply->type != REDIS_REPLY_ERROR;
		metric_add(reply->type == REDIS_REPLY_ERROR ? &lost : &published, 1);
		freeReplyObject(reply);
	}
	return ok;
}

bool cache_flush(struct cache *cache)
{
	bool ok = !cache->dropped;
	int queued = cache->queued;

	cache->dropped = false;
	if (queued > 0 && !cache_send(cache)) {
		metric_add(&lost, queued);
		return false;
	}
	return await_replies(cache) && ok;
}

static bool read_number(redisReply *reply, int64_t *out)
{
	*out = 0;
	if (reply->type == REDIS_REPLY_INTEGER)
		*out = reply->integer;
	else if (reply->type == REDIS_REPLY_STRING)
		return text_to_int((struct text){ reply->str, (size_t)reply->len }, out);
	return reply->type != REDIS_REPLY_ERROR;
}

bool cache_numbers(struct cache *cache, const struct cache_command *commands, int count, int64_t *out_numbers)
{
	bool good = true;

	drop_stale(cache);
	if (!cache_open(cache))
		return false;
	for (int i = 0; i < count; i++)
		cache_add(cache, commands[i].words, commands[i].count);
	if (!cache_send(cache))
		return false;
	for (int i = 0; i < count; i++) {
		redisReply *reply = next_reply(cache);

		if (!reply)
			return false;
		good = read_number(reply, &out_numbers[i]) && good;
		freeReplyObject(reply);
	}
	return good;
}

bool cache_ping(struct cache *cache)
{
	if (cache->subscribed || !cache_flush(cache))
		return false;
	drop_stale(cache);
	return cache_open(cache) && command(cache, 1, (const char *[]){ "PING" });
}

/* --- asking ---------------------------------------------------------------------------- */
static int count_values(const redisReply *reply)
{
	int count = 0;

	if (reply->type != REDIS_REPLY_ARRAY)
		return 1;
	for (size_t i = 0; i < reply->elements; i++)
		count += count_values(reply->element[i]);
	return count;
}

/* Returns where the next goes. */
static struct text *keep_values(const redisReply *reply, struct arena *arena, struct text *out)
{
	if (reply->type != REDIS_REPLY_ARRAY) {
		*out = reply->type == REDIS_REPLY_INTEGER
		               ? text_of(arena_printf(arena, "%lld", reply->integer))
		               : (struct text){ arena_copy(arena, reply->str, reply->len), reply->len };
		return out + 1;
	}
	for (size_t i = 0; i < reply->elements; i++)
		out = keep_values(reply->element[i], arena, out);
	return out;
}

int cache_ask(struct cache *cache, const struct text *words, int count, struct arena *arena, struct text **out_values)
{
	redisReply *reply = NULL;
	int found = -1;

	drop_stale(cache);
	if (!cache_open(cache))
		return -1;
	cache_add(cache, words, count);
	if (cache_send(cache))
		reply = next_reply(cache);
	if (!reply)
		return -1;
	if (reply->type == REDIS_REPLY_ERROR) {
		log_warn("redis refuses a command", LOG_VIEW("command", words[0]), LOG_TEXT("reason", reply->str));
	} else {
		found = count_values(reply);
		*out_values = ARENA_ARRAY(arena, struct text, (size_t)found + 1);
		keep_values(reply, arena, *out_values);
	}
	freeReplyObject(reply);
	return found;
}
