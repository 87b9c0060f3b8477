/* connections.c - see connections.h.
 *
 * A connection is watched from outside: through the socket's public state and its on_close.
 * It is closed by telling its reader that the client has closed, which is what h2o expects
 * of a socket at any time while it reads.
 */
#include "ingress/http/connections.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "base/metrics.h"
#include "ingress/http/head.h"
#include "ingress/http/respond.h"

#define BYTES_PER_MS 16
#define UNREAD_MS 30000
#define INPUT_MOST (64 * 1024 * 1024)
#define SPOOLED_MOST (1024 * 1024 * 1024)
#define JUST_COME_MS 250 /* whose request may be on its way */
#define ROUND_MS 100     /* in which each connection is looked at once */
#define STEP_MS 5
#define STEP 256              /* so many at a time, so that nobody waits for it */
#define DESCRIPTORS_APART 256 /* for everything that is not a client */

static int64_t connections_max, request_ms, idle_ms;
static _Atomic int all_loops; /* how many there are: who accepts takes what comes, the loops' shares differ */

struct setting connections_settings[] = {
	{ "CONNECTIONS_MAX", SETTING_INT, &connections_max, "16384", .min = 16, .max = 1000000,
	        .help = "clients at a time; lowered to what the limit on open files allows" },
	{ "REQUEST_TIMEOUT", SETTING_DURATION, &request_ms, "10s", .min = 100, .max = 600000,
	        .help = "for a request to arrive, and a second more for each 16 KiB of it" },
	{ "IDLE_TIMEOUT", SETTING_DURATION, &idle_ms, "60s", .min = 100, .max = 3600000,
	        .help = "how long a connection without a request is kept" },
	{ 0 },
};

enum stage { IDLE, READING, WORKING, WRITING };

struct connection {
	h2o_linklist_t link;
	struct connections *all;
	h2o_socket_t *sock;
	SSL_CTX *tls;         /* NULL: none; h2o itself holds it from the first byte on */
	h2o_socket_cb reader; /* while it is told why it is cut */
	char *farewell;       /* that text */
	enum stage stage;
	int64_t since_ms;       /* when the stage began, as we saw it */
	bool works, takes_much; /* takes_much: of the request that is arriving, once it was asked */
};

struct connections {
	h2o_linklist_t list; /* those who wait longest for their client first */
	h2o_linklist_t mark; /* stands in the list: those before it have been looked at in this round */
	int count;
	size_t input_most, spooled_most;
	int64_t look_after_ms;
	size_t input, spooled; /* what this round has found in the hands of those who send: in memory, in files */
	int readers;
	bool (*takes_much)(struct text head);
};

#define CUT(reason)                                                                                                    \
	{                                                                                                              \
		.name = "guichet_http_connections_cut_total", .labels = "{reason=\"" reason "\"}",                     \
		.kind = METRIC_COUNTER, .help = "Connections ended by a limit"                                         \
	}
static struct metric cut_idle = CUT("idle"), cut_slow = CUT("slow"), cut_unread = CUT("unread"),
                     cut_greedy = CUT("greedy"), cut_full = CUT("full");
static struct metric open_now = { .name = "guichet_http_connections_active",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "Clients that are connected" };

void connections_allow_descriptors(void)
{
	struct rlimit limit;
	int64_t room;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	room = (int64_t)limit.rlim_cur - DESCRIPTORS_APART;
	if (connections_max > room)
		connections_max = room > 16 ? room : 16;
}

struct connections *connections_new(int loops, bool (*takes_much)(struct text head))
{
	struct connections *connections = calloc(1, sizeof *connections);

	if (!connections)
		abort();
	h2o_linklist_init_anchor(&connections->list);
	h2o_linklist_insert(&connections->list, &connections->mark);
	connections->input_most = INPUT_MOST / (size_t)loops;
	connections->spooled_most = SPOOLED_MOST / (size_t)loops;
	connections->takes_much = takes_much;
	return connections;
}

int connections_count(const struct connections *connections)
{
	return connections->count;
}

static struct connection *of_link(h2o_linklist_t *link)
{
	return H2O_STRUCT_FROM_MEMBER(struct connection, link, link);
}

/* The first one behind this place; NULL: none. */
static struct connection *behind(struct connections *connections, h2o_linklist_t *at)
{
	at = at->next;
	if (at == &connections->mark)
		at = at->next;
	return at == &connections->list ? NULL : of_link(at);
}

static void wait_again(struct connection *c)
{
	h2o_linklist_unlink(&c->link);
	h2o_linklist_insert(&c->all->list, &c->link);
}

static void on_close(void *arg)
{
	struct connection *c = arg;

	h2o_linklist_unlink(&c->link);
	c->all->count--;
	all_loops--;
	metric_add(&open_now, -1);
	SSL_CTX_free(c->tls);
	free(c->farewell);
	free(c);
}

/* --- ending one -------------------------------------------------------------------- */
static void close_reader(struct connection *c, h2o_socket_cb reader)
{
	if (reader)
		reader(c->sock, h2o_socket_error_closed);
	else
		shutdown(h2o_socket_get_fd(c->sock), SHUT_RDWR);
}

static void on_told(h2o_socket_t *sock, const char *err)
{
	struct connection *c = sock->on_close.data;

	(void)err;
	close_reader(c, c->reader);
}

/* A client that has sent a part of a request is told why nothing will become of it. */
static void refuse(struct connection *c, enum problem_code code, struct metric *metric)
{
	struct text answer = respond_farewell(code);
	h2o_iovec_t bytes = h2o_iovec_init(answer.data, answer.len);

	metric_add(metric, 1);
	c->farewell = (char *)answer.data;
	c->stage = WRITING; /* once is enough */
	c->since_ms = clock_mono_ms();
	c->reader = c->sock->_cb.read;
	h2o_socket_read_stop(c->sock);
	h2o_socket_write(c->sock, &bytes, 1, on_told);
}

static void cut(struct connection *c, struct metric *metric)
{
	metric_add(metric, 1);
	close_reader(c, h2o_socket_is_writing(c->sock) ? NULL : c->sock->_cb.read);
}

/* --- looking at all ------------------------------------------------------------------ */
static void look(struct connection *c, int64_t now)
{
	enum stage stage = h2o_socket_is_writing(c->sock) ? WRITING
	                   : c->works                     ? WORKING
	                   : c->sock->input->size         ? READING
	                                                  : IDLE;

	if (stage == c->stage)
		return;
	c->stage = stage;
	c->since_ms = now;
}

/* More has come than a head may have, and it is none yet. */
static bool has_endless_head(const struct connection *c)
{
	const h2o_buffer_t *input = c->sock->input;

	return c->stage == READING && input->size > HEAD_MOST && !memmem(input->bytes, HEAD_MOST, "\r\n\r\n", 4);
}

/* Does the head say that a longer body comes than one without files may be? Nothing is said of a head that is not
 * whole. */
static bool announces_much(const h2o_buffer_t *input)
{
	static const char name[] = "\r\ncontent-length:";
	size_t len = input->size < HEAD_MOST ? input->size : HEAD_MOST;
	const char *end = memmem(input->bytes, len, "\r\n\r\n", 4), *at = input->bytes;
	int64_t bytes;

	for (; end && at < end; at++) {
		const char *value = at + sizeof name - 1, *line;

		if (*at != '\r' || value > end || strncasecmp(at, name, sizeof name - 1) != 0)
			continue;
		line = memchr(value, '\r', (size_t)(end - value) + 1);
		return line && text_to_int(text_trim((struct text){ value, (size_t)(line - value) }), &bytes) &&
		       bytes > CONNECTIONS_BODY_MOST;
	}
	return false;
}

/* More has come, or is to come, than a request may have that brings no files. */
static bool has_endless_body(struct connection *c)
{
	const h2o_buffer_t *input = c->sock->input;

	if (c->stage != READING || c->takes_much ||
	        (input->size <= CONNECTIONS_BODY_MOST + HEAD_MOST && !announces_much(input)))
		return false;
	c->takes_much =
	        c->all->takes_much((struct text){ input->bytes, input->size < HEAD_MOST ? input->size : HEAD_MOST });
	return !c->takes_much;
}

static bool is_spooled(const struct connection *c)
{
	return c->sock->input->_fd != -1;
}

static void hold_to_limit(struct connection *c, int64_t now)
{
	int64_t lasted = now - c->since_ms;

	if (c->stage == IDLE && lasted > idle_ms)
		cut(c, &cut_idle);
	else if (c->stage == READING && lasted > request_ms + (int64_t)c->sock->input->size / BYTES_PER_MS)
		refuse(c, PROBLEM_REQUEST_TIMEOUT, &cut_slow);
	else if (has_endless_head(c))
		refuse(c, PROBLEM_HEADERS_TOO_LARGE, &cut_greedy);
	else if (has_endless_body(c))
		refuse(c, PROBLEM_BODY_TOO_LARGE, &cut_greedy);
	else if (c->stage == WRITING && lasted > UNREAD_MS)
		cut(c, &cut_unread);
}

/* Whoever is above the fair share: the others together are then within the limit. */
static void cut_the_greedy(struct connections *connections, bool spooled, size_t most, int64_t now)
{
	size_t share = most / (size_t)(connections->readers ? connections->readers : 1);
	struct connection *next;

	for (struct connection *c = behind(connections, &connections->list); c; c = next) {
		next = behind(connections, &c->link);
		look(c, now); /* it may have gone on since this round came by */
		if (c->stage == READING && is_spooled(c) == spooled && c->sock->input->capacity > share)
			refuse(c, PROBLEM_SERVICE_UNAVAILABLE, &cut_greedy);
	}
}

/* What lies in a file need not be in our memory, too. */
static void forget_pages(const struct connection *c)
{
	const h2o_buffer_t *input = c->sock->input;

	if (is_spooled(c) && input->size)
		madvise(c->sock->input, (size_t)(input->bytes - (const char *)input) + input->size, MADV_DONTNEED);
}

static void end_round(struct connections *connections, int64_t now)
{
	bool pressed = connections->input > connections->input_most / 4;

	if (connections->input > connections->input_most)
		cut_the_greedy(connections, false, connections->input_most, now);
	if (connections->spooled > connections->spooled_most)
		cut_the_greedy(connections, true, connections->spooled_most, now);
	connections->input = 0;
	connections->spooled = 0;
	connections->readers = 0;
	h2o_linklist_unlink(&connections->mark);
	h2o_linklist_insert(connections->list.next, &connections->mark);
	/* Memory that fills fast is looked at again at once. */
	connections->look_after_ms = now + (pressed ? 1 : ROUND_MS);
}

void connections_turn(struct connections *connections)
{
	int64_t now = clock_mono_ms();

	if (now < connections->look_after_ms)
		return;
	connections->look_after_ms = now + (connections->input > connections->input_most / 4 ? 1 : STEP_MS);
	for (int i = 0; i < STEP; i++) {
		h2o_linklist_t *at = connections->mark.next;
		struct connection *c = of_link(at);

		if (at == &connections->list) {
			end_round(connections, now);
			return;
		}
		h2o_linklist_unlink(&connections->mark);
		h2o_linklist_insert(at->next, &connections->mark);
		look(c, now);
		connections->readers += c->stage == READING;
		if (c->sock->input->size)
			*(is_spooled(c) ? &connections->spooled : &connections->input) += c->sock->input->capacity;
		forget_pages(c);
		hold_to_limit(c, now);
	}
}

static bool is_silent(const struct connection *c, int64_t now)
{
	int unread = 0;

	return c->stage == IDLE && c->sock->_cb.read && now - c->since_ms >= JUST_COME_MS &&
	       ioctl(h2o_socket_get_fd(c->sock), FIONREAD, &unread) == 0 && !unread;
}

void connections_close_idle(struct connections *connections)
{
	int64_t now = clock_mono_ms();
	struct connection *next;

	for (struct connection *c = behind(connections, &connections->list); c; c = next) {
		next = behind(connections, &c->link);
		look(c, now);
		if (is_silent(c, now))
			close_reader(c, c->sock->_cb.read);
	}
}

/* --- coming and going ------------------------------------------------------------------ */
static bool make_room(struct connections *connections)
{
	for (struct connection *c = behind(connections, &connections->list); c; c = behind(connections, &c->link)) {
		if (c->works || h2o_socket_is_writing(c->sock) || !c->sock->_cb.read)
			continue;
		cut(c, &cut_full);
		return true;
	}
	return false;
}

void connections_accept(struct connections *connections, h2o_accept_ctx_t *accept, h2o_socket_t *sock)
{
	struct connection *c;

	if (all_loops >= connections_max && !make_room(connections)) {
		metric_add(&cut_full, 1);
		h2o_socket_close(sock);
		return;
	}
	c = calloc(1, sizeof *c);
	if (!c)
		abort();
	*c = (struct connection){ .all = connections, .sock = sock, .stage = IDLE, .since_ms = clock_mono_ms() };
	if (accept->ssl_ctx && SSL_CTX_up_ref(accept->ssl_ctx))
		c->tls = accept->ssl_ctx;
	h2o_linklist_insert(&connections->list, &c->link);
	connections->count++;
	all_loops++;
	metric_add(&open_now, 1);
	sock->on_close.cb = on_close;
	sock->on_close.data = c;
	h2o_accept(accept, sock);
}

static void set_working(struct connection *c, bool works)
{
	c->works = works;
	c->takes_much = false;
	c->stage = works ? WORKING : IDLE;
	c->since_ms = clock_mono_ms();
}

void connections_went_on(h2o_req_t *req)
{
	struct connection *c = req->conn->callbacks->get_socket(req->conn)->on_close.data;

	c->since_ms = clock_mono_ms();
}

static void on_request_gone(void *guard)
{
	struct connection *c = *(struct connection **)guard;

	set_working(c, false);
	wait_again(c);
}

void connections_work(h2o_req_t *req)
{
	struct connection **guard = h2o_mem_alloc_shared(&req->pool, sizeof *guard, on_request_gone);

	*guard = req->conn->callbacks->get_socket(req->conn)->on_close.data;
	set_working(*guard, true);
}

void connections_keep(h2o_socket_t *sock)
{
	set_working(sock->on_close.data, true);
}
