/* cors.c - see cors.h. */
#include "ingress/http/cors.h"

#include <string.h>
#include "ingress/http/respond.h"

static const char *origins;

struct setting cors_settings[] = {
	{ "CORS_ORIGIN", SETTING_TEXT, &origins, "", .min = 0, .max = 2048,
	        .help = "origins whose pages may call the API, commas between; empty: none" },
	{ 0 },
};

static bool is_allowed(struct text origin)
{
	struct text rest = text_of(origins);

	while (rest.len) {
		const char *comma = memchr(rest.data, ',', rest.len);
		size_t len = comma ? (size_t)(comma - rest.data) : rest.len;

		if (text_equal(text_trim((struct text){ rest.data, len }), origin))
			return true;
		rest = comma ? (struct text){ comma + 1, rest.len - len - 1 } : TEXT_NONE;
	}
	return false;
}

/* The host of the origin is the one that was asked, whatever the scheme: TLS may end before us. */
bool cors_is_ours(const struct call *call)
{
	struct text origin = call_header(call, "origin"),
	            host = { call->req ? call->req->authority.base : NULL, call->req ? call->req->authority.len : 0 };
	const char *at = origin.len ? memmem(origin.data, origin.len, "://", 3) : NULL;

	if (!origin.len || is_allowed(origin))
		return true;
	return at && text_equal_nocase((struct text){ at + 3, origin.len - (size_t)(at + 3 - origin.data) }, host);
}

void cors_allow(struct call *call)
{
	struct text origin = call_header(call, "origin");

	if (*origins)
		respond_header(call, "vary", TEXT("origin"));
	if (!origin.len || !is_allowed(origin))
		return;
	respond_header(call, "access-control-allow-origin", origin);
	respond_header(call, "access-control-allow-credentials", TEXT("true"));
	respond_header(call, "access-control-expose-headers",
	        TEXT("etag, location, x-request-id, retry-after, ratelimit-limit, "
	             "ratelimit-remaining, ratelimit-reset, ratelimit-policy"));
}

bool cors_preflight(struct call *call)
{
	if (!call->req || !h2o_memis(call->req->method.base, call->req->method.len, H2O_STRLIT("OPTIONS")))
		return false;
	cors_allow(call);
	respond_header(call, "access-control-allow-methods", TEXT("GET, POST, PUT, PATCH, DELETE"));
	respond_header(call, "access-control-allow-headers",
	        TEXT("authorization, content-type, idempotency-key, if-match, if-none-match, prefer, traceparent, "
	             "x-request-id"));
	respond_header(call, "access-control-max-age", TEXT("600"));
	respond_plain(call, 204, "", TEXT_NONE);
	return true;
}
