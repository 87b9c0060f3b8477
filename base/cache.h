/* cache.h - Redis: results, pokes. Never the truth.
 *
 * Everything that travels here may be lost; whoever waits for it also looks
 * into PostgreSQL. One connection belongs to one thread. A connection that
 * fails closes itself and is tried again at most every 200 ms (jittered, up to
 * 2 s); calls in between return false at once. Connecting may take 1 s, a reply 300 ms:
 * who publishes holds up his batch for no longer.
 */
#ifndef BASE_CACHE_H
#define BASE_CACHE_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/settings.h"
#include "base/text.h"

struct cache;

/* The row for REDIS_URL (redis[s]://[user][:password]@host[:port][/db]); rediss:// is TLS, verified as trust.h says. */
extern struct setting cache_settings[];

/* Connects with the first use, so Redis need not be there. Ends the process
 * (exit 78) when REDIS_URL has no such parts. The caller owns it. */
struct cache *cache_new(void);
void cache_free(struct cache **cache);

/* Queues a PUBLISH; cache_flush sends all queued ones in one write and reads the
 * replies. False when Redis did not take them (they are forgotten). */
void cache_publish(struct cache *cache, struct text channel, struct text message);
bool cache_flush(struct cache *cache);

/* For a thread that listens: subscribes to the channels (again after each loss)
 * and waits up to timeout_ms for one message. Returns true with a message in
 * out_channel and out_message (valid until the next call). *out_connected says
 * whether the subscription stands; when that changes the call returns at once.
 * The channels are the same in every call, and such a cache can't publish. */
bool cache_listen(struct cache *cache, const struct text *channels, int count, int timeout_ms, struct text *out_channel,
        struct text *out_message, bool *out_connected);

/* One command and its reply, for a cache that neither listens nor publishes: how many values came, an array's one after
 * the other with those of arrays within; they are in the arena, each with a NUL behind it. -1: Redis is not there, or
 * refuses. */
int cache_ask(struct cache *cache, const struct text *words, int count, struct arena *arena, struct text **out_values);

#define CACHE_WORDS 4
struct cache_command {
	int count;
	struct text words[CACHE_WORDS];
};
/* Sends the commands together and reads a number from each reply; none there is 0. False when Redis is away, or does
 * not let us: some of them may have counted. For a cache that neither publishes nor listens. */
bool cache_numbers(struct cache *cache, const struct cache_command *commands, int count, int64_t *out_numbers);

/* Round trip. */
bool cache_ping(struct cache *cache);

#endif
