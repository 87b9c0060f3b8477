/* stream.c - see stream.h: how a stream is asked for, and what ends it. */
#include "ingress/stream/stream.h"

#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/process.h"
#include "ingress/http/action.h"
#include "ingress/http/api_tokens.h"
#include "ingress/http/ask.h"
#include "ingress/http/connections.h"
#include "ingress/http/revocations.h"
#include "ingress/stream/feed.h"

#define BEAT_MS 15000
#define LOOK_MS 1000
#define GOODBYE_MS 5000 /* for a socket to close after it was asked to */

/* Of one loop. */
struct streams {
	h2o_linklist_t list;
	int64_t look_after_ms;
	uint64_t watched; /* the last of what the monitor saw that was sent */
	struct chunk *seen;
	int behind; /* how many are not live, as far as we know: then each turn looks at all */
	bool open;
};

static struct streams all[LOOPS_MAX];

struct wanted {
	enum feed_kind kind;
	bool watches;    /* the monitor, and no feed */
	const char *key; /* of a handshake; NULL: server-sent events */
	struct uuid ticket_id;
	struct text types, after;
};

/* --- asked for -------------------------------------------------------------------------- */
static void join(struct call *call, struct client *client)
{
	struct streams *streams = &all[loop_index(call->loop)];

	if (!streams->open) {
		h2o_linklist_init_anchor(&streams->list);
		streams->open = true;
	}
	h2o_linklist_insert(&streams->list, &client->link);
}

static void begin(struct call *call, struct wanted *wanted, const struct db_result *rows)
{
	struct loop *loop = call->loop;
	struct streams *streams = &all[loop_index(loop)];
	bool expired = text_equal(db_text(rows, 0, 0), TEXT("expired"));
	struct uuid account = call->principal.account_id;
	struct client *client = wanted->key ? client_upgrade(call, wanted->key) : client_begin(call);
	struct place now;
	struct chunk *chunk;

	if (!client)
		return;
	snprintf(client->types, sizeof client->types, "%.*s", (int)wanted->types.len, wanted->types.data);
	client->key = wanted->kind == FEED_NOTIFICATIONS ? account : wanted->ticket_id;
	client->everything = wanted->kind == FEED_NOTIFICATIONS || db_bool(rows, 0, 1);
	place_read(db_text(rows, 0, 2), &client->seen);
	place_read(db_text(rows, 0, 3), &now);
	join(call, client);
	feed_join(feed_of(loop, wanted->kind), client, &now);
	streams->behind += !client->live;
	if (client->form == FORM_SOCKET)
		return;
	chunk = expired ? news_word("expired") : news_place(&client->seen);
	client_beat(client, chunk);
	chunk_release(chunk);
}

static void begin_watch(struct call *call)
{
	struct streams *streams = &all[loop_index(call->loop)];
	struct client *client = client_begin(call);

	if (!client)
		return;
	client->live = client->watches = true;
	join(call, client);
	if (streams->seen)
		client_beat(client, streams->seen);
}

static void on_begun(struct call *call, void *state, const struct db_result *rows)
{
	struct text verdict = db_text(rows, 0, 0);
	struct wanted *wanted = state;

	if (!call->req)
		return;
	if (text_equal(verdict, TEXT("ok")) && wanted->watches)
		begin_watch(call);
	else if (text_equal(verdict, TEXT("ok")) || text_equal(verdict, TEXT("expired")))
		begin(call, wanted, rows);
	else if (text_equal(verdict, TEXT("forbidden")))
		action_forbid(call);
	else
		respond_problem(call,
		        text_equal(verdict, TEXT("disabled")) ? PROBLEM_AUTH_ACCOUNT_DISABLED
		                                              : PROBLEM_AUTH_TOKEN_INVALID,
		        TEXT_NONE, NULL);
}

/* One parameter; false: it is none, or has a value that cannot be. */
static bool take_parameter(struct wanted *wanted, struct text name, struct text value)
{
	struct place place;

	if (text_equal(name, TEXT("token")))
		return true;
	if (text_equal(name, TEXT("lastEventId"))) {
		wanted->after = value;
		return !value.len || place_read(value, &place);
	}
	if (wanted->kind != FEED_EVENTS)
		return false;
	if (text_equal(name, TEXT("ticketId")))
		return uuid_parse(value, &wanted->ticket_id);
	if (!text_equal(name, TEXT("types")))
		return false;
	wanted->types = value;
	return value.len < sizeof((struct client *)0)->types;
}

static bool read_wanted(struct call *call, struct wanted *wanted, struct problems *problems)
{
	struct text name, value, last = call_header(call, "last-event-id");
	struct place place;
	size_t at = 0;

	while (call_next_parameter(call, &at, &name, &value))
		if (!take_parameter(wanted, name, value) && !call->lifts)
			problem_add(problems, text_dup(call->arena, name), "unknown",
			        "is not a parameter of this request, or has a value that cannot be");
	if (last.len && !place_read(last, &place))
		problem_add(problems, "", "format", "Last-Event-ID is no place");
	else if (last.len)
		wanted->after = text_copy(call->arena, last);
	return !problems->count;
}

/* False after having answered. */
static bool is_understood(struct call *call, struct wanted *wanted)
{
	struct problems problems = { 0 };

	if (read_wanted(call, wanted, &problems))
		return true;
	respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
	return false;
}

static void ask_for(struct call *call, enum action_id action, struct wanted *wanted)
{
	if (h2o_memis(call->req->method.base, call->req->method.len, H2O_STRLIT("HEAD"))) {
		respond_plain(call, 200, "text/event-stream", TEXT(""));
		return;
	}
	ask_read(call, QUERY_stream_begin, 3,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_INT(actions[action].access),
	                P_TEXT(wanted->after.len ? wanted->after : TEXT_NONE) },
	        on_begun, wanted);
}

void events_stream(struct call *call)
{
	struct wanted *wanted = ARENA_NEW(call->arena, struct wanted);

	wanted->kind = FEED_EVENTS;
	if (is_understood(call, wanted))
		ask_for(call, ACTION_events_stream, wanted);
}

void notifications_stream(struct call *call)
{
	struct wanted *wanted = ARENA_NEW(call->arena, struct wanted);

	wanted->kind = FEED_NOTIFICATIONS;
	if (is_understood(call, wanted))
		ask_for(call, ACTION_notifications_stream, wanted);
}

void notifications_socket(struct call *call)
{
	struct wanted *wanted = ARENA_NEW(call->arena, struct wanted);

	wanted->kind = FEED_NOTIFICATIONS;
	if (!is_understood(call, wanted))
		return;
	if (h2o_is_websocket_handshake(call->req, &wanted->key) != 0 || !wanted->key) {
		respond_header(call, "upgrade", TEXT("websocket"));
		respond_problem(call, PROBLEM_UPGRADE_REQUIRED, TEXT("this is a WebSocket"), NULL);
		return;
	}
	ask_for(call, ACTION_notifications_socket, wanted);
}

void monitoring_stream(struct call *call)
{
	struct wanted *wanted = ARENA_NEW(call->arena, struct wanted);

	wanted->watches = true;
	ask_for(call, ACTION_monitoring_stream, wanted);
}

/* --- while they last ------------------------------------------------------------------------ */
static void let_go(struct streams *streams, struct client *client)
{
	if (!client->gone || client->asks)
		return;
	streams->behind -= !client->live;
	if (!client->watches)
		feed_leave(client);
	h2o_linklist_unlink(&client->link);
	client_free(client);
}

static bool may_stay(const struct client *client, int64_t now_s)
{
	const struct principal *who = &client->principal;

	return !process_stopping() && who->expires_at >= now_s &&
	       (who->is_program ? api_token_stays(who) : !revocations_hold(who));
}

/* A socket that does not answer our goodbye is closed. */
static void hold_to_goodbye(struct client *client)
{
	h2o_websocket_conn_t *socket = client->socket;

	if (!client->ends || !socket || clock_mono_ms() - client->sent_ms < GOODBYE_MS)
		return;
	client->socket = NULL;
	client->gone = true;
	h2o_websocket_close(socket);
}

static void look(struct client *client, int64_t now_s)
{
	if (!client->kept && client->socket && client->socket->sock) {
		connections_keep(client->socket->sock);
		client->kept = true;
	}
	if (!client->gone && !may_stay(client, now_s))
		client_end(client, process_stopping() ? "restart" : "signed_out");
	hold_to_goodbye(client);
}

static void beat(struct client *client, int64_t now)
{
	struct chunk *chunk;

	if (now - client->sent_ms < BEAT_MS || !client->live)
		return;
	chunk = client->watches ? news_word("silent") : news_place(feed_place(client->feed));
	client_beat(client, chunk);
	chunk_release(chunk);
	client->sent_ms = now;
}

/* Who has not taken the one before gets the next. */
static void show_seen(struct streams *streams, int64_t now)
{
	struct chunk *newer = news_seen(&streams->watched);

	if (!newer)
		return;
	chunk_release(streams->seen);
	streams->seen = newer;
	for (h2o_linklist_t *at = streams->list.next; at != &streams->list; at = at->next) {
		struct client *client = H2O_STRUCT_FROM_MEMBER(struct client, link, at);

		if (!client->watches || client->gone)
			continue;
		client_beat(client, newer);
		client->sent_ms = now;
	}
}

static void look_at_all(struct streams *streams, int64_t now)
{
	bool seconds = now >= streams->look_after_ms;
	int64_t now_s = clock_unix_ms() / 1000;

	if (!seconds && !streams->behind)
		return;
	if (seconds)
		streams->look_after_ms = now + LOOK_MS;
	for (h2o_linklist_t *at = streams->list.next, *next; at != &streams->list; at = next) {
		struct client *client = H2O_STRUCT_FROM_MEMBER(struct client, link, at);

		next = at->next;
		if (!client->live && !client->gone && feed_catch_up(client))
			streams->behind--;
		if (seconds) {
			look(client, now_s);
			beat(client, now);
		}
		let_go(streams, client);
	}
}

void stream_turn(struct loop *loop)
{
	struct streams *streams = &all[loop_index(loop)];

	if (!streams->open)
		return;
	for (int kind = 0; kind < FEED_KINDS; kind++)
		feed_turn(feed_of(loop, (enum feed_kind)kind));
	show_seen(streams, clock_mono_ms());
	look_at_all(streams, clock_mono_ms());
}
