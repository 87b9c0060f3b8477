/* client.c - see client.h. */
#include "ingress/stream/client.h"

#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/metrics.h"
#include "ingress/http/respond.h"

#define SEND_AT_ONCE 32
#define MESSAGE_MOST 4096 /* of what a socket sends to us: nothing is asked of it */

static int64_t streams_max;
static _Atomic int streams;

struct setting client_settings[] = {
	{ "STREAMS_MAX", SETTING_INT, &streams_max, "10000", .min = 1, .max = 1000000,
	        .help = "clients that follow a live stream at a time; they count among CONNECTIONS_MAX" },
	{ 0 },
};

#define OPEN_NOW(form)                                                                                                 \
	{                                                                                                              \
		.name = "guichet_streams", .labels = "{form=\"" form "\"}", .kind = METRIC_GAUGE,                      \
		.help = "Clients that follow a live stream"                                                            \
	}
static struct metric open_now[] = { [FORM_SSE] = OPEN_NOW("sse"), [FORM_SOCKET] = OPEN_NOW("websocket") };
static struct metric slow_total = { .name = "guichet_streams_slow_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Streams that were ended because the client did not keep up" };

/* --- sending: server-sent events -------------------------------------------------------- */
static void drop_sent(struct client *client)
{
	for (int i = 0; i < client->sending; i++) {
		client->bytes -= client->queue[i]->len;
		chunk_release(client->queue[i]);
	}
	client->count -= client->sending;
	memmove(client->queue, client->queue + client->sending, (size_t)client->count * sizeof *client->queue);
	client->sending = 0;
}

static void push(struct client *client)
{
	h2o_iovec_t parts[SEND_AT_ONCE];
	h2o_req_t *req = client->req;
	bool last;

	if (client->sending || !req || (!client->count && !client->ends))
		return;
	client->sending = client->count < SEND_AT_ONCE ? client->count : SEND_AT_ONCE;
	for (int i = 0; i < client->sending; i++)
		parts[i] = h2o_iovec_init(client->queue[i]->bytes, client->queue[i]->len);
	client->sent_ms = clock_mono_ms();
	last = client->ends && client->sending == client->count;
	h2o_send(req, parts, (size_t)client->sending, last ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
}

static void on_sent(h2o_generator_t *generator, h2o_req_t *req)
{
	struct client *client = (struct client *)generator;

	(void)req;
	drop_sent(client);
	push(client);
}

/* h2o's request ends after the last byte, or with its connection. */
static void on_request_gone(void *guard)
{
	struct client *client = *(struct client **)guard;

	client->req = NULL;
	client->gone = true;
}

static void queue(struct client *client, struct chunk *chunk)
{
	client->queue[client->count++] = chunk_hold(chunk);
	client->bytes += chunk->len;
	push(client);
}

static void say(struct client *client, const char *word)
{
	struct chunk *chunk = news_word(word);

	if (client->count < CLIENT_CHUNKS)
		queue(client, chunk);
	chunk_release(chunk);
}

/* --- sending: a socket -------------------------------------------------------------------- */
/* May find that the client has gone. */
static void send_message(struct client *client, uint8_t opcode, const char *bytes, size_t len)
{
	struct wslay_event_msg message = { opcode, (const uint8_t *)bytes, len };

	client->sent_ms = clock_mono_ms();
	if (wslay_event_queue_msg(client->socket->ws_ctx, &message) == 0 && client->socket->sock)
		h2o_websocket_proceed(client->socket);
}

/* What a client says is read, so that pings and its close are answered, and forgotten. */
static void on_message(h2o_websocket_conn_t *socket, const struct wslay_event_on_msg_recv_arg *message)
{
	struct client *client = socket->data;

	if (message)
		return;
	client->socket = NULL;
	client->gone = true;
	h2o_websocket_close(socket);
}

/* --- both ------------------------------------------------------------------------------------ */
bool client_is_drained(const struct client *client)
{
	if (client->form == FORM_SSE)
		return !client->count;
	return client->socket && !wslay_event_get_queued_msg_count(client->socket->ws_ctx);
}

static bool has_room(const struct client *client, size_t len)
{
	if (!client->live)
		return client->form == FORM_SOCKET || client->count < CLIENT_CHUNKS;
	if (client->form == FORM_SSE)
		return client->count < CLIENT_CHUNKS - 1 && (!client->count || client->bytes + len <= CLIENT_BUFFER);
	return wslay_event_get_queued_msg_length(client->socket->ws_ctx) + len <= CLIENT_BUFFER;
}

static void take(struct client *client, struct chunk *chunk)
{
	if (!has_room(client, chunk->len)) {
		metric_add(&slow_total, 1);
		client_end(client, "slow");
	} else if (client->form == FORM_SSE) {
		queue(client, chunk);
	} else {
		send_message(client, WSLAY_TEXT_FRAME, chunk->bytes, chunk->len);
	}
}

/* Of the list in types: the word itself, or its beginning and a star. */
static bool is_wanted(const char *types, struct text type)
{
	struct text rest = text_of(types);

	while (rest.len) {
		const char *end = memchr(rest.data, ',', rest.len);
		struct text one = { rest.data, end ? (size_t)(end - rest.data) : rest.len };
		size_t step = one.len + (end ? 1 : 0);

		if (text_equal(one, type) || (one.len && one.data[one.len - 1] == '*' &&
		                                     text_starts_with(type, (struct text){ one.data, one.len - 1 })))
			return true;
		rest = (struct text){ rest.data + step, rest.len - step };
	}
	return !types[0];
}

static bool concerns(const struct client *client, const struct news *news)
{
	return (uuid_is_none(&client->key) || uuid_equal(&client->key, &news->key)) &&
	       (client->everything || news->for_staff) && is_wanted(client->types, news->type);
}

void client_offer(struct client *client, struct news *news)
{
	if (client->gone || client->ends || place_compare(&news->place, &client->seen) <= 0)
		return;
	if (concerns(client, news))
		take(client, news_in(news, client->form));
	client->seen = news->place;
}

void client_beat(struct client *client, struct chunk *chunk)
{
	if (client->gone || client->ends)
		return;
	if (client->form == FORM_SOCKET)
		send_message(client, WSLAY_PING, NULL, 0);
	else if (!client->count)
		queue(client, chunk);
}

/* What is in h2o's hands goes out; the rest would come too late for a client that is too slow. */
static void end_sse(struct client *client, const char *why)
{
	while (client->count > client->sending) {
		client->bytes -= client->queue[--client->count]->len;
		chunk_release(client->queue[client->count]);
	}
	say(client, why);
	client->ends = true;
	push(client);
}

void client_end(struct client *client, const char *why)
{
	bool slow = !strcmp(why, "slow");

	if (client->gone || client->ends)
		return;
	if (client->form == FORM_SSE) {
		end_sse(client, why);
		return;
	}
	client->ends = true;
	client->sent_ms = clock_mono_ms();
	wslay_event_queue_close(client->socket->ws_ctx, slow ? 1013 : 1001, (const uint8_t *)why, strlen(why));
	if (client->socket->sock)
		h2o_websocket_proceed(client->socket);
}

/* --- coming and going ---------------------------------------------------------------------- */
static struct client *make(struct call *call, enum form form)
{
	struct client *client;

	if (++streams > streams_max || !(client = calloc(1, sizeof *client))) {
		streams--;
		respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT("too many streams"), NULL);
		return NULL;
	}
	metric_add(&open_now[form], 1);
	client->form = form;
	client->principal = call->principal;
	client->sent_ms = clock_mono_ms();
	return client;
}

struct client *client_begin(struct call *call)
{
	struct client *client = make(call, FORM_SSE), **guard;

	if (!client)
		return NULL;
	client->generator = (h2o_generator_t){ on_sent, NULL };
	respond_header(call, "x-accel-buffering", TEXT("no"));
	respond_begin(call, "text/event-stream; charset=utf-8", &client->generator);
	client->req = call_detach(call);
	guard = h2o_mem_alloc_shared(&client->req->pool, sizeof *guard, on_request_gone);
	*guard = client;
	return client;
}

struct client *client_upgrade(struct call *call, const char *key)
{
	struct client *client = make(call, FORM_SOCKET);
	h2o_req_t *req;

	if (!client)
		return NULL;
	respond_observe(call, 101);
	req = call_detach(call);
	client->socket = h2o_upgrade_to_websocket(req, key, client, on_message);
	wslay_event_config_set_max_recv_msg_length(client->socket->ws_ctx, MESSAGE_MOST);
	return client;
}

void client_free(struct client *client)
{
	for (int i = 0; i < client->count; i++)
		chunk_release(client->queue[i]);
	streams--;
	metric_add(&open_now[client->form], -1);
	free(client);
}
