/* respond.c - see respond.h. */
#include "ingress/respond.h"

#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

/* Every code a client can see: status, title (RFC 9457), and what is said to a person. */
static const struct problem_text {
	const char *code;
	int status;
	const char *title, *fr, *en;
} problem_texts[] = {
	{ "VALIDATION_ERROR", 400, "Invalid input", "Données invalides", "Invalid data" },
	{ "AUTH_TOKEN_MISSING", 401, "Authentication required", "Token d'authentification manquant",
		"Authentication token missing" },
	{ "AUTH_TOKEN_INVALID", 401, "Invalid token", "Token invalide", "Invalid token" },
	{ "AUTH_TOKEN_EXPIRED", 401, "Expired token", "Token expiré ou invalide", "Expired token" },
	{ "AUTH_INVALID_CREDENTIALS", 401, "Invalid credentials", "Email ou mot de passe incorrect",
		"Wrong e-mail or password" },
	{ "AUTH_ACCOUNT_DISABLED", 403, "Account disabled", "Compte désactivé", "Account disabled" },
	{ "INSUFFICIENT_PERMISSIONS", 403, "Forbidden", "Permissions insuffisantes", "Insufficient permissions" },
	{ "TICKET_ACCESS_DENIED", 403, "Forbidden", "Accès à ce ticket refusé", "Access to this ticket denied" },
	{ "NOT_FOUND", 404, "Not found", "Ressource non trouvée", "Not found" },
	{ "ENDPOINT_NOT_FOUND", 404, "Not found", "Endpoint non trouvé", "Endpoint not found" },
	{ "TICKET_NOT_FOUND", 404, "Not found", "Ticket non trouvé", "Ticket not found" },
	{ "METHOD_NOT_ALLOWED", 405, "Method not allowed", "Méthode non autorisée", "Method not allowed" },
	{ "USER_ALREADY_EXISTS", 409, "Conflict", "Un compte avec cet email existe déjà",
		"An account with this e-mail exists already (existe déjà)" },
	{ "INVALID_TRANSITION", 409, "Conflict", "Transition impossible", "Transition refused" },
	{ "BODY_TOO_LARGE", 413, "Content too large", "Requête trop volumineuse", "Request too large" },
	{ "UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported media type", "Type de contenu non pris en charge",
		"Unsupported content type" },
	{ "IDEMPOTENCY_KEY_REUSED", 422, "Idempotency key reused",
		"Cette clé d'idempotence a servi à une autre requête", "This idempotency key was used for another request" },
	{ "DEAD_LETTER", 500, "Not applied", "La demande n'a pas pu être appliquée ; un opérateur doit la traiter",
		"The request could not be applied and waits for an operator" },
	{ "NOT_ACCEPTED", 503, "Not accepted", "Demande non acceptée. Réessayez.",
		"The request was not accepted. Try again." },
	{ "OUTCOME_UNKNOWN", 503, "Outcome unknown", "Issue inconnue : vérifiez l'état de la commande",
		"Outcome unknown: ask for the command's state" },
	{ "SERVICE_UNAVAILABLE", 503, "Service unavailable", "Service temporairement indisponible",
		"Service temporarily unavailable" },
	{ "INTERNAL_ERROR", 500, "Internal error", "Erreur interne", "Internal error" },
};

/* What is said when all went well; French is the key. */
static const struct {
	const char *fr, *en;
} success_texts[] = {
	{ "OK", "OK" },
	{ "Compte créé avec succès", "Account created" },
	{ "Connexion réussie", "Signed in" },
	{ "Ticket créé avec succès", "Ticket created" },
	{ "Commentaire ajouté avec succès", "Comment added" },
	{ "Demande acceptée", "Accepted" },
};

static struct metric responses = { .name = "guichet_http_responses_total", .labels = "", .kind = METRIC_COUNTER,
	.help = "Answers to HTTP requests" };
static struct metric failures = { .name = "guichet_http_failures_total", .labels = "", .kind = METRIC_COUNTER,
	.help = "Answers with a 5xx status" };
static struct metric duration = { .name = "guichet_http_request_seconds", .labels = "", .kind = METRIC_HISTOGRAM,
	.help = "From a request's arrival to its answer" };

void respond_header(struct call *call, const char *name, struct text value)
{
	h2o_iovec_t copy;

	if (!call->req || !value.data)
		return;
	copy = h2o_strdup(&call->req->pool, value.data, value.len);
	h2o_add_header_by_str(&call->req->pool, &call->req->res.headers, name, strlen(name), 1, NULL, copy.base, copy.len);
}

static const char *reason_of(int status)
{
	switch (status) {
	case 200: return "OK";
	case 201: return "Created";
	case 202: return "Accepted";
	case 204: return "No Content";
	case 304: return "Not Modified";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 409: return "Conflict";
	case 503: return "Service Unavailable";
	default: return status < 500 ? "Refused" : "Failed";
	}
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
static const char *say(const struct call *call, const char *message)
{
	for (size_t i = 0; i < sizeof success_texts / sizeof *success_texts; i++)
		if (!strcmp(success_texts[i].fr, message))
			return call->language == LANGUAGE_EN ? success_texts[i].en : message;
	return message;
}

static void set_etag(struct call *call, struct text etag)
{
	if (etag.data)
		respond_header(call, "etag", text_of(arena_printf(call->arena, "\"%.*s\"", (int)etag.len, etag.data)));
}

void respond_success(struct call *call, const struct success *s)
{
	struct buffer out;

	buffer_init(&out, call->arena, s->data.len + s->pagination.len + 256);
	buffer_string(&out, "{\"success\":true");
	buffer_json_member(&out, "message", text_of(say(call, s->message)));
	buffer_json_member_raw(&out, "data", s->data.len ? s->data : TEXT("{}"));
	if (s->pagination.len)
		buffer_json_member_raw(&out, "pagination", s->pagination);
	if (call->lifts && s->data.len > 2 && s->data.data[0] == '{') {
		buffer_string(&out, ",");
		buffer_append(&out, s->data.data + 1, s->data.len - 2);
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

/* --- problems -------------------------------------------------------------------- */
static const struct problem_text *find_text(const char *code)
{
	const size_t count = sizeof problem_texts / sizeof *problem_texts;

	for (size_t i = 0; i < count; i++)
		if (!strcmp(problem_texts[i].code, code))
			return &problem_texts[i];
	return &problem_texts[count - 1];
}

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
	const char *said = call->language == LANGUAGE_EN ? text->en : text->fr;
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
	buffer_json_member(out, "code", text_of(text->code));
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

void respond_problem(struct call *call, const char *code, struct text detail, const struct problems *problems)
{
	const struct problem_text *text = find_text(code);
	struct buffer out;

	buffer_init(&out, call->arena, 1024);
	write_problem(call, text, detail, problems, &out);
	buffer_string(&out, ",\"data\":{}}");
	send_problem(call, text, &out);
}

void respond_problem_at(struct call *call, const char *code, struct text detail, struct text pointer)
{
	struct problems problems = { 0 };

	if (pointer.len > 1)
		problem_add(&problems, text_dup(call->arena, (struct text){ pointer.data + 1, pointer.len - 1 }), "value",
			"%.*s", (int)detail.len, detail.data ? detail.data : "");
	respond_problem(call, code, detail, pointer.len > 1 ? &problems : NULL);
}

void respond_unknown_outcome(struct call *call, struct text status_url)
{
	const struct problem_text *text = find_text("OUTCOME_UNKNOWN");
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
