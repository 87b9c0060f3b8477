/* call.c - see call.h. */
#include "ingress/http/call.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "ingress/http/headers.h"
#include "queues/contract.h"
#include "queues/envelope.h"

/* h2o's request is being disposed of. */
static void on_request_gone(void *guard)
{
	struct call *call = *(struct call **)guard;

	if (!call)
		return;
	call->req = NULL;
	call_release(call);
}

static enum verb verb_of(const h2o_req_t *req)
{
	if (h2o_memis(req->method.base, req->method.len, H2O_STRLIT("HEAD")))
		return GET;
	for (int v = 0; v < VERB_COUNT; v++)
		if (h2o_memis(req->method.base, req->method.len, verb_words[v], strlen(verb_words[v])))
			return (enum verb)v;
	return VERB_COUNT;
}

static void read_path(struct call *call)
{
	const h2o_req_t *req = call->req;
	struct text path = { req->path_normalized.base, req->path_normalized.len };

	call->path = text_copy(call->arena, path_canonical(call->arena, path, &call->lifts));
	if (req->query_at != SIZE_MAX && req->query_at < req->path.len)
		call->query = text_copy(call->arena,
		        (struct text){ req->path.base + req->query_at + 1, req->path.len - req->query_at - 1 });
}

static bool is_request_id(struct text t)
{
	if (!t.len || t.len > 64)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (!strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.", t.data[i]))
			return false;
	return true;
}

/* A client's trace goes on below him; any other begins here. */
static void begin_span(struct call *call, struct text theirs)
{
	if (traceparent_is_valid(theirs)) {
		call->traceparent = text_copy(call->arena, theirs);
		call->span = span_begin_at(call->arena, theirs, SPAN_SERVER, call->started_us, "request");
		call->traceparent = span_context(call->span, call->traceparent);
	} else {
		call->traceparent = traceparent_fresh(call->arena);
		call->span = span_begin_first(call->arena, call->traceparent, SPAN_SERVER, call->started_us);
	}
}

static void read_ids(struct call *call)
{
	struct text id = call_header(call, "x-request-id"), trace = call_header(call, "traceparent");
	struct uuid fresh;

	if (is_request_id(id)) {
		call->request_id = text_copy(call->arena, id);
	} else {
		fresh = uuid_new();
		call->request_id = uuid_text(call->arena, &fresh);
	}
	begin_span(call, trace);
}

/* What h2o has put into a file is bounded elsewhere (connections.h). */
static size_t bytes_in_memory(const h2o_req_t *req)
{
	return req->entity.len && req->conn->callbacks->get_socket(req->conn)->input->_fd != -1 ? 0 : req->entity.len;
}

struct call *call_new(struct loop *loop, h2o_req_t *req)
{
	struct arena *arena = arena_new(8 * 1024);
	struct call *call = ARENA_NEW(arena, struct call);
	struct call **guard = h2o_mem_alloc_shared(&req->pool, sizeof *guard, on_request_gone);

	*guard = call;
	call->guard = guard;
	call->loop = loop;
	call->req = req;
	call->arena = arena;
	call->holds = 1;
	call->started_us = clock_unix_us();
	call->began_ms = clock_mono_ms();
	call->body_bytes = bytes_in_memory(req);
	call->limit_ms = CALL_NO_LIMIT;
	call->verb = verb_of(req);
	call->language = headers_language(call_headers(call, "accept-language"));
	read_path(call);
	read_ids(call);
	return call;
}

void call_hold(struct call *call)
{
	call->holds++;
}

void call_release(struct call *call)
{
	struct arena *arena = call->arena;

	if (--call->holds)
		return;
	if (h2o_linklist_is_linked(&call->link))
		h2o_linklist_unlink(&call->link);
	arena_free(&arena);
}

h2o_req_t *call_detach(struct call *call)
{
	h2o_req_t *req = call->req;

	if (!req)
		return NULL;
	*call->guard = NULL;
	call->req = NULL;
	call_release(call);
	return req;
}

void call_limit(struct call *call, int64_t at_ms, void (*answer)(struct call *call, void *arg), void *arg)
{
	call->limit_ms = at_ms;
	call->answer_late = answer;
	call->late_arg = arg;
}

/* The next header of that name behind *at, which begins at -1; TEXT_NONE: there are no more. */
static struct text next_header(const struct call *call, const char *name, ssize_t *at)
{
	*at = call->req ? h2o_find_header_by_str(&call->req->headers, name, strlen(name), *at) : -1;
	if (*at == -1)
		return TEXT_NONE;
	return (struct text){ call->req->headers.entries[*at].value.base, call->req->headers.entries[*at].value.len };
}

static bool is_repeated(const struct call *call, const char *name)
{
	ssize_t at = -1;

	return next_header(call, name, &at).data && next_header(call, name, &at).data;
}

struct text call_header(const struct call *call, const char *name)
{
	ssize_t at = -1;

	return is_repeated(call, name) ? TEXT_NONE : next_header(call, name, &at);
}

static struct text join(const struct call *call, const char *name, const char *separator)
{
	struct buffer out;
	ssize_t at = -1;

	buffer_init(&out, call->arena, 256);
	for (struct text value = next_header(call, name, &at); value.data; value = next_header(call, name, &at)) {
		buffer_string(&out, out.len ? separator : "");
		buffer_text(&out, value);
	}
	return buffer_view(&out);
}

struct text call_headers(const struct call *call, const char *name)
{
	ssize_t at = -1;

	if (is_repeated(call, name))
		return join(call, name, strcmp(name, "cookie") ? ", " : "; ");
	return next_header(call, name, &at);
}

const char *call_repeated_header(const struct call *call)
{
	static const char *const single[] = { "authorization", "content-type", "idempotency-key", "origin" };

	for (size_t i = 0; i < sizeof single / sizeof *single; i++)
		if (is_repeated(call, single[i]))
			return single[i];
	return NULL;
}

/* Loopback, RFC 1918, RFC 4193. */
static bool is_near(const struct sockaddr_storage *address)
{
	const struct in6_addr *v6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
	uint32_t v4 = ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr);

	if (address->ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(v6) || (v6->s6_addr[0] & 0xFE) == 0xFC;
	return address->ss_family == AF_INET &&
	       (v4 >> 24 == 127 || v4 >> 24 == 10 || v4 >> 20 == 0xAC1 || v4 >> 16 == 0xC0A8);
}

bool call_is_secure(const struct call *call)
{
	struct sockaddr_storage peer = { 0 };

	if (!call->req)
		return false;
	if (call->req->input.scheme == &H2O_URL_SCHEME_HTTPS)
		return true;
	call->req->conn->callbacks->get_peername(call->req->conn, (struct sockaddr *)&peer);
	return is_near(&peer) && text_equal_nocase(call_header(call, "x-forwarded-proto"), TEXT("https"));
}

/* The proxy's last word: it sets the header, or adds to what was there. */
static struct text forwarded_for(const struct call *call)
{
	struct text rest = call_headers(call, "x-forwarded-for"), item, last = TEXT_NONE;
	unsigned char address[16];

	while (headers_next(&rest, ',', &item))
		last = item;
	if (!last.len || last.len >= INET6_ADDRSTRLEN)
		return TEXT_NONE;
	last = text_of(text_dup(call->arena, last));
	return inet_pton(AF_INET, last.data, address) == 1 || inet_pton(AF_INET6, last.data, address) == 1 ? last
	                                                                                                   : TEXT_NONE;
}

static struct text address_of(const struct call *call)
{
	struct sockaddr_storage peer = { 0 };
	char host[INET6_ADDRSTRLEN + 32] = "";
	struct text forwarded;
	socklen_t len = call->req->conn->callbacks->get_peername(call->req->conn, (struct sockaddr *)&peer);

	forwarded = is_near(&peer) ? forwarded_for(call) : TEXT_NONE;
	if (forwarded.len)
		return forwarded;
	if (getnameinfo((struct sockaddr *)&peer, len, host, sizeof host, NULL, 0, NI_NUMERICHOST))
		return TEXT("-");
	host[strcspn(host, "%")] = 0;
	return text_of(text_dup(call->arena, text_of(host)));
}

struct text call_origin(struct call *call)
{
	struct text address, agent;
	char *out;
	size_t len;

	if (call->origin.data || !call->req)
		return call->origin;
	address = address_of(call);
	agent = call_headers(call, "user-agent");
	out = arena_alloc(call->arena, ORIGIN_BYTES);
	len = (size_t)snprintf(out, ORIGIN_BYTES, "%.*s %.*s", (int)address.len, address.data, (int)agent.len,
	        agent.data ? agent.data : "");
	if (len >= ORIGIN_BYTES)
		len = ORIGIN_BYTES - 1;
	for (size_t i = 0; i < len; i++)
		if (out[i] < 0x20 || out[i] >= 0x7f)
			out[i] = '?';
	call->origin = text_trim((struct text){ out, len });
	return call->origin;
}

int call_port(const struct call *call)
{
	struct sockaddr_storage own = { 0 };

	if (!call->req)
		return 0;
	call->req->conn->callbacks->get_sockname(call->req->conn, (struct sockaddr *)&own);
	return ntohs(own.ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)&own)->sin6_port
	                                       : ((const struct sockaddr_in *)&own)->sin_port);
}

struct text call_body(const struct call *call)
{
	if (!call->req || !call->req->entity.base)
		return TEXT("");
	return (struct text){ call->req->entity.base, call->req->entity.len };
}

void call_read_captures(const struct call *call, const struct record *record, void *fields, struct problems *problems)
{
	for (int i = 0; i < call->captures.count; i++)
		contract_set(record, field_find(record, call->captures.items[i].name), call->captures.items[i].value,
		        call->arena, fields, problems);
}

enum problem_code call_absent(const struct record *record)
{
	if (field_of_kind(record, LOAD_ACCOUNT, FROM_PATH))
		return PROBLEM_USER_NOT_FOUND;
	return field_of_kind(record, LOAD_FILE, FROM_PATH) ? PROBLEM_FILE_NOT_FOUND : PROBLEM_NOT_FOUND;
}

bool call_names_no_file(const struct call *call, const struct record *record, void *fields)
{
	struct problems problems = { 0 };

	if (call_absent(record) != PROBLEM_FILE_NOT_FOUND)
		return false;
	call_read_captures(call, record, fields, &problems);
	return problems.count > 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct text decode(struct arena *arena, struct text raw)
{
	char *out = arena_alloc(arena, raw.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < raw.len; i++) {
		bool escaped = raw.data[i] == '%' && i + 2 < raw.len && hex_value(raw.data[i + 1]) >= 0 &&
		               hex_value(raw.data[i + 2]) >= 0;

		if (escaped) {
			out[n++] = (char)(hex_value(raw.data[i + 1]) << 4 | hex_value(raw.data[i + 2]));
			i += 2;
		} else {
			out[n++] = raw.data[i] == '+' ? ' ' : raw.data[i];
		}
	}
	return (struct text){ out, n };
}

bool call_next_parameter(const struct call *call, size_t *at, struct text *out_name, struct text *out_value)
{
	while (*at < call->query.len) {
		const char *start = call->query.data + *at;
		size_t rest = call->query.len - *at;
		const char *end = memchr(start, '&', rest);
		size_t len = end ? (size_t)(end - start) : rest;
		const char *equals = memchr(start, '=', len);
		size_t name_len = equals ? (size_t)(equals - start) : len;

		*at += len + 1;
		if (!name_len)
			continue;
		*out_name = decode(call->arena, (struct text){ start, name_len });
		*out_value = equals ? decode(call->arena, (struct text){ equals + 1, len - name_len - 1 }) : TEXT("");
		return true;
	}
	return false;
}

bool call_prefers(const struct call *call, const char *name, const char *wanted)
{
	struct text value;

	return headers_preference(call_headers(call, "prefer"), text_of(name), &value) &&
	       text_equal_nocase(value, text_of(wanted));
}

struct text call_parameter(const struct call *call, struct text wanted)
{
	struct text name, value;
	size_t at = 0;

	while (call_next_parameter(call, &at, &name, &value))
		if (text_equal(name, wanted))
			return value;
	return TEXT_NONE;
}

struct text call_form_value(const struct call *call, struct text wanted)
{
	const struct call form = { .arena = call->arena, .query = call_body(call) };

	return call_parameter(&form, wanted);
}

struct text call_logged_path(const struct call *call)
{
	struct text path = call->path;
	struct text unsubscribe = TEXT("/unsubscribe/"), link = TEXT("/auth/links/");
	bool sealed = text_starts_with(path, TEXT("/commands/")) || text_starts_with(path, TEXT("/files/shared/"));
	const char *dot = sealed ? memchr(path.data, '.', path.len) : NULL;

	if (text_starts_with(path, unsubscribe))
		return unsubscribe;
	if (text_starts_with(path, link))
		return link;
	return dot ? (struct text){ path.data, (size_t)(dot - path.data) } : path;
}
