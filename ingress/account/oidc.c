/* oidc.c - see oidc.h. OpenID Connect Core 1.0, RFC 9207, RFC 9700. */
#include "ingress/account/oidc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/base64url.h"
#include "base/clock.h"
#include "base/log.h"
#include "ingress/account/federation.h"
#include "ingress/account/oidc_provider.h"
#include "ingress/account/oidc_token.h"
#include "ingress/account/policy.h"
#include "ingress/account/sessions.h"
#include "ingress/account/tries.h"
#include "ingress/http/action.h"
#include "ingress/http/crew.h"
#include "ingress/http/headers.h"

#define THREADS 4
#define QUEUE_MAX 64
#define DRAWN_BYTES 32
#define LASTS_S 600
#define CALL_MS 14000 /* three questions to the provider, each of which has its limit */
#define COOKIE "oidcWay"
#define COOKIE_OF_HOST "__Host-oidcWay"
#define MAC_LETTERS 64

static struct crew crew = CREW(crew, .thread = "oidc", .most = QUEUE_MAX);

/* A question to the provider. It has an arena of its own, which outlives the call's answer. */
struct question {
	struct crew_job job; /* first: its call back leads here */
	struct arena *arena;
	struct oidc_way way;
	struct text return_to, code, named;
	/* Found out. */
	const char *address; /* on the way there */
	enum oidc_fate fate; /* on the way back */
	const char *why;
	json_t *claims;
};

void oidc_start(void)
{
	oidc_provider_start();
	if (oidc_provider_is_set())
		crew_start(&crew, THREADS);
}

static struct question *question_new(void)
{
	struct question *q = calloc(1, sizeof *q);

	if (!q)
		abort(); /* out of memory */
	q->arena = arena_new(8192);
	return q;
}

static void question_free(struct question *q)
{
	json_decref(q->claims);
	arena_free(&q->arena);
	free(q);
}

static void answer_away(struct call *call, void *unused)
{
	(void)unused;
	respond_problem(call, PROBLEM_AUTH_PROVIDER_UNAVAILABLE, TEXT_NONE, NULL);
}

static void ask_provider(struct call *call, struct question *q, void (*work)(struct crew_job *job),
        void (*then)(struct call *call, struct crew_job *job))
{
	q->job.work = work;
	q->job.then = then;
	call_limit(call, call->began_ms + CALL_MS, answer_away, NULL);
	if (crew_run(&crew, call, &q->job))
		return;
	question_free(q);
	respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
}

static bool require_provider(struct call *call)
{
	if (!oidc_provider_is_set())
		respond_problem(call, PROBLEM_NOT_FOUND, TEXT_NONE, NULL);
	return oidc_provider_is_set();
}

/* The address has a code in it, or leads to one. */
static void redirect(struct call *call, struct text to)
{
	respond_header(call, "location", to);
	respond_header(call, "referrer-policy", TEXT("no-referrer"));
	respond_plain(call, 302, "text/plain; charset=utf-8", TEXT(""));
}

/* --- the cookie ---------------------------------------------------------------------------------- */
static struct text mac_of(struct arena *arena, struct text data)
{
	uint8_t key[32], mac[32];
	char *out = arena_alloc(arena, MAC_LETTERS + 1);

	principal_key("oidc way", key);
	principal_mac(key, data, mac);
	text_hex(mac, sizeof mac, out);
	return (struct text){ out, MAC_LETTERS };
}

static void set_cookie(struct call *call, struct text value, int ttl_s)
{
	bool of_host = policy_is_production();

	respond_header(call, "set-cookie",
	        text_of(arena_printf(call->arena, "%s=%.*s; HttpOnly; SameSite=Lax; Path=/; Max-Age=%d%s",
	                of_host ? COOKIE_OF_HOST : COOKIE, (int)value.len, value.data, ttl_s,
	                of_host || call_is_secure(call) ? "; Secure" : "")));
}

/* <until> <state> <nonce> <verifier> <path>, and its MAC before it. */
static void give_way(struct call *call, const struct question *q)
{
	const char *said =
	        arena_printf(call->arena, "%lld %.*s %.*s %.*s %.*s", (long long)(clock_unix_ms() / 1000 + LASTS_S),
	                (int)q->way.state.len, q->way.state.data, (int)q->way.nonce.len, q->way.nonce.data,
	                (int)q->way.verifier.len, q->way.verifier.data, (int)q->return_to.len, q->return_to.data);
	struct text letters = base64url_write(call->arena, said, strlen(said));
	struct text mac = mac_of(call->arena, letters);

	set_cookie(call,
	        text_of(arena_printf(call->arena, "%.*s%.*s", (int)mac.len, mac.data, (int)letters.len, letters.data)),
	        LASTS_S);
}

/* What the cookie says if it is ours; TEXT_NONE: it is not, or there is none. */
static struct text read_cookie(struct call *call, struct arena *arena)
{
	struct text cookie =
	        headers_cookie(call_headers(call, "cookie"), text_of(policy_is_production() ? COOKIE_OF_HOST : COOKIE));
	struct text mac, letters;
	size_t len;
	char *said;

	if (cookie.len <= MAC_LETTERS)
		return TEXT_NONE;
	mac = (struct text){ cookie.data, MAC_LETTERS };
	letters = (struct text){ cookie.data + MAC_LETTERS, cookie.len - MAC_LETTERS };
	len = letters.len * 3 / 4;
	said = arena_alloc(arena, len + 1);
	if (!text_equal_secret(mac, mac_of(call->arena, letters)) || !base64url_read(letters, said, len))
		return TEXT_NONE;
	return (struct text){ said, len };
}

/* The way that this browser has begun, in the arena; false: none, or too long ago. */
static bool take_way(struct call *call, struct arena *arena, struct oidc_way *out_way, struct text *out_return_to)
{
	struct text rest = read_cookie(call, arena), until_text;
	int64_t until;

	return headers_next(&rest, ' ', &until_text) && text_to_int(until_text, &until) &&
	       until > clock_unix_ms() / 1000 && headers_next(&rest, ' ', &out_way->state) &&
	       headers_next(&rest, ' ', &out_way->nonce) && headers_next(&rest, ' ', &out_way->verifier) &&
	       headers_next(&rest, ' ', out_return_to);
}

/* --- the way there --------------------------------------------------------------------------------- */
static struct text draw(struct arena *arena)
{
	uint8_t drawn[DRAWN_BYTES];

	if (getrandom(drawn, sizeof drawn, 0) != sizeof drawn)
		abort();
	return base64url_write(arena, drawn, sizeof drawn);
}

/* A path of this host, whatever a browser makes of it (WHATWG URL: a backslash is a slash). */
static bool is_own_path(struct text path)
{
	if (!path.len || path.data[0] != '/' || (path.len > 1 && path.data[1] == '/'))
		return false;
	for (size_t i = 0; i < path.len; i++)
		if (path.data[i] <= ' ' || path.data[i] >= 0x7f || strchr("\\\"<>", path.data[i]))
			return false;
	return true;
}

static void find_address(struct crew_job *job)
{
	struct question *q = (struct question *)job;

	q->address = oidc_provider_address(q->arena, &q->way);
}

static void on_address(struct call *call, struct crew_job *job)
{
	struct question *q = (struct question *)job;

	if (q->address) {
		give_way(call, q);
		redirect(call, text_copy(call->arena, text_of(q->address)));
	} else {
		answer_away(call, NULL);
	}
	question_free(q);
}

void oidc_login(struct call *call, const struct oidc_login *form)
{
	struct question *q;

	if (!require_provider(call))
		return;
	if (form->return_to.data && !is_own_path(form->return_to)) {
		struct problems problems = { 0 };

		problem_add(&problems, "returnTo", "format", "must be a path of this host");
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
		return;
	}
	q = question_new();
	q->return_to = text_copy(q->arena, form->return_to.data ? form->return_to : TEXT("/"));
	q->way = (struct oidc_way){ draw(q->arena), draw(q->arena), draw(q->arena) };
	ask_provider(call, q, find_address, on_address);
}

/* --- and back --------------------------------------------------------------------------------------- */
static void refuse(struct call *call, const char *why)
{
	log_notice("a sign-in by OpenID Connect is refused", LOG_TEXT("reason", why));
	set_cookie(call, TEXT(""), 0);
	respond_problem(call, PROBLEM_AUTH_SIGN_IN_REFUSED, text_of(why), NULL);
}

static enum account_role role_of(const json_t *claims)
{
	const json_t *groups = json_object_get(claims, oidc_provider_role_claim());
	const char *map = oidc_provider_role_map();
	enum account_role role = federation_role(map, 0, oidc_member(claims, oidc_provider_role_claim()));

	for (size_t i = 0; i < json_array_size(groups); i++) {
		const json_t *group = json_array_get(groups, i);

		if (json_is_string(group))
			role = federation_role(map, role, text_of(json_string_value(group)));
	}
	return role;
}

/* Some say it as a word. */
static bool is_true(const json_t *value)
{
	return json_is_true(value) || (json_is_string(value) && !strcmp(json_string_value(value), "true"));
}

static struct federated *read_person(struct call *call, const struct question *q)
{
	struct federated *person = ARENA_NEW(call->arena, struct federated);
	struct text email = oidc_member(q->claims, "email");

	person->issuer = oidc_provider_issuer();
	person->subject = text_copy(call->arena, oidc_member(q->claims, "sub"));
	if (email.len)
		person->email = text_copy(call->arena, email);
	person->first_name = text_copy(call->arena, oidc_member(q->claims, "given_name"));
	person->last_name = text_copy(call->arena, oidc_member(q->claims, "family_name"));
	person->is_proven = is_true(json_object_get(q->claims, "email_verified"));
	person->role = role_of(q->claims);
	person->state = session_hash(call->arena, q->way.state);
	return person;
}

static void on_opened(struct call *call, const struct sign_in *sign_in)
{
	struct oidc_way way;
	struct text return_to;

	session_set_cookie(call, sign_in);
	redirect(call, take_way(call, call->arena, &way, &return_to) ? return_to : TEXT("/"));
}

static void on_known(struct call *call, const struct token_subject *subject)
{
	session_open_then(call, subject, &(struct proof){ .method = "oidc" }, on_opened);
}

static void on_exchanged(struct call *call, struct crew_job *job)
{
	struct question *q = (struct question *)job;

	if (!call->req) {
		log_debug("nobody waits for this sign-in any more");
	} else if (q->fate == OIDC_DONE) {
		set_cookie(call, TEXT(""), 0);
		federation_sign_in(call, read_person(call, q), on_known);
	} else if (q->fate == OIDC_AWAY) {
		answer_away(call, NULL);
	} else {
		refuse(call, q->why);
	}
	question_free(q);
}

static void exchange(struct crew_job *job)
{
	struct question *q = (struct question *)job;

	q->fate = oidc_provider_exchange(q->arena, &q->way, q->code, q->named, &q->claims, &q->why);
}

static void on_counted(struct call *call, void *state)
{
	const struct oidc_callback *form = state;
	struct question *q = question_new();

	if (!take_way(call, q->arena, &q->way, &q->return_to) || !text_equal_secret(q->way.state, form->state)) {
		refuse(call, "this browser has not begun it, or too long ago (state)");
	} else if (form->error.data || !form->code.len) {
		refuse(call, "the provider has refused it");
	} else {
		q->code = text_copy(q->arena, form->code);
		q->named = form->iss.data ? text_copy(q->arena, form->iss) : TEXT_NONE;
		ask_provider(call, q, exchange, on_exchanged);
		return;
	}
	question_free(q);
}

void oidc_callback(struct call *call, const struct oidc_callback *form)
{
	if (!require_provider(call))
		return;
	call_origin(call); /* while the client is there to be asked */
	tries_take(call, TEXT_NONE, on_counted, (void *)form);
}
