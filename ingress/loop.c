/* loop.c - see loop.h. HTTP/1.1 only: this h2o's HTTP/2 lacks the rapid-reset fix and is on by default. */
#include "ingress/loop.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <h2o/http1.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "ingress/database.h"

#define LOOPS_MAX 16
#define LISTENERS_MAX 16
#define REQUEST_MS 30000
#define ENTITY_BYTES (2 * 1024 * 1024)
#define TURN_MS 20
#define DRAIN_MS 8000
#define LINGER_MS 1000

struct loop {
	h2o_globalconf_t config;
	h2o_context_t context;
	h2o_accept_ctx_t accept;
	h2o_socket_t *listeners[LISTENERS_MAX];
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
static int loops_started;
static _Atomic int loops_running;
static int listen_fds[LISTENERS_MAX];
static int listen_count;

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

int64_t loop_database_away_ms(const struct loop *loop)
{
	return database_away_ms(loop->database);
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
static int on_request(h2o_handler_t *handler, h2o_req_t *req)
{
	struct call *call = call_new(((struct loop_handler *)handler)->loop, req);

	call_hold(call);
	call->loop->work->answer(call);
	call_release(call);
	return 0;
}

static void on_accept(h2o_socket_t *listener, const char *err)
{
	struct loop *loop = listener->data;
	h2o_socket_t *sock;

	if (!err && (sock = h2o_evloop_socket_accept(listener)))
		h2o_accept(&loop->accept, sock);
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
}

static void open_listeners(struct loop *loop)
{
	for (int i = 0; i < listen_count; i++) {
		loop->listeners[i] =
		        h2o_evloop_socket_create(loop->context.loop, dup(listen_fds[i]), H2O_SOCKET_FLAG_DONT_READ);
		loop->listeners[i]->data = loop;
		h2o_socket_read_start(loop->listeners[i], on_accept);
	}
}

static void close_listeners(struct loop *loop)
{
	for (int i = 0; i < listen_count; i++) {
		if (!loop->listeners[i])
			continue;
		h2o_socket_read_stop(loop->listeners[i]);
		h2o_socket_close(loop->listeners[i]);
		loop->listeners[i] = NULL;
	}
}

static bool has_connections(struct loop *loop)
{
	return !h2o_linklist_is_empty(&loop->context.http1._conns);
}

static void turn(struct loop *loop)
{
	if (h2o_evloop_run(loop->context.loop, TURN_MS) != 0 && errno != EINTR)
		log_error("the event loop failed", LOG_TEXT("reason", strerror(errno)));
	loop->work->turn(&loop->parts);
	database_turn(loop->database);
}

/* Listens no more; what is in flight is answered. Idle keep-alive connections
 * are not waited for longer than it takes the waiters to end. */
static void drain(struct loop *loop)
{
	int64_t end = clock_mono_ms() + DRAIN_MS;

	close_listeners(loop);
	loop->context.shutdown_requested = 1;
	while (clock_mono_ms() < end && has_connections(loop)) {
		if (!loop->work->unfinished(&loop->parts) && clock_mono_ms() > end - DRAIN_MS + LINGER_MS)
			break;
		turn(loop);
	}
}

static void run(void *arg)
{
	struct loop *loop = arg;

	configure(loop);
	h2o_context_init(&loop->context, h2o_evloop_create(), &loop->config);
	h2o_multithread_register_receiver(loop->context.queue, &loop->receiver, on_notes);
	loop->accept.ctx = &loop->context;
	loop->accept.hosts = loop->config.hosts;
	loop->database = database_new(loop->context.loop);
	loop->work->open(loop, &loop->parts);
	__atomic_fetch_add(&loops_started, 1, __ATOMIC_SEQ_CST);
	open_listeners(loop);
	while (!process_stopping())
		turn(loop);
	drain(loop);
	loops_running--;
}

/* --- addresses --------------------------------------------------------------------- */
static int bind_address(const struct addrinfo *address)
{
	int yes = 1, fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (address->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, 4096) == 0)
		return fd;
	close(fd);
	return -1;
}

static void listen_on(char *word)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *found = NULL;
	char *colon = strrchr(word, ':'), *host = word;
	int error;

	if (colon)
		*colon = 0;
	else
		host = NULL;
	if (host && *host == '[')
		host = strtok(host + 1, "]");
	error = getaddrinfo(
	        host ? (*host == '*' || !*host ? NULL : host) : "127.0.0.1", colon ? colon + 1 : word, &hints, &found);
	if (error || listen_count == LISTENERS_MAX || (listen_fds[listen_count] = bind_address(found)) == -1) {
		fprintf(stderr, "guichet-ingress: cannot listen on %s port %s: %s\n", host ? host : "127.0.0.1",
		        colon ? colon + 1 : word, error ? gai_strerror(error) : strerror(errno));
		exit(1);
	}
	listen_count++;
	freeaddrinfo(found);
}

void loop_start_all(const char *listen_list, int count, const struct loop_work *work)
{
	char *copy = strdup(listen_list), *rest = copy, *word;

	while ((word = strsep(&rest, ", ")))
		if (*word)
			listen_on(word);
	free(copy);
	for (int i = 0; i < count && i < LOOPS_MAX; i++) {
		struct loop *loop = calloc(1, sizeof *loop);
		struct uuid id = uuid_new();
		char text[UUID_TEXT_BYTES], name[16];

		if (!loop)
			abort();
		uuid_format(&id, text);
		snprintf(loop->reply_address, sizeof loop->reply_address, "guichet.results.%s", text);
		snprintf(name, sizeof name, "loop-%d", i);
		loop->work = work;
		loops[i] = loop;
		loops_running++;
		process_thread(name, run, loop);
	}
	while (loop_count() < count && !process_stopping())
		process_nap_ms(1);
}
