/* cache_connection.h - what cache.c and cache_listen.c share; nobody else's. */
#ifndef BASE_CACHE_CONNECTION_H
#define BASE_CACHE_CONNECTION_H

#include <hiredis.h>
#include "base/arena.h"
#include "base/cache.h"
#include "base/cache_url.h"
#include "base/stream.h"

#define CACHE_REPLY_MS 300

struct cache {
	struct stream *stream; /* NULL: closed */
	redisReader *reader;
	struct arena *arena; /* of out alone */
	struct buffer out;   /* commands that were not sent yet */
	int64_t retry_at_ms;
	int attempt;      /* losses in a row */
	bool lost_before; /* the loss has been logged, the return not yet */
	int queued;       /* PUBLISH commands without a reply yet */
	bool dropped;     /* of this batch something was forgotten */
	bool subscribed;  /* SUBSCRIBE was sent */
	int confirmed;    /* channels that Redis confirmed */
	int64_t heard_at_ms;
	bool pinged;       /* since heard_at_ms */
	redisReply *shown; /* what the caller of cache_listen looks at */
	struct cache_url url;
};

/* True with a connection that stands, as far as is known. */
bool cache_open(struct cache *cache);

/* A command, into out. */
void cache_add(struct cache *cache, const struct text *words, int count);

/* Sends out. */
bool cache_send(struct cache *cache);

/* Reads what comes within timeout_ms into the reader; false: nothing came, or the connection is lost. */
bool cache_receive(struct cache *cache, int timeout_ms);

/* Closes after a failure; false, for the caller to return. */
bool cache_lose(struct cache *cache, const char *why);

/* Gives the reply back that the caller of cache_listen() looked at. */
void cache_forget_shown(struct cache *cache);

#endif
