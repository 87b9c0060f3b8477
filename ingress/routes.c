/* routes.c - see routes.h. */
#include "ingress/routes.h"

#include <string.h>
#include "base/metrics.h"
#include "base/probe.h"
#include "ingress/accounts.h"
#include "ingress/bulk.h"
#include "ingress/cors.h"
#include "ingress/reads.h"
#include "ingress/respond.h"
#include "ingress/sessions.h"
#include "ingress/status.h"
#include "ingress/submit.h"

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

static void answer_metrics(struct call *call, const struct captures *captures)
{
	struct buffer out;

	(void)captures;
	buffer_init(&out, call->arena, 8192);
	metrics_render(&out);
	respond_plain(call, 200, "text/plain; version=0.0.4; charset=utf-8", buffer_view(&out));
}

/* What is neither a command nor a read: credentials, the state of a command, probes. */
static const struct {
	enum verb verb;
	const char *path;
	void (*answer)(struct call *call, const struct captures *captures);
} special_routes[] = {
	{ POST, "/auth/register", accounts_register },
	{ POST, "/auth/login", accounts_login },
	{ POST, "/auth/refresh", sessions_refresh },
	{ POST, "/auth/logout", sessions_logout },
	{ POST, "/auth/logout-all", sessions_logout_all },
	{ GET, "/auth/verify", sessions_verify },
	{ POST, "/auth/verify", sessions_verify },
	{ GET, "/verify", sessions_verify },
	{ POST, "/tickets/bulk", bulk_submit },
	{ GET, "/commands/{id}", status_answer },
	{ GET, "/health", answer_health },
	{ GET, "/ready", answer_health },
	{ GET, "/live", answer_live },
	{ GET, "/metrics", answer_metrics },
};

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

/* Each try answers the call and returns true, or notes that the path is known by another verb. */
static bool try_special(struct call *call, bool *known)
{
	struct captures captures;

	for (size_t i = 0; i < sizeof special_routes / sizeof *special_routes; i++) {
		if (!route_fits(special_routes[i].path, call->path, &captures))
			continue;
		*known = true;
		if (special_routes[i].verb != call->verb)
			continue;
		special_routes[i].answer(call, &captures);
		return true;
	}
	return false;
}

/* A literal segment goes before a captured one: /tickets/stats is no ticket. */
static bool try_read(struct call *call, bool *known)
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
	*known = *known || best >= 0;
	if (best < 0 || call->verb != GET)
		return false;
	reads_answer(call, &reads[best], &best_captures);
	return true;
}

static bool try_command(struct call *call, bool *known)
{
	struct captures captures;

	for (int i = 0; i < route_count; i++) {
		if (!route_fits(routes[i].path, call->path, &captures))
			continue;
		*known = true;
		if (call->verb != routes[i].verb)
			continue;
		submit_command(call, &routes[i], &captures);
		return true;
	}
	return false;
}

void routes_dispatch(struct call *call)
{
	bool known = false;

	if (cors_preflight(call))
		return;
	cors_allow(call);
	if (try_special(call, &known) || try_read(call, &known) || try_command(call, &known))
		return;
	respond_problem(call, known ? PROBLEM_METHOD_NOT_ALLOWED : PROBLEM_ENDPOINT_NOT_FOUND, TEXT_NONE, NULL);
}
