/* principal.c - see principal.h. */
#include "ingress/http/principal.h"

#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "ingress/http/respond.h"
#include "ingress/http/revocations.h"

#define ISSUER "guichet"
#define LEEWAY_S 30
#define TOKEN_MAX 4096
#define KNOWN_TOKENS 1024
#define KNOWN_TOKEN_BYTES 768

static const char *jwt_secret;
static int64_t token_ttl_ms, refresh_ttl_ms, session_ttl_ms;

struct setting principal_settings[] = {
	{ "JWT_SECRET", SETTING_TEXT, &jwt_secret, NULL, .min = 32, .max = 512, .secret = true,
	        .help = "signs access tokens (HS256); at least 32 characters" },
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

bool principal_secret_is_weak(void)
{
	return secret_is_weak(jwt_secret);
}

static void hmac(struct text key, struct text data, uint8_t out[32])
{
	if (!HMAC(EVP_sha256(), key.data, (int)key.len, (const uint8_t *)data.data, data.len, out, NULL))
		abort();
}

void principal_key(const char *label, uint8_t out[32])
{
	hmac(text_of(jwt_secret), text_of(label), out);
}

void principal_mac(const uint8_t key[32], struct text data, uint8_t out[32])
{
	hmac((struct text){ (const char *)key, 32 }, data, out);
}

struct text principal_token(struct arena *arena, const struct token_subject *subject)
{
	int64_t now = clock_unix_ms() / 1000;
	struct uuid id = uuid_new();
	jwt_t *token = NULL;
	struct text out;
	char *encoded;

	if (jwt_new(&token) || jwt_add_grant(token, "iss", ISSUER) ||
	        jwt_add_grant(token, "sub", uuid_text(arena, &subject->account_id).data) ||
	        jwt_add_grant(
	                token, "userId", uuid_text(arena, &subject->account_id).data) || /* as older clients read it */
	        jwt_add_grant(token, "sid", uuid_text(arena, &subject->session_id).data) ||
	        jwt_add_grant(token, "email", text_dup(arena, subject->email)) ||
	        jwt_add_grant(token, "role", text_dup(arena, subject->role)) ||
	        jwt_add_grant_int(token, "epoch", subject->epoch) ||
	        jwt_add_grant(token, "jti", uuid_text(arena, &id).data) || jwt_add_grant_int(token, "iat", now) ||
	        jwt_add_grant_int(token, "exp", now + principal_token_ttl_s()) ||
	        jwt_set_alg(token, JWT_ALG_HS256, (const unsigned char *)jwt_secret, (int)strlen(jwt_secret)) ||
	        !(encoded = jwt_encode_str(token)))
		abort(); /* out of memory */
	out = text_copy(arena, text_of(encoded));
	free(encoded);
	jwt_free(token);
	return out;
}

/* Extensions that must be understood (RFC 7515 section 4.1.11): we understand none. */
static bool is_critical(jwt_t *token)
{
	char *crit = jwt_get_headers_json(token, "crit");
	bool found = crit || jwt_get_header(token, "crit");

	free(crit);
	return found;
}

/* PROBLEM_NONE when good, else what is wrong. A token ends when it says so, and at the latest when the present lifetime
 * has passed since it was signed: revocations are looked at for so long, whatever the lifetime was before. */
static enum problem_code check(jwt_t *token, struct principal *out)
{
	int64_t now = clock_unix_ms() / 1000;
	const char *issuer = jwt_get_grant(token, "iss"), *subject = jwt_get_grant(token, "sub");
	long exp = jwt_get_grant_int(token, "exp"), nbf = jwt_get_grant_int(token, "nbf");
	long iat = jwt_get_grant_int(token, "iat");

	if (jwt_get_alg(token) != JWT_ALG_HS256 || !issuer || strcmp(issuer, ISSUER) != 0 || is_critical(token))
		return PROBLEM_AUTH_TOKEN_INVALID;
	if (!subject || !uuid_parse(text_of(subject), &out->account_id) || uuid_is_none(&out->account_id))
		return PROBLEM_AUTH_TOKEN_INVALID;
	if (exp <= 0 || iat <= 0 || iat > now + LEEWAY_S || (nbf > 0 && nbf > now + LEEWAY_S))
		return PROBLEM_AUTH_TOKEN_INVALID;
	if (exp > iat + principal_token_ttl_s())
		exp = iat + principal_token_ttl_s();
	if (exp < now)
		return PROBLEM_AUTH_TOKEN_EXPIRED;
	if (jwt_get_grant(token, "sid"))
		uuid_parse(text_of(jwt_get_grant(token, "sid")), &out->session_id);
	out->epoch = jwt_get_grant_int(token, "epoch");
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
	jwt_t *decoded = NULL;
	enum problem_code wrong;

	if (jwt_decode(&decoded, text_dup(arena, token), (const unsigned char *)jwt_secret, (int)strlen(jwt_secret)))
		return PROBLEM_AUTH_TOKEN_INVALID;
	wrong = check(decoded, out);
	jwt_free(decoded);
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

static bool require_signed(struct call *call, struct text token)
{
	enum problem_code wrong = PROBLEM_AUTH_TOKEN_INVALID;

	if (token.len <= TOKEN_MAX)
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
	if (!revocations_hold(&call->principal))
		return true;
	respond_problem(call, PROBLEM_AUTH_TOKEN_REVOKED, TEXT_NONE, NULL);
	return false;
}

bool principal_require(struct call *call)
{
	return principal_require_signed(call) && is_not_revoked(call);
}

bool principal_require_somewhere(struct call *call)
{
	struct text token = call_parameter(call, TEXT("token"));

	if (call_header(call, "authorization").data || !token.data)
		return principal_require(call);
	return require_signed(call, token) && is_not_revoked(call);
}
