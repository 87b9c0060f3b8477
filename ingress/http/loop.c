/* loop.c - see loop.h. HTTP/1.1 only: this h2o's HTTP/2 lacks the rapid-reset fix and is on by default. */
#include "ingress/http/loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <h2o/http1.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "ingress/http/calls.h"
#include "ingress/http/connections.h"
#include "ingress/http/database.h"
#include "ingress/http/head.h"
#include "ingress/http/listen.h"
#include "ingress/http/respond.h"
#include "ingress/http/tls.h"

#define LOOPS_MAX 16
#define REQUEST_MS (3600 * 1000) /* h2o's one timer; connections.h has those that count */
#define ENTITY_BYTES (2 * 1024 * 1024)
#define TURN_MS 20
#define DRAIN_MS 8000

static int64_t loops_wanted;

struct setting loop_settings[] = {
	{ "INGRESS_LOOPS", SETTING_INT, &loops_wanted, "0", .min = 0, .max = LOOPS_MAX,
	        .help = "event loops, a thread each; 0: one for every two cores" },
	{ 0 },
};

struct listener {
	struct loop *loop;
	h2o_socket_t *sock; /* NULL: not listening */
	h2o_accept_ctx_t accept;
};

struct loop {
	h2o_globalconf_t config;
	h2o_context_t context;
	struct listener listeners[LISTEN_MAX];
	struct connections *connections;
	struct calls *calls;
	struct tls *tls; /* NULL: no address speaks TLS */
	h2o_multithread_receiver_t receiver;
	const struct loop_work *work;
	struct database *database;
	struct loop_parts parts;
	char reply_address[64];
};

/* on_req gets a handler, not a loop: the handler carries it. */
struct loop_handler {
	h2o_handler_t super;
	struct loop *loop;
};

static struct loop *loops[LOOPS_MAX];
static _Atomic int loops_started;
static _Atomic int loops_running, loops_listening;

int loop_count(void)
{
	return loops_started;
}

bool loop_any_running(void)
{
	return loops_running > 0;
}

struct loop *loop_at(int i)
{
	return loops[i];
}

struct loop_parts *loop_parts(struct loop *loop)
{
	return &loop->parts;
}

struct text loop_reply_address(const struct loop *loop)
{
	return text_of(loop->reply_address);
}

bool loop_query(
        struct loop *loop, enum query query, int count, const struct db_param *params, db_loop_fn *done, void *arg)
{
	return database_read(loop->database, query, count, params, done, arg);
}

bool loop_write(
        struct loop *loop, enum query query, int count, const struct db_param *params, db_loop_fn *done, void *arg)
{
	return database_write(loop->database, query, count, params, done, arg);
}

/* --- notes from other threads ------------------------------------------------- */
void loop_post(struct loop *loop, struct note *note)
{
	note->message = (h2o_multithread_message_t){ { NULL, NULL } };
	h2o_multithread_send_message(&loop->receiver, &note->message);
}

static void on_notes(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
	(void)receiver;
	while (!h2o_linklist_is_empty(messages)) {
		struct note *note = H2O_STRUCT_FROM_MEMBER(struct note, message.link, messages->next);

		h2o_linklist_unlink(&note->message.link);
		note->run(note);
	}
}

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
	static const char *const probes[] = { "/live", "/ready", "/health" };

	for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
		if (text_equal(call->path, text_of(probes[i])))
			return true;
	return false;
}

static int on_request(h2o_handler_t *handler, h2o_req_t *req)
{
	struct loop *loop = ((struct loop_handler *)handler)->loop;
	struct call *call = call_new(loop, loop->calls, req);

	connections_work(req);
	call_hold(call);
	call_limit(call, call->began_ms + CALL_MS, answer_unavailable, NULL);
	if (calls_full(loop->calls) && !is_probe(call))
		answer_unavailable(call, NULL);
	else if (!refuse_head(call))
		loop->work->answer(call);
	call_release(call);
	return 0;
}

static bool accept_one(struct listener *listener)
{
	h2o_socket_t *client = h2o_evloop_socket_accept(listener->sock);

	if (!client)
		return false;
	if (listener->accept.ssl_ctx)
		listener->accept.ssl_ctx = tls_context(listener->loop->tls);
	connections_accept(listener->loop->connections, &listener->accept, client);
	return true;
}

static void on_accept(h2o_socket_t *sock, const char *err)
{
	if (!err)
		accept_one(sock->data);
}

static void configure(struct loop *loop)
{
	h2o_hostconf_t *host;
	struct loop_handler *handler;

	h2o_config_init(&loop->config);
	loop->config.server_name = h2o_iovec_init(H2O_STRLIT("guichet"));
	loop->config.max_request_entity_size = ENTITY_BYTES;
	loop->config.http1.req_timeout = REQUEST_MS;
	loop->config.http1.upgrade_to_http2 = 0;
	host = h2o_config_register_host(&loop->config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
	handler = (struct loop_handler *)h2o_create_handler(h2o_config_register_path(host, "/", 0), sizeof *handler);
	handler->super.on_req = on_request;
	handler->loop = loop;
	respond_for_h2o(host);
}

static void open_listeners(struct loop *loop)
{
	for (int i = 0; i < listen_count(); i++) {
		struct listener *listener = &loop->listeners[i];

		listener->loop = loop;
		listener->accept = (h2o_accept_ctx_t){ .ctx = &loop->context, .hosts = loop->config.hosts };
		if (listen_at(i).tls)
			listener->accept.ssl_ctx = tls_context(loop->tls);
		listener->sock =
		        h2o_evloop_socket_create(loop->context.loop, dup(listen_at(i).fd), H2O_SOCKET_FLAG_DONT_READ);
		listener->sock->data = listener;
		h2o_socket_read_start(listener->sock, on_accept);
	}
}

/* Who has come as far as the kernel's queue is let in: closing it would throw them out. */
static void close_listeners(struct loop *loop)
{
	for (int i = 0; i < listen_count(); i++) {
		struct listener *listener = &loop->listeners[i];

		h2o_socket_read_stop(listener->sock);
		while (accept_one(listener))
			continue;
		h2o_socket_close(listener->sock);
		listener->sock = NULL;
	}
	if (--loops_listening == 0)
		listen_close();
}

static void turn(struct loop *loop)
{
	log_flush();
	if (h2o_evloop_run(loop->context.loop, TURN_MS) != 0 && errno != EINTR)
		log_error("the event loop failed", LOG_TEXT("reason", strerror(errno)));
	loop->work->turn(loop);
	database_turn(loop->database);
	calls_turn(loop->calls);
	connections_turn(loop->connections);
}

/* Listens no more; what is in flight is answered, who is idle is let go. */
static void drain(struct loop *loop)
{
	int64_t end = clock_mono_ms() + DRAIN_MS;

	close_listeners(loop);
	loop->context.shutdown_requested = 1;
	do {
		turn(loop);
		connections_close_idle(loop->connections);
	} while (clock_mono_ms() < end &&
	         (connections_count(loop->connections) || loop->work->unfinished(&loop->parts)));
}

static void run(void *arg)
{
	struct loop *loop = arg;

	log_gather(true);
	configure(loop);
	h2o_context_init(&loop->context, h2o_evloop_create(), &loop->config);
	h2o_multithread_register_receiver(loop->context.queue, &loop->receiver, on_notes);
	loop->database = database_new(loop->context.loop);
	loop->work->open(loop, &loop->parts);
	loops_started++;
	loops_listening++;
	open_listeners(loop);
	while (!process_stopping())
		turn(loop);
	drain(loop);
	log_gather(false);
	loops_running--;
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

void loop_start_all(const struct loop_work *work)
{
	int count = wanted_loops();

	listen_open();
	for (int i = 0; i < count; i++) {
		struct loop *loop = calloc(1, sizeof *loop);
		struct uuid id = uuid_new();
		char text[UUID_TEXT_BYTES], name[16];

		if (!loop)
			abort();
		uuid_format(&id, text);
		snprintf(loop->reply_address, sizeof loop->reply_address, "guichet.results.%s", text);
		snprintf(name, sizeof name, "loop-%d", i);
		loop->work = work;
		loop->tls = open_tls();
		loop->connections = connections_new(count);
		loop->calls = calls_new(count);
		loops[i] = loop;
		loops_running++;
		process_thread(name, run, loop);
	}
	while (loop_count() < count && !process_stopping())
		process_nap_ms(1);
}
