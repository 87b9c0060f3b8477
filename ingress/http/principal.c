/* principal.c - see principal.h. */
#include "ingress/http/principal.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/metrics.h"
#include "ingress/http/api_tokens.h"
#include "ingress/http/respond.h"
#include "ingress/http/revocations.h"
#include "queues/access_key.h"

#define ISSUER "guichet"
#define LEEWAY_S 30
#define KNOWN_TOKENS 1024
#define KNOWN_TOKEN_BYTES 768

static int64_t token_ttl_ms, refresh_ttl_ms, session_ttl_ms;

struct setting principal_settings[] = {
	{ "JWT_EXPIRES_IN", SETTING_DURATION, &token_ttl_ms, "24h", .min = 1000, .max = 30LL * 86400000,
	        .help = "how long an access token is good; one signed with a longer life is good no longer than this" },
	{ "REFRESH_TOKEN_EXPIRES_IN", SETTING_DURATION, &refresh_ttl_ms, "7d", .min = 60000, .max = 365LL * 86400000,
	        .help = "how long a refresh token is good" },
	{ "SESSION_MAX_AGE", SETTING_DURATION, &session_ttl_ms, "30d", .min = 60000, .max = 365LL * 86400000,
	        .help = "how long a session can be renewed, counted from the sign-in" },
	{ 0 },
};

int64_t principal_token_ttl_s(void)
{
	return token_ttl_ms / 1000;
}

int64_t principal_refresh_ttl_s(void)
{
	return refresh_ttl_ms / 1000;
}

int64_t principal_session_ttl_s(void)
{
	return session_ttl_ms / 1000;
}

static void hmac(struct text key, struct text data, uint8_t out[32])
{
	if (!HMAC(EVP_sha256(), key.data, (int)key.len, (const uint8_t *)data.data, data.len, out, NULL))
		abort();
}

void principal_key(const char *label, uint8_t out[32])
{
	hmac(access_secret(), text_of(label), out);
}

void principal_mac(const uint8_t key[32], struct text data, uint8_t out[32])
{
	hmac((struct text){ (const char *)key, 32 }, data, out);
}

/* userId is for older clients, which read it in place of sub. */
struct text principal_token(struct arena *arena, const struct token_subject *subject)
{
	int64_t now = clock_unix_ms() / 1000;
	struct uuid id = uuid_new();
	const char *account = uuid_text(arena, &subject->account_id).data;
	json_t *claims = json_pack("{s:s, s:s, s:s, s:s, s:s%, s:s%, s:I, s:s, s:I, s:I}", "iss", ISSUER, "sub",
	        account, "userId", account, "sid", uuid_text(arena, &subject->session_id).data, "email",
	        subject->email.data, subject->email.len, "role", subject->role.data, subject->role.len, "epoch",
	        (json_int_t)subject->epoch, "jti", uuid_text(arena, &id).data, "iat", (json_int_t)now, "exp",
	        (json_int_t)(now + principal_token_ttl_s()));
	struct text token;

	if (!claims || (subject->enrols && json_object_set_new(claims, "enrols", json_true())))
		abort(); /* out of memory */
	token = access_token_sign(arena, claims);
	json_decref(claims);
	return token;
}

static struct text claim(const json_t *claims, const char *name)
{
	return text_of(json_string_value(json_object_get(claims, name)));
}

static int64_t moment(const json_t *claims, const char *name)
{
	return json_integer_value(json_object_get(claims, name));
}

/* PROBLEM_NONE when good, else what is wrong. A token ends when it says so, and at the latest when the present lifetime
 * has passed since it was signed: revocations are looked at for so long, whatever the lifetime was before. */
static enum problem_code check(const json_t *claims, struct principal *out)
{
	int64_t now = clock_unix_ms() / 1000;
	int64_t exp = moment(claims, "exp"), nbf = moment(claims, "nbf"), iat = moment(claims, "iat");

	if (!text_equal(claim(claims, "iss"), TEXT(ISSUER)) || !uuid_parse(claim(claims, "sub"), &out->account_id) ||
	        uuid_is_none(&out->account_id))
		return PROBLEM_AUTH_TOKEN_INVALID;
	if (exp <= 0 || iat <= 0 || iat > now + LEEWAY_S || (nbf > 0 && nbf > now + LEEWAY_S))
		return PROBLEM_AUTH_TOKEN_INVALID;
	if (exp > iat + principal_token_ttl_s())
		exp = iat + principal_token_ttl_s();
	if (exp < now)
		return PROBLEM_AUTH_TOKEN_EXPIRED;
	if (claim(claims, "sid").len)
		uuid_parse(claim(claims, "sid"), &out->session_id);
	out->epoch = moment(claims, "epoch");
	out->enrols = json_is_true(json_object_get(claims, "enrols"));
	out->issued_at = iat;
	out->expires_at = exp;
	return PROBLEM_NONE;
}

/* --- tokens seen before ------------------------------------------------------------ */
/* A signature that was good stays good: what of a token can change is whether it has expired or was
 * revoked, and that is looked at each time. Only tokens that passed are kept. */
struct known {
	size_t len; /* 0: free */
	char token[KNOWN_TOKEN_BYTES];
	struct principal principal;
};

static pthread_key_t known_of_thread;

static void prepare(void)
{
	if (pthread_key_create(&known_of_thread, free))
		abort();
}

/* By the end of the signature, which is as good as random. */
static struct known *place_of(struct text token)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct known *known;
	uint32_t end;

	pthread_once(&once, prepare);
	known = pthread_getspecific(known_of_thread);
	if (!known) {
		known = calloc(KNOWN_TOKENS, sizeof *known);
		if (!known)
			abort();
		pthread_setspecific(known_of_thread, known);
	}
	memcpy(&end, token.data + token.len - sizeof end - 2, sizeof end);
	return &known[(end * 2654435761u) >> 22];
}

static enum problem_code verify(struct text token, struct arena *arena, struct principal *out)
{
	json_t *claims;
	enum problem_code wrong;

	if (access_token_verify(arena, token, &claims) != ACCESS_GOOD)
		return PROBLEM_AUTH_TOKEN_INVALID;
	wrong = check(claims, out);
	json_decref(claims);
	return wrong;
}

static enum problem_code recognise(struct text token, struct arena *arena, struct principal *out)
{
	struct known *known = token.len > 16 && token.len <= KNOWN_TOKEN_BYTES ? place_of(token) : NULL;
	enum problem_code wrong;

	if (known && text_equal_secret((struct text){ known->token, known->len }, token)) {
		*out = known->principal;
		return out->expires_at < clock_unix_ms() / 1000 ? PROBLEM_AUTH_TOKEN_EXPIRED : PROBLEM_NONE;
	}
	wrong = verify(token, arena, out);
	if (known && wrong == PROBLEM_NONE) {
		*known = (struct known){ .len = token.len, .principal = *out };
		memcpy(known->token, token.data, token.len);
	}
	return wrong;
}

/* What a program's token is not good for; false after having answered. */
static bool has_scope(struct call *call)
{
	const char *lacks = NULL;

	if (call->wants_session)
		lacks = "session";
	else if (!call->wants_no_scope)
		lacks = api_token_lacks(call->principal.scopes, call->verb, call->access);
	if (lacks)
		respond_problem(call, PROBLEM_INSUFFICIENT_PERMISSIONS,
		        text_of(arena_printf(call->arena,
		                call->wants_session ? "this takes a %s" : "the token lacks the scope %s", lacks)),
		        NULL);
	return !lacks;
}

static bool require_program(struct call *call, struct text token)
{
	enum problem_code wrong = PROBLEM_SERVICE_UNAVAILABLE;

	if (api_tokens_known())
		wrong = api_token_recognise(token, &call->principal);
	if (wrong != PROBLEM_NONE)
		respond_problem(call, wrong, TEXT_NONE, NULL);
	return wrong == PROBLEM_NONE && has_scope(call);
}

static bool require_signed(struct call *call, struct text token)
{
	enum problem_code wrong = PROBLEM_AUTH_TOKEN_INVALID;

	if (api_token_looks_so(token))
		return require_program(call, token);
	if (token.len <= ACCESS_TOKEN_MAX)
		wrong = recognise(token, call->arena, &call->principal);
	if (wrong != PROBLEM_NONE)
		respond_problem(call, wrong, TEXT_NONE, NULL);
	return wrong == PROBLEM_NONE;
}

bool principal_require_signed(struct call *call)
{
	struct text header = call_header(call, "authorization");

	if (header.len < 8 || !text_equal_nocase((struct text){ header.data, 7 }, TEXT("Bearer "))) {
		respond_problem(call, PROBLEM_AUTH_TOKEN_MISSING, TEXT_NONE, NULL);
		return false;
	}
	return require_signed(call, text_trim((struct text){ header.data + 7, header.len - 7 }));
}

static struct metric known_sessions = { .name = "guichet_session_cache_hits_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Tokens that were judged by what this process keeps of sessions, without asking the database" };

/* False after having answered. */
static bool is_not_revoked(struct call *call)
{
	if (!revocations_known()) {
		respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
		return false;
	}
	metric_add(&known_sessions, 1);
	if (call->principal.is_program || !revocations_hold(&call->principal))
		return true;
	respond_problem(call, PROBLEM_AUTH_TOKEN_REVOKED, TEXT_NONE, NULL);
	return false;
}

bool principal_require_enrolling(struct call *call)
{
	return principal_require_signed(call) && is_not_revoked(call);
}

/* False after having answered. */
static bool has_enrolled(struct call *call)
{
	if (call->principal.enrols)
		respond_problem(call, PROBLEM_MFA_REQUIRED, TEXT_NONE, NULL);
	return !call->principal.enrols;
}

bool principal_require(struct call *call)
{
	return principal_require_enrolling(call) && has_enrolled(call);
}

bool principal_require_somewhere(struct call *call)
{
	struct text token = call_parameter(call, TEXT("token"));

	if (call_header(call, "authorization").data || !token.data)
		return principal_require(call);
	return require_signed(call, token) && is_not_revoked(call) && has_enrolled(call);
}
