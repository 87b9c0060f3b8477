/* server.c - see server.h. HTTP/1.1 only: this h2o's HTTP/2 lacks the rapid-reset fix and is on by default. */
#include "ingress/server.h"

#include <errno.h>
#include <h2o.h>
#include <h2o/http1.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "ingress/command/waiters.h"
#include "ingress/file/spool.h"
#include "ingress/http/calls.h"
#include "ingress/http/connections.h"
#include "ingress/http/dependencies.h"
#include "ingress/http/head.h"
#include "ingress/http/listen.h"
#include "ingress/http/loop.h"
#include "ingress/http/respond.h"
#include "ingress/http/report.h"
#include "ingress/http/api_tokens.h"
#include "ingress/http/revocations.h"
#include "ingress/http/security.h"
#include "ingress/http/tls.h"
#include "ingress/routes.h"
#include "ingress/stream/stream.h"

#define REQUEST_MS (3600 * 1000) /* h2o's one timer; connections.h has those that count */
#define TURN_MS 20
#define DRAIN_MS 8000

static int64_t loops_wanted;

struct setting server_settings[] = {
	{ "INGRESS_LOOPS", SETTING_INT, &loops_wanted, "0", .min = 0, .max = LOOPS_MAX,
	        .help = "event loops, a thread each; 0: one for every two cores" },
	{ 0 },
};

struct listener {
	struct server *server;
	h2o_socket_t *sock; /* NULL: not listening */
	h2o_accept_ctx_t accept;
};

/* One for each loop, on its thread. */
struct server {
	struct loop *loop;
	h2o_globalconf_t config;
	h2o_context_t context;
	struct listener listeners[LISTEN_MAX];
	struct connections *connections;
	struct calls *calls;
	struct waiters *waiters;
	struct tls *tls; /* NULL: no address speaks TLS */
};

/* on_req gets a handler, not a server: the handler carries it. */
struct server_handler {
	h2o_handler_t super;
	struct server *server;
};

static _Atomic int started, listening;

/* --- requests -------------------------------------------------------------------- */
/* What two parsers can read in two ways is the last that is read from its sender. */
static bool refuse_head(struct call *call)
{
	h2o_buffer_t *input = call->req->conn->callbacks->get_socket(call->req->conn)->input;
	const char *why = NULL;
	enum head_verdict verdict = head_check((struct text){ input->bytes, input->size }, &why);

	if (verdict != HEAD_FINE)
		call->req->http1_is_persistent = 0;
	if (!why)
		return false;
	respond_problem(call, verdict == HEAD_TOO_LARGE ? PROBLEM_HEADERS_TOO_LARGE : PROBLEM_MALFORMED_REQUEST,
	        text_of(why), NULL);
	return true;
}

static void answer_unavailable(struct call *call, void *unused)
{
	(void)unused;
	respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
}

/* Who watches over the process is answered also when nobody else is. */
static bool is_probe(const struct call *call)
{
	for (int i = 0; i < ACTION_COUNT; i++)
		if (actions[i].does.flags & PROBE && text_equal(call->path, text_of(actions[i].path)))
			return true;
	return false;
}

static int on_request(h2o_handler_t *handler, h2o_req_t *req)
{
	struct server *server = ((struct server_handler *)handler)->server;
	struct call *call = call_new(server->loop, req);

	calls_enter(server->calls, call);
	connections_work(req);
	call_hold(call);
	call_limit(call, call->began_ms + CALL_MS, answer_unavailable, NULL);
	if (calls_full(server->calls) && !is_probe(call))
		answer_unavailable(call, NULL);
	else if (!refuse_head(call))
		routes_dispatch(call);
	call_release(call);
	return 0;
}

static bool accept_one(struct listener *listener)
{
	h2o_socket_t *client = h2o_evloop_socket_accept(listener->sock);

	if (!client)
		return false;
	if (listener->accept.ssl_ctx)
		listener->accept.ssl_ctx = tls_context(listener->server->tls);
	connections_accept(listener->server->connections, &listener->accept, client);
	return true;
}

static void on_accept(h2o_socket_t *sock, const char *err)
{
	if (!err)
		accept_one(sock->data);
}

static void configure(struct server *server)
{
	h2o_hostconf_t *host;
	struct server_handler *handler;

	h2o_config_init(&server->config);
	server->config.server_name = h2o_iovec_init(H2O_STRLIT("guichet"));
	server->config.max_request_entity_size = (size_t)spool_body_most();
	server->config.http1.req_timeout = REQUEST_MS;
	server->config.http1.upgrade_to_http2 = 0;
	host = h2o_config_register_host(&server->config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
	handler = (struct server_handler *)h2o_create_handler(h2o_config_register_path(host, "/", 0), sizeof *handler);
	handler->super.on_req = on_request;
	handler->server = server;
	respond_for_h2o(host);
}

static void open_listeners(struct server *server)
{
	for (int i = 0; i < listen_count(); i++) {
		struct listener *listener = &server->listeners[i];

		listener->server = server;
		listener->accept = (h2o_accept_ctx_t){ .ctx = &server->context, .hosts = server->config.hosts };
		if (listen_at(i).tls)
			listener->accept.ssl_ctx = tls_context(server->tls);
		listener->sock =
		        h2o_evloop_socket_create(server->context.loop, dup(listen_at(i).fd), H2O_SOCKET_FLAG_DONT_READ);
		listener->sock->data = listener;
		h2o_socket_read_start(listener->sock, on_accept);
	}
}

/* Who has come as far as the kernel's queue is let in: closing it would throw them out. */
static void close_listeners(struct server *server)
{
	for (int i = 0; i < listen_count(); i++) {
		struct listener *listener = &server->listeners[i];

		h2o_socket_read_stop(listener->sock);
		while (accept_one(listener))
			continue;
		h2o_socket_close(listener->sock);
		listener->sock = NULL;
	}
	if (--listening == 0)
		listen_close();
}

static void turn(struct server *server)
{
	log_flush();
	if (h2o_evloop_run(server->context.loop, TURN_MS) != 0 && errno != EINTR)
		log_error("the event loop failed", LOG_TEXT("reason", strerror(errno)));
	waiters_tick(server->waiters);
	revocations_tick(server->loop);
	api_tokens_tick(server->loop);
	security_tick(server->loop);
	dependencies_tick(server->loop);
	report_tick(server->loop);
	stream_turn(server->loop);
	loop_turn(server->loop);
	calls_turn(server->calls);
	connections_turn(server->connections);
}

/* Listens no more; what is in flight is answered, who is idle is let go. */
static void drain(struct server *server)
{
	int64_t end = clock_mono_ms() + DRAIN_MS;

	close_listeners(server);
	server->context.shutdown_requested = 1;
	do {
		turn(server);
		connections_close_idle(server->connections);
	} while (clock_mono_ms() < end && (connections_count(server->connections) || waiters_count(server->waiters) ||
	                                          security_flush(server->loop)));
}

static void turn_loop(void *arg)
{
	struct server *server = arg;

	log_gather(true);
	configure(server);
	h2o_context_init(&server->context, h2o_evloop_create(), &server->config);
	loop_open(server->loop, &server->context);
	server->waiters = waiters_open(server->loop);
	started++;
	listening++;
	open_listeners(server);
	while (!process_stopping())
		turn(server);
	drain(server);
	log_gather(false);
	loop_end();
}

/* Exits with a clear message when there are addresses for TLS and no certificate. */
static struct tls *open_tls(void)
{
	struct tls *tls = tls_new();

	for (int i = 0; i < listen_count() && !tls; i++) {
		if (!listen_at(i).tls)
			continue;
		fprintf(stderr, "guichet-ingress: LISTEN_TLS needs TLS_CERTIFICATE and TLS_KEY\n");
		exit(1);
	}
	return tls;
}

/* Half of the cores: the other half is for everybody who works for us. */
static int wanted_loops(void)
{
	int64_t cores = sysconf(_SC_NPROCESSORS_ONLN);
	int64_t count = loops_wanted ? loops_wanted : cores / 2;

	return count < 1 ? 1 : count > LOOPS_MAX ? LOOPS_MAX : (int)count;
}

void server_start(void)
{
	int count = wanted_loops();

	listen_open();
	for (int i = 0; i < count; i++) {
		struct server *server = calloc(1, sizeof *server);
		char name[16];

		if (!server)
			abort();
		snprintf(name, sizeof name, "loop-%d", i);
		server->loop = loop_new();
		server->tls = open_tls();
		server->connections = connections_new(count, routes_take_much);
		server->calls = calls_new(count);
		process_thread(name, turn_loop, server);
	}
	while (started < count && !process_stopping())
		process_nap_ms(1);
}
