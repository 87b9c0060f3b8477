/* respond.c - see respond.h. */
#include "ingress/respond.h"

#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

static struct metric responses = {
	.name = "guichet_http_responses_total", .labels = "", .kind = METRIC_COUNTER, .help = "Answers to HTTP requests"
};
static struct metric failures = {
	.name = "guichet_http_failures_total", .labels = "", .kind = METRIC_COUNTER, .help = "Answers with a 5xx status"
};
static struct metric duration = { .name = "guichet_http_request_seconds",
	.labels = "",
	.kind = METRIC_HISTOGRAM,
	.help = "From a request's arrival to its answer" };

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
		{ 304, "Not Modified" }, { 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" }, { 409, "Conflict" },
		{ 412, "Precondition Failed" }, { 413, "Content Too Large" }, { 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" }, { 429, "Too Many Requests" }, { 503, "Service Unavailable" } };

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Internal Server Error";
}

static void observe(const struct call *call, int status)
{
	metric_add(&responses, 1);
	metric_add(&failures, status >= 500);
	metric_observe_us(&duration, clock_unix_us() - call->started_us);
	log_context(call->request_id, NULL, TEXT_NONE);
	log_info("answered", LOG_VIEW("path", call->path), LOG_INT("status", status),
	        LOG_INT("us", clock_unix_us() - call->started_us));
	log_context_clear();
}

static void send_body(struct call *call, int status, const char *content_type, struct text body)
{
	static h2o_generator_t generator;
	h2o_req_t *req = call->req;
	bool head;
	h2o_iovec_t content;

	if (!req)
		return;
	observe(call, status);
	respond_header(call, "x-request-id", call->request_id);
	respond_header(call, "traceparent", call->traceparent);
	respond_header(call, "x-content-type-options", TEXT("nosniff"));
	head = h2o_memis(req->method.base, req->method.len, H2O_STRLIT("HEAD"));
	content = h2o_strdup(&req->pool, body.len ? body.data : "", body.len);
	call->req = NULL; /* from here on the answer is h2o's */
	req->res.status = status;
	req->res.reason = reason_of(status);
	req->res.content_length = body.len;
	if (body.len)
		h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, content_type,
		        strlen(content_type));
	h2o_start_response(req, &generator);
	h2o_send(req, &content, head || !body.len ? 0 : 1, H2O_SEND_STATE_FINAL);
}

void respond_plain(struct call *call, int status, const char *content_type, struct text body)
{
	respond_header(call, "cache-control", TEXT("no-store"));
	send_body(call, status, content_type, body);
}

/* --- success --------------------------------------------------------------------- */
static void set_etag(struct call *call, struct text etag)
{
	if (etag.data)
		respond_header(call, "etag", text_of(arena_printf(call->arena, "\"%.*s\"", (int)etag.len, etag.data)));
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
	if (s->ignored.len) {
		buffer_json_name(&out, "meta");
		buffer_string(&out, "{");
		buffer_json_member_raw(&out, "ignored", s->ignored);
		buffer_string(&out, "}");
	}
	if (call->lifts && data.len > 2 && data.data[0] == '{') {
		buffer_string(&out, ",");
		buffer_append(&out, data.data + 1, data.len - 2);
	}
	buffer_string(&out, "}");
	set_etag(call, s->etag);
	respond_header(call, "location", s->location);
	respond_header(call, "cache-control", s->etag.data ? TEXT("private, no-cache") : TEXT("no-store"));
	send_body(call, s->status, "application/json; charset=utf-8", buffer_view(&out));
}

void respond_not_modified(struct call *call, struct text etag)
{
	set_etag(call, etag);
	send_body(call, 304, "", TEXT_NONE);
}

void respond_document(struct call *call, const char *content_type, struct text body, struct text etag)
{
	struct text known = call_header(call, "if-none-match");

	respond_header(call, "cache-control", TEXT("public, max-age=300"));
	if (text_equal(known, TEXT("*")) || (known.len && memmem(known.data, known.len, etag.data, etag.len))) {
		respond_not_modified(call, etag);
		return;
	}
	set_etag(call, etag);
	send_body(call, 200, content_type, body);
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
	send_body(call, text->status, "application/problem+json; charset=utf-8", buffer_view(out));
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

	if (pointer.len > 1)
		problem_add(&problems, text_dup(call->arena, (struct text){ pointer.data + 1, pointer.len - 1 }),
		        "value", "%.*s", (int)detail.len, detail.data ? detail.data : "");
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
