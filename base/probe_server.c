/* probe_server.c - GET /live /ready /health /metrics on PROBE_LISTEN, of the ingress on METRICS_LISTEN.
 *
 *   /live     200  while the process runs
 *   /ready    200, or 503 while a check has a reason or the process stops
 *   /health   the same codes; both have the health JSON as their body
 *   /metrics  200  Prometheus text, OpenMetrics when Accept asks for it; 401 where METRICS_TOKEN is set and not sent
 *
 * One h2o loop in one thread, HTTP/1.1 only: this h2o knows no defence against
 * HTTP/2 rapid reset. Requests have no body to speak of, a connection lives
 * 5 s, and there are at most 64; a scraper needs one or two.
 *
 * Stop: the listener is closed, connections that are open get 1 s to end.
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <h2o.h>
#include <h2o/http1.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/probe.h"
#include "base/process.h"

#define CONNECTIONS_MOST 64
#define REQUEST_MS 5000
#define REQUEST_BODY_BYTES 1024
#define LINGER_MS 1000

static const char *probe_listen = "", *metrics_listen = "", *metrics_token = "";
static const char *setting_name, *address_wanted; /* whichever of the two this program has */

struct setting probe_settings[] = {
	{ "PROBE_LISTEN", SETTING_TEXT, &probe_listen, "", .min = 0, .max = 255,
	        .help = "host:port of /live /ready /health /metrics, like 127.0.0.1:9100; empty: no server" },
	{ "METRICS_TOKEN", SETTING_TEXT, &metrics_token, "", .max = 255, .secret = true,
	        .help = "what /metrics wants as a bearer token; empty: it is open to whoever reaches the address" },
	{ NULL },
};

struct setting metrics_settings[] = {
	{ "METRICS_LISTEN", SETTING_TEXT, &metrics_listen, "127.0.0.1:8081", .min = 0, .max = 255,
	        .help = "host:port of /metrics, which is for operators alone; empty: no server" },
	{ "METRICS_TOKEN", SETTING_TEXT, &metrics_token, "", .max = 255, .secret = true,
	        .help = "what /metrics wants as a bearer token; empty: it is open to whoever reaches the address" },
	{ NULL },
};

/* One server a process: h2o's callbacks that carry no pointer of ours find it here. */
static struct {
	h2o_globalconf_t config;
	h2o_context_t context;
	h2o_accept_ctx_t accept;
	h2o_socket_t *listener; /* NULL: closed */
	h2o_socket_t *stop;
	struct arena *arena; /* of the request that is being answered */
	int fd, port;
} server;

struct route {
	const char *path;
	const char *type;
	void (*render)(struct buffer *out);
	bool by_readiness; /* 503 when not ready */
};

static void render_live(struct buffer *out)
{
	buffer_text(out, TEXT("{\"success\":true,\"status\":\"alive\",\"message\":\"OK\"}"));
}

static void render_health(struct buffer *out)
{
	probe_render_health(out, server.port);
}

static const struct route routes[] = {
	{ "/live", "application/json", render_live, false }, { "/ready", "application/json", render_health, true },
	{ "/health", "application/json", render_health, true },
	{ "/metrics", NULL, NULL, false }, /* answer_metrics() */
};

static const struct route *find_route(struct text path)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (text_equal(path, text_of(routes[i].path)))
			return &routes[i];
	return NULL;
}

static void answer(h2o_req_t *req, int status, const char *reason, const char *type, struct text body)
{
	static h2o_generator_t generator;
	bool is_head = h2o_memis(req->method.base, req->method.len, H2O_STRLIT("HEAD"));
	h2o_iovec_t content = h2o_strdup(&req->pool, body.data, body.len);

	req->res.status = status;
	req->res.reason = reason;
	req->res.content_length = body.len;
	h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, type, strlen(type));
	h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CACHE_CONTROL, NULL, H2O_STRLIT("no-store"));
	h2o_start_response(req, &generator);
	h2o_send(req, &content, is_head ? 0 : 1, H2O_SEND_STATE_FINAL);
}

static void answer_route(h2o_req_t *req, const struct route *route)
{
	bool fine = !route->by_readiness || probe_ready();
	struct buffer body;

	buffer_init(&body, server.arena, 4096);
	route->render(&body);
	answer(req, fine ? 200 : 503, fine ? "OK" : "Service Unavailable", route->type, buffer_view(&body));
	arena_reset(server.arena);
}

/* The header, or TEXT_NONE. */
static struct text header(const h2o_req_t *req, const h2o_token_t *name)
{
	ssize_t at = h2o_find_header(&req->headers, name, -1);

	return at < 0 ? TEXT_NONE
	              : (struct text){ req->headers.entries[at].value.base, req->headers.entries[at].value.len };
}

/* RFC 6750 section 2.1; the scheme's name in any case. */
static bool has_token(const h2o_req_t *req)
{
	struct text sent = header(req, H2O_TOKEN_AUTHORIZATION), scheme = TEXT("Bearer ");

	if (!*metrics_token)
		return true;
	if (sent.len < scheme.len || !text_equal_nocase((struct text){ sent.data, scheme.len }, scheme))
		return false;
	sent.data += scheme.len;
	sent.len -= scheme.len;
	return text_equal_secret(text_trim(sent), text_of(metrics_token));
}

static void answer_metrics(h2o_req_t *req)
{
	enum metrics_form form = metrics_form_wanted(header(req, H2O_TOKEN_ACCEPT));
	struct buffer body;

	h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_VARY, NULL, H2O_STRLIT("accept"));
	if (!has_token(req)) {
		h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_WWW_AUTHENTICATE, NULL,
		        H2O_STRLIT("Bearer realm=\"metrics\""));
		answer(req, 401, "Unauthorized", "text/plain", TEXT("send Authorization: Bearer and METRICS_TOKEN\n"));
		return;
	}
	buffer_init(&body, server.arena, 65536);
	metrics_render(&body, form);
	answer(req, 200, "OK", metrics_content_type(form), buffer_view(&body));
	arena_reset(server.arena);
}

static int on_request(h2o_handler_t *handler, h2o_req_t *req)
{
	struct text path = { .data = req->path_normalized.base, .len = req->path_normalized.len };
	const struct route *route = find_route(path);

	(void)handler;
	if (!route) {
		answer(req, 404, "Not Found", "text/plain", TEXT("see /live /ready /health /metrics\n"));
	} else if (!h2o_memis(req->method.base, req->method.len, H2O_STRLIT("GET")) &&
	           !h2o_memis(req->method.base, req->method.len, H2O_STRLIT("HEAD"))) {
		h2o_add_header_by_str(
		        &req->pool, &req->res.headers, H2O_STRLIT("allow"), 0, NULL, H2O_STRLIT("GET, HEAD"));
		answer(req, 405, "Method Not Allowed", "text/plain", TEXT("GET or HEAD only\n"));
	} else if (!route->render) {
		answer_metrics(req);
	} else {
		answer_route(req, route);
	}
	return 0;
}

static int connection_count(void)
{
	int count = 0;

	for (const h2o_linklist_t *at = server.context.http1._conns.next; at != &server.context.http1._conns;
	        at = at->next)
		count++;
	return count;
}

static void on_accept(h2o_socket_t *listener, const char *err)
{
	h2o_socket_t *sock;

	if (err || !(sock = h2o_evloop_socket_accept(listener)))
		return;
	if (connection_count() >= CONNECTIONS_MOST)
		h2o_socket_close(sock);
	else
		h2o_accept(&server.accept, sock);
}

static void close_socket(h2o_socket_t **sock)
{
	if (!*sock)
		return;
	h2o_socket_read_stop(*sock);
	h2o_socket_close(*sock);
	*sock = NULL;
}

/* The stop fd stays readable for ever: looking at it once is enough. */
static void on_stop(h2o_socket_t *sock, const char *err)
{
	(void)err;
	h2o_socket_read_stop(sock);
	close_socket(&server.listener);
	server.context.shutdown_requested = 1;
}

static void configure(void)
{
	h2o_hostconf_t *host;
	h2o_handler_t *handler;

	h2o_config_init(&server.config);
	server.config.server_name = h2o_iovec_init(H2O_STRLIT("guichet"));
	server.config.max_request_entity_size = REQUEST_BODY_BYTES;
	server.config.http1.req_timeout = REQUEST_MS;
	server.config.http1.upgrade_to_http2 = 0;
	host = h2o_config_register_host(&server.config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
	handler = h2o_create_handler(h2o_config_register_path(host, "/", 0), sizeof(*handler));
	handler->on_req = on_request;
}

static h2o_socket_t *watch(int fd, h2o_socket_cb callback)
{
	h2o_socket_t *sock = h2o_evloop_socket_create(server.context.loop, fd, H2O_SOCKET_FLAG_DONT_READ);

	h2o_socket_read_start(sock, callback);
	return sock;
}

/* With a connection alive h2o asserts here; the process ends soon anyway. */
static void dispose(void)
{
	h2o_loop_t *loop = server.context.loop;

	arena_free(&server.arena);
	close_socket(&server.stop);
	h2o_evloop_run(loop, 0);
	if (connection_count() > 0)
		return;
	h2o_context_dispose(&server.context);
	h2o_evloop_run(loop, 0);
	h2o_evloop_destroy(loop);
	h2o_config_dispose(&server.config);
}

static void serve(void *arg)
{
	int64_t until = INT64_MAX;

	(void)arg;
	configure();
	server.arena = arena_new(16384);
	h2o_context_init(&server.context, h2o_evloop_create(), &server.config);
	server.accept = (h2o_accept_ctx_t){ .ctx = &server.context, .hosts = server.config.hosts };
	server.listener = watch(server.fd, on_accept);
	server.stop = watch(dup(process_stop_fd()), on_stop);

	while (server.listener || (connection_count() > 0 && clock_mono_ms() < until)) {
		if (h2o_evloop_run(server.context.loop, server.listener ? INT32_MAX : 50) != 0 && errno != EINTR)
			break;
		if (!server.listener && until == INT64_MAX)
			until = clock_mono_ms() + LINGER_MS;
	}
	dispose();
}

static _Noreturn void refuse(const char *why)
{
	fprintf(stderr, "%s: %s: can't listen on \"%s\": %s\n", process_name(), setting_name, address_wanted, why);
	exit(EXIT_FAILURE);
}

/* "127.0.0.1:9100", "[::1]:9100", ":9100" (all addresses). */
static struct addrinfo *resolve(void)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV
	};
	const char *colon = strrchr(address_wanted, ':');
	char host[256] = "";
	struct addrinfo *found;
	size_t len;
	int rc;

	if (!colon || !colon[1])
		refuse("not host:port");
	len = (size_t)(colon - address_wanted);
	if (len >= 2 && address_wanted[0] == '[' && colon[-1] == ']')
		snprintf(host, sizeof(host), "%.*s", (int)len - 2, address_wanted + 1);
	else
		snprintf(host, sizeof(host), "%.*s", (int)len, address_wanted);
	rc = getaddrinfo(*host ? host : NULL, colon + 1, &hints, &found);
	if (rc != 0)
		refuse(gai_strerror(rc));
	return found;
}

static int listen_on(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1;

	if (fd < 0)
		refuse(strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, 64) != 0)
		refuse(strerror(errno));
	return fd;
}

const char *probe_address(void)
{
	return address_wanted ? address_wanted : "";
}

void probe_start(void)
{
	struct addrinfo *address;

	setting_name = *metrics_listen ? "METRICS_LISTEN" : "PROBE_LISTEN";
	address_wanted = *metrics_listen ? metrics_listen : probe_listen;
	if (!*address_wanted)
		return;
	address = resolve();
	server.fd = listen_on(address);
	server.port = atoi(strrchr(address_wanted, ':') + 1);
	freeaddrinfo(address);
	process_thread("probe", serve, NULL);
}
