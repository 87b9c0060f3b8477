/* respond.c - see respond.h. */
#include "ingress/http/respond.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "ingress/http/etag.h"
#include "ingress/http/gzip.h"
#include "ingress/http/observe.h"
#include "ingress/http/page.h"
#include "queues/envelope.h"

#define PROBLEM_TYPE "application/problem+json; charset=utf-8"

void respond_header(struct call *call, const char *name, struct text value)
{
	h2o_iovec_t copy;

	if (!call->req || !value.data)
		return;
	copy = h2o_strdup(&call->req->pool, value.data, value.len);
	h2o_add_header_by_str(
	        &call->req->pool, &call->req->res.headers, name, strlen(name), 1, NULL, copy.base, copy.len);
}

static const char *reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = { { 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" },
		{ 206, "Partial Content" }, { 304, "Not Modified" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "Not Found" }, { 405, "Method Not Allowed" }, { 408, "Request Timeout" },
		{ 409, "Conflict" }, { 412, "Precondition Failed" }, { 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" }, { 416, "Range Not Satisfiable" }, { 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" }, { 431, "Request Header Fields Too Large" },
		{ 503, "Service Unavailable" } };

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Internal Server Error";
}

void respond_observe(const struct call *call, int status)
{
	int64_t us = clock_unix_us() - call->started_us;

	observe_answer(call, status, us);
	log_context(call->request_id, uuid_is_none(&call->command_id) ? NULL : &call->command_id,
	        traceparent_trace_id(call->traceparent));
	if (call->command_type.len)
		log_info("answered", LOG_VIEW("path", call_logged_path(call)), LOG_VIEW("command", call->command_type),
		        LOG_INT("status", status), LOG_INT("us", us));
	else
		log_info("answered", LOG_VIEW("path", call_logged_path(call)), LOG_INT("status", status),
		        LOG_INT("us", us));
	log_context_clear();
}

#define NOTHING_LOADED "default-src 'none'; frame-ancestors 'none'"

/* What every answer tells a browser: guess no type, show this in no frame, load nothing for it, tell
 * nobody where you came from. */
static void add_security(h2o_req_t *req, const char *policy)
{
	const struct {
		const char *name, *value;
	} headers[] = { { "x-content-type-options", "nosniff" }, { "x-frame-options", "DENY" },
		{ "content-security-policy", policy }, { "referrer-policy", "no-referrer" },
		{ "strict-transport-security", "max-age=31536000" } };
	size_t count = sizeof headers / sizeof *headers;

	if (req->input.scheme != &H2O_URL_SCHEME_HTTPS) /* RFC 6797 section 7.2 */
		count--;
	for (size_t i = 0; i < count; i++)
		h2o_add_header_by_str(&req->pool, &req->res.headers, headers[i].name, strlen(headers[i].name), 1, NULL,
		        headers[i].value, strlen(headers[i].value));
}

/* body lives as long as the call or longer: h2o sends from it, and the call is held until that is done. */
static void send_form_as(
        struct call *call, int status, const char *content_type, const char *policy, struct text body, bool packed)
{
	static h2o_generator_t generator;
	h2o_req_t *req = call->req;
	h2o_iovec_t content = { (char *)body.data, body.len };
	bool head;

	if (!req)
		return;
	respond_observe(call, status);
	respond_header(call, "x-request-id", call->request_id);
	respond_header(call, "traceparent", call->traceparent);
	add_security(req, policy);
	if (call->verb == GET)
		respond_header(call, "vary", TEXT("accept-encoding"));
	if (packed)
		respond_header(call, "content-encoding", TEXT("gzip"));
	head = h2o_memis(req->method.base, req->method.len, H2O_STRLIT("HEAD"));
	call->req = NULL; /* from here on the answer is h2o's */
	req->res.status = status;
	req->res.reason = reason_of(status);
	req->res.content_length = status == 204 || status == 304 ? SIZE_MAX : body.len; /* RFC 9110 section 8.6 */
	if (body.len)
		h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, content_type,
		        strlen(content_type));
	h2o_start_response(req, &generator);
	h2o_send(req, &content, head || !body.len ? 0 : 1, H2O_SEND_STATE_FINAL);
}

void respond_begin_as(struct call *call, int status, struct text content_type, size_t length, const char *policy,
        h2o_generator_t *generator)
{
	h2o_req_t *req = call->req;

	respond_observe(call, status);
	respond_header(call, "x-request-id", call->request_id);
	respond_header(call, "traceparent", call->traceparent);
	respond_header(call, "content-type", content_type);
	add_security(req, policy);
	req->res.status = status;
	req->res.reason = reason_of(status);
	req->res.content_length = length;
	h2o_start_response(req, generator);
}

void respond_begin(struct call *call, const char *content_type, h2o_generator_t *generator)
{
	respond_header(call, "cache-control", TEXT("no-store"));
	respond_begin_as(call, 200, text_of(content_type), SIZE_MAX, NOTHING_LOADED, generator);
}

static const char *policy_of(const char *content_type)
{
	return strcmp(content_type, PAGE_TYPE) ? NOTHING_LOADED : page_policy();
}

static void send_body(struct call *call, int status, const char *content_type, struct text body)
{
	bool packed = gzip_wanted(call, body);

	send_form_as(call, status, content_type, policy_of(content_type), packed ? gzip_pack(call->arena, body) : body,
	        packed);
}

void respond_plain(struct call *call, int status, const char *content_type, struct text body)
{
	respond_header(call, "cache-control", TEXT("no-store"));
	send_body(call, status, content_type, body);
}

/* --- success --------------------------------------------------------------------- */
/* A compressed form is another representation, with a tag of its own (RFC 9110 section 8.8.3). */
static void set_etag(struct call *call, struct text etag, bool packed)
{
	if (etag.data)
		respond_header(call, "etag",
		        text_of(arena_printf(
		                call->arena, "\"%.*s%s\"", (int)etag.len, etag.data, packed ? ETAG_PACKED : "")));
}

void respond_not_modified(struct call *call, struct text etag, bool packed, struct text kept, const char *policy)
{
	set_etag(call, etag, packed);
	respond_header(call, "cache-control", kept);
	send_form_as(call, 304, "", policy ? policy : NOTHING_LOADED, TEXT_NONE, false);
}

static void send_tagged(struct call *call, const char *content_type, const char *policy, struct text body,
        struct text packed, struct text etag, struct text kept)
{
	bool pack;

	if (etag_is_known(call, etag, &pack)) {
		respond_not_modified(call, etag, pack, kept, policy);
		return;
	}
	pack = gzip_wanted(call, body);
	set_etag(call, etag, pack);
	respond_header(call, "cache-control", kept);
	send_form_as(call, 200, content_type, policy, pack ? packed : body, pack);
}

void respond_tagged(struct call *call, const char *content_type, struct text body, struct text packed, struct text etag)
{
	send_tagged(call, content_type, policy_of(content_type), body, packed, etag, TEXT("public, max-age=300"));
}

void respond_file(struct call *call, const char *content_type, const char *policy, struct text body, struct text packed,
        struct text etag)
{
	send_tagged(call, content_type, policy, body, packed, etag, TEXT("no-cache"));
}

/* PostgreSQL writes a blank after each comma and colon; clients get compact JSON. */
static struct text compact(struct call *call, struct text json)
{
	struct buffer out;

	buffer_init(&out, call->arena, json.len + 1);
	buffer_json_compact(&out, json);
	return buffer_view(&out);
}

void respond_success(struct call *call, const struct success *s)
{
	struct text data = s->data.len ? compact(call, s->data) : TEXT("{}");
	struct buffer out;

	buffer_init(&out, call->arena, 2 * data.len + s->pagination.len + 256);
	buffer_string(&out, "{\"success\":true");
	buffer_json_member(&out, "message", text_of(s->said[call->language] ? s->said[call->language] : "OK"));
	buffer_json_member_raw(&out, "data", data);
	if (s->pagination.len)
		buffer_json_member_raw(&out, "pagination", compact(call, s->pagination));
	if (s->ignored.len || s->similar.len) {
		buffer_json_name(&out, "meta");
		buffer_string(&out, "{");
		if (s->ignored.len)
			buffer_json_member_raw(&out, "ignored", s->ignored);
		if (s->similar.len)
			buffer_json_member_raw(&out, "similar", s->similar);
		buffer_string(&out, "}");
	}
	if (call->lifts && data.len > 2 && data.data[0] == '{') {
		buffer_string(&out, ",");
		buffer_append(&out, data.data + 1, data.len - 2);
	}
	buffer_string(&out, "}");
	set_etag(call, s->etag, gzip_wanted(call, buffer_view(&out)));
	respond_header(call, "location", s->location);
	respond_header(call, "cache-control", s->etag.data ? TEXT("private, no-cache") : TEXT("no-store"));
	send_body(call, s->status, "application/json; charset=utf-8", buffer_view(&out));
}

/* --- problems -------------------------------------------------------------------- */
static void write_errors(struct buffer *out, const struct problems *problems)
{
	buffer_json_name(out, "errors");
	buffer_string(out, "[");
	for (int i = 0; problems && i < problems->count && i < PROBLEM_MAX; i++) {
		buffer_string(out, i ? ",{" : "{");
		buffer_json_member(out, "pointer", text_of(problems->items[i].pointer));
		buffer_json_member(out, "code", text_of(problems->items[i].code));
		buffer_json_member(out, "detail", text_of(problems->items[i].detail));
		buffer_string(out, "}");
	}
	buffer_string(out, "]");
}

static void write_problem(struct call *call, const struct problem_text *text, struct text detail,
        const struct problems *problems, struct buffer *out)
{
	const char *said = text->said[call->language];
	char now[CLOCK_TEXT_BYTES];

	clock_format(clock_unix_us(), now);
	buffer_string(out, "{");
	buffer_json_member(out, "type", TEXT("about:blank"));
	buffer_json_member(out, "title", text_of(text->title));
	buffer_json_member_int(out, "status", text->status);
	buffer_json_member(out, "detail", detail.data ? detail : text_of(said));
	buffer_json_member_bool(out, "success", false);
	buffer_json_member(out, "message", text_of(said));
	buffer_json_member(out, "error", text_of(said));
	buffer_json_member(out, "code", text_of(text->word));
	write_errors(out, problems);
	buffer_json_member(out, "requestId", call->request_id);
	buffer_json_member(out, "timestamp", text_of(now));
}

static void send_problem(struct call *call, const struct problem_text *text, struct buffer *out)
{
	if (text->status == 401)
		respond_header(call, "www-authenticate", TEXT("Bearer realm=\"guichet\""));
	if (text->status == 503)
		respond_header(call, "retry-after", TEXT("1"));
	respond_header(call, "cache-control", TEXT("no-store"));
	send_body(call, text->status, PROBLEM_TYPE, buffer_view(out));
}

void respond_problem(struct call *call, enum problem_code code, struct text detail, const struct problems *problems)
{
	const struct problem_text *text = &problem_texts[code];
	struct buffer out;

	buffer_init(&out, call->arena, 1024);
	write_problem(call, text, detail, problems, &out);
	buffer_string(&out, ",\"data\":{}}");
	send_problem(call, text, &out);
}

void respond_problem_at(struct call *call, enum problem_code code, struct text detail, struct text pointer)
{
	struct problems problems = { 0 };

	if (pointer.len > 1) {
		problem_add(&problems, "", "value", "%.*s", (int)detail.len, detail.data ? detail.data : "");
		snprintf(problems.items[0].pointer, sizeof problems.items[0].pointer, "%.*s", (int)pointer.len,
		        pointer.data);
	}
	respond_problem(call, code, detail, pointer.len > 1 ? &problems : NULL);
}

void respond_unknown_outcome(struct call *call, struct text status_url)
{
	const struct problem_text *text = &problem_texts[PROBLEM_OUTCOME_UNKNOWN];
	struct buffer out;

	buffer_init(&out, call->arena, 1024);
	write_problem(call, text, TEXT_NONE, NULL, &out);
	buffer_json_member(&out, "statusUrl", status_url);
	buffer_string(&out, ",\"data\":{");
	buffer_json_member(&out, "statusUrl", status_url);
	buffer_string(&out, "}}");
	respond_header(call, "location", status_url);
	send_problem(call, text, &out);
}

/* --- where there is no call ---------------------------------------------------------- */
/* The members of a problem in an arena of its own. */
static struct text lone_problem(struct arena *arena, enum problem_code code)
{
	struct uuid id = uuid_new();
	struct call nobody = { .arena = arena, .language = LANGUAGE_FR, .request_id = uuid_text(arena, &id) };
	struct buffer out;

	buffer_init(&out, arena, 1024);
	write_problem(&nobody, &problem_texts[code], TEXT_NONE, NULL, &out);
	buffer_string(&out, ",\"data\":{}}");
	observe_refusal(problem_texts[code].status);
	return buffer_view(&out);
}

struct text respond_farewell(enum problem_code code)
{
	struct arena *arena = arena_new(4096);
	struct text body = lone_problem(arena, code);
	int status = problem_texts[code].status, len;
	char *out;

	len = asprintf(&out,
	        "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Type: " PROBLEM_TYPE
	        "\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n%s\r\n%.*s",
	        status, reason_of(status), body.len, status == 503 ? "Retry-After: 1\r\n" : "", (int)body.len,
	        body.data);
	if (len < 0)
		abort(); /* out of memory */
	arena_free(&arena);
	return (struct text){ out, (size_t)len };
}

struct replaced {
	h2o_ostream_t super;
	h2o_iovec_t body;
};

static void send_replaced(
        h2o_ostream_t *self, h2o_req_t *req, h2o_iovec_t *theirs, size_t count, h2o_send_state_t state)
{
	struct replaced *replaced = (struct replaced *)self;

	(void)theirs;
	h2o_ostream_send_next(self, req, &replaced->body, count ? 1 : 0, state);
}

static void replace(h2o_filter_t *filter, h2o_req_t *req, h2o_ostream_t **slot)
{
	enum problem_code code = req->res.status == 413 ? PROBLEM_BODY_TOO_LARGE : PROBLEM_MALFORMED_REQUEST;
	struct replaced *replaced = (struct replaced *)h2o_add_ostream(req, sizeof *replaced, slot);
	struct arena *arena = arena_new(4096);
	struct text body = lone_problem(arena, code);

	(void)filter;
	replaced->super.do_send = send_replaced;
	replaced->body = h2o_strdup(&req->pool, body.data, body.len);
	arena_free(&arena);
	req->res.status = problem_texts[code].status;
	req->res.reason = reason_of(req->res.status);
	req->res.content_length = replaced->body.len;
	memset(&req->res.headers, 0, sizeof req->res.headers);
	h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, H2O_STRLIT(PROBLEM_TYPE));
	add_security(req, NOTHING_LOADED);
}

/* Its own refusals belong to the path for what has none. */
void respond_for_h2o(h2o_hostconf_t *host)
{
	h2o_create_filter(&host->fallback_path, sizeof(h2o_filter_t))->on_setup_ostream = replace;
}
