/* client.h - one client that stays, and what it is being sent.
 *
 *   catching up ─ its place has reached the reader's ─► live ─► ended
 *
 * It ends by itself, as too slow, because its token counts no more, or because the process stops.
 * A client that is live has at most CLIENT_BUFFER bytes waiting for it. Who does not take them is told so, and comes
 * again with Last-Event-ID: nothing of the log is lost to it. It belongs to its loop's thread; whatever ends it, its
 * memory goes with the next look at all of them (stream.c).
 */
#ifndef INGRESS_STREAM_CLIENT_H
#define INGRESS_STREAM_CLIENT_H

#include <h2o.h>
#include <h2o/websocket.h>
#include "base/settings.h"
#include "ingress/http/call.h"
#include "ingress/stream/news.h"

#define CLIENT_BUFFER (64 * 1024)
#define CLIENT_CHUNKS 128

struct feed;

extern struct setting client_settings[]; /* STREAMS_MAX */

struct client {
	h2o_generator_t generator; /* first: h2o's call backs lead here */
	h2o_linklist_t link;       /* among all of the loop */
	struct feed *feed;
	struct client *next, **before; /* among those of the feed that are live, by key */
	enum form form;
	h2o_req_t *req;               /* FORM_SSE; NULL: gone */
	h2o_websocket_conn_t *socket; /* FORM_SOCKET; NULL: gone */

	struct principal principal;
	struct uuid key;   /* what of the feed it wants; none: all */
	char types[256];   /* with commas; "": all */
	bool everything;   /* of events: also what is for administrators alone */
	struct place seen; /* all up to here was sent, or is not for it */
	bool live, asks, gone;
	bool watches; /* the monitor: it has no feed */
	bool kept;    /* FORM_SOCKET: its connection is looked at as one that works */

	/* FORM_SSE */
	struct chunk *queue[CLIENT_CHUNKS];
	int count, sending; /* sending: the first so many are h2o's now */
	size_t bytes;
	bool ends; /* when the queue is empty */
	int64_t sent_ms;
};

/* Answers the call with a stream that begins, or 503 when there are too many; NULL then. The call is done with. */
struct client *client_begin(struct call *call);
/* The same by RFC 6455; key: of the handshake. */
struct client *client_upgrade(struct call *call, const char *key);

/* What is behind its place and concerns it is sent, and its place moves. */
void client_offer(struct client *client, struct news *news);
/* As it is, to a client of server-sent events; a socket is pinged. */
void client_beat(struct client *client, struct chunk *chunk);
/* Has it taken what it was sent? */
bool client_is_drained(const struct client *client);
/* why: the last event's word, or the reason that closes a socket. */
void client_end(struct client *client, const char *why);
/* Its memory. */
void client_free(struct client *client);

#endif
