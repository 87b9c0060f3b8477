/* routes.c - see routes.h. */
#include "ingress/routes.h"

#include <string.h>
#include "base/probe.h"
#include "ingress/account/accounts.h"
#include "ingress/command/bulk.h"
#include "ingress/http/cors.h"
#include "ingress/http/headers.h"
#include "ingress/openapi/openapi.h"
#include "ingress/read/reads.h"
#include "ingress/http/respond.h"
#include "ingress/account/sessions.h"
#include "ingress/command/status.h"
#include "ingress/command/submit.h"

static void answer_health(struct call *call, const struct captures *captures)
{
	struct buffer out;

	(void)captures;
	buffer_init(&out, call->arena, 1024);
	probe_render_health(&out);
	respond_plain(call, probe_ready() ? 200 : 503, "application/json; charset=utf-8", buffer_view(&out));
}

static void answer_live(struct call *call, const struct captures *captures)
{
	(void)captures;
	respond_plain(call, 200, "application/json; charset=utf-8",
	        TEXT("{\"success\":true,\"status\":\"alive\",\"message\":\"OK\"}"));
}

#define SESSION_PROBLEMS PROBLEM_AUTH_ACCOUNT_DISABLED, PROBLEM_SERVICE_UNAVAILABLE

const struct special_route special_routes[] = {
	{ POST, "/auth/register", accounts_register, "register", "session", "Open an account, and a session",
	        .status = 201, .data = "Session", .body = "account_register",
	        .problems = { PROBLEM_USER_ALREADY_EXISTS, PROBLEM_BODY_TOO_LARGE, PROBLEM_SERVICE_UNAVAILABLE } },
	{ POST, "/auth/login", accounts_login, "login", "session", "Open a session", .status = 200, .data = "Session",
	        .body = "account_login",
	        .problems = { PROBLEM_AUTH_INVALID_CREDENTIALS, PROBLEM_BODY_TOO_LARGE, SESSION_PROBLEMS } },
	{ POST, "/auth/refresh", sessions_refresh, "refresh", "session",
	        "Exchange the refresh token, of the body or of the cookie, for new tokens", .status = 200,
	        .data = "Session", .body = "account_refresh",
	        .problems = { PROBLEM_AUTH_TOKEN_MISSING, PROBLEM_AUTH_TOKEN_INVALID, SESSION_PROBLEMS } },
	{ POST, "/auth/logout", sessions_logout, "logout", "session", "Close this session", .signed_in = true,
	        .status = 200, .data = "Nothing", .problems = { PROBLEM_SERVICE_UNAVAILABLE } },
	{ POST, "/auth/logout-all", sessions_logout_all, "logoutAll", "session", "Close every session of the account",
	        .signed_in = true, .status = 200, .data = "Nothing", .problems = { PROBLEM_SERVICE_UNAVAILABLE } },
	{ GET, "/auth/verify", sessions_verify, "verify", "session", "Whether the token is good, and whose it is",
	        .signed_in = true, .lifts = true, .status = 200, .data = "Verified", .problems = { SESSION_PROBLEMS } },
	{ POST, "/auth/verify", sessions_verify, "verifyPost", "session", "The same, for clients that cannot GET",
	        .signed_in = true, .lifts = true, .status = 200, .data = "Verified", .problems = { SESSION_PROBLEMS } },
	{ GET, "/verify", sessions_verify, "verifyShort", "session", "The same, by a shorter path", .signed_in = true,
	        .lifts = true, .status = 200, .data = "Verified", .problems = { SESSION_PROBLEMS } },
	{ POST, "/tickets/bulk", bulk_submit, "ticketBulk", "ticket", "One action on 1 to 100 tickets",
	        .signed_in = true, .commands = true, .status = 200, .data = "BulkResults", .body = "BulkRequest",
	        .example = "{\"action\":\"comment\",\"ticketIds\":[\"01a1fd58-4037-7b51-8275-9e8082d1c2d5\"],"
	                   "\"content\":\"A new printer is on its way.\"}",
	        .problems = { PROBLEM_BODY_TOO_LARGE } },
	{ GET, "/commands/{command}", status_answer, "commandState", "command",
	        "What became of a command; its name is the end of its statusUrl", .status = 200, .data = "CommandState",
	        .example =
	                "01a1fd58-4037-7b51-8275-9e8082d1c2d5.01a1fd5840027dbd90e588c46df4ea8600112233445566776a5b2c3d"
	                "00112233445566778899aabbccddeeff",
	        .problems = { PROBLEM_NOT_FOUND, PROBLEM_SERVICE_UNAVAILABLE } },
	{ GET, "/openapi.json", openapi_answer, "openapi", "description", "This document", .bare = true, .tagged = true,
	        .status = 200, .data = "{any}", .problems = { PROBLEM_SERVICE_UNAVAILABLE } },
	{ GET, "/health", answer_health, "health", "probe", "Whether the service is ready, part by part", .bare = true,
	        .unready = true, .status = 200, .data = "Health" },
	{ GET, "/ready", answer_health, "ready", "probe", "Whether the service is ready", .bare = true, .unready = true,
	        .status = 200, .data = "Health" },
	{ GET, "/live", answer_live, "live", "probe", "Whether the process runs", .bare = true, .status = 200,
	        .data = "Alive" },
};
const int special_route_count = sizeof special_routes / sizeof *special_routes;

static struct text next_segment(struct text *rest)
{
	const char *slash;
	struct text segment;

	if (rest->len && rest->data[0] == '/')
		*rest = (struct text){ rest->data + 1, rest->len - 1 };
	slash = rest->len ? memchr(rest->data, '/', rest->len) : NULL;
	segment = (struct text){ rest->data, slash ? (size_t)(slash - rest->data) : rest->len };
	*rest = (struct text){ rest->data + segment.len, rest->len - segment.len };
	return segment;
}

bool route_fits(const char *pattern, struct text path, struct captures *out)
{
	struct text wanted = text_of(pattern);

	out->count = 0;
	while (wanted.len && path.len) {
		struct text want = next_segment(&wanted), have = next_segment(&path);

		if (want.len > 2 && want.data[0] == '{') {
			if (!have.len || out->count == CAPTURES_MAX)
				return false;
			out->items[out->count].name = (struct text){ want.data + 1, want.len - 2 };
			out->items[out->count++].value = have;
		} else if (!text_equal(want, have)) {
			return false;
		}
	}
	return !wanted.len && !path.len;
}

/* What comes with a request is JSON and says so, or the request is answered here. */
static bool refuse_type(struct call *call)
{
	struct text rest = call_header(call, "content-type"), type;

	if (!call_body(call).len)
		return false;
	if (headers_next(&rest, ';', &type) && text_equal_nocase(type, TEXT("application/json")))
		return false;
	respond_problem(call, PROBLEM_UNSUPPORTED_MEDIA_TYPE, TEXT("send application/json"), NULL);
	return true;
}

/* Each try answers the call and returns true, or notes the verbs by which the path is known, a bit each. */
static bool try_special(struct call *call, unsigned *verbs)
{
	struct captures captures;

	for (int i = 0; i < special_route_count; i++) {
		if (!route_fits(special_routes[i].path, call->path, &captures))
			continue;
		*verbs |= 1u << special_routes[i].verb;
		if (special_routes[i].verb != call->verb)
			continue;
		if (!refuse_type(call))
			special_routes[i].answer(call, &captures);
		return true;
	}
	return false;
}

/* A literal segment goes before a captured one: /tickets/stats is no ticket. */
static bool try_read(struct call *call, unsigned *verbs)
{
	struct captures captures, best_captures = { 0 };
	int best = -1;

	for (int i = 0; i < READ_COUNT; i++) {
		if (!route_fits(reads[i].path, call->path, &captures) ||
		        (best >= 0 && captures.count >= best_captures.count))
			continue;
		best = i;
		best_captures = captures;
	}
	*verbs |= best >= 0 ? 1u << GET : 0;
	if (best < 0 || call->verb != GET)
		return false;
	reads_answer(call, &reads[best], &best_captures);
	return true;
}

static bool try_command(struct call *call, unsigned *verbs)
{
	struct captures captures;

	for (int i = 0; i < route_count; i++) {
		if (!route_fits(routes[i].path, call->path, &captures))
			continue;
		*verbs |= 1u << routes[i].verb;
		if (call->verb != routes[i].verb)
			continue;
		if (!refuse_type(call))
			submit_command(call, &routes[i], &captures);
		return true;
	}
	return false;
}

/* RFC 9110 section 10.2.1. */
static void refuse_verb(struct call *call, unsigned verbs)
{
	static const char *const words[VERB_COUNT] = { "GET, HEAD, ", "POST, ", "PUT, ", "PATCH, ", "DELETE, " };
	struct buffer allow;

	buffer_init(&allow, call->arena, 64);
	for (int v = 0; v < VERB_COUNT; v++)
		buffer_string(&allow, verbs & 1u << v ? words[v] : "");
	buffer_string(&allow, "OPTIONS");
	respond_header(call, "allow", buffer_view(&allow));
	respond_problem(call, PROBLEM_METHOD_NOT_ALLOWED, TEXT_NONE, NULL);
}

static bool refuse_repeated(struct call *call)
{
	const char *name = call_repeated_header(call);
	struct problems problems = { 0 };

	if (!name)
		return false;
	problem_add(&problems, "", "duplicate", "the header %s is given twice", name);
	respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
	return true;
}

void routes_dispatch(struct call *call)
{
	unsigned verbs = 0;

	if (refuse_repeated(call) || cors_preflight(call))
		return;
	cors_allow(call);
	if (try_special(call, &verbs) || try_read(call, &verbs) || try_command(call, &verbs))
		return;
	if (verbs)
		refuse_verb(call, verbs);
	else
		respond_problem(call, PROBLEM_ENDPOINT_NOT_FOUND, TEXT_NONE, NULL);
}
