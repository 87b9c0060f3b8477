/* oidc_provider.c - see oidc_provider.h. Authorization code (RFC 6749 section 4.1) with PKCE (RFC 7636, S256). */
#include "ingress/account/oidc_provider.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "base/base64url.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/trust.h"
#include "ingress/account/federation.h"
#include "ingress/account/oidc_token.h"

#define ANSWER_BYTES 262144
#define CONNECT_MS 2000L
#define ANSWER_MS 4000L
#define DESCRIBED_MS 3600000 /* how long a description counts, and keys that do */
#define AGAIN_MS 2000        /* after a fetch in vain */
#define KEYS_MS 60000        /* between two fetches of keys */

static const char *issuer, *client_id, *client_secret, *redirect_uri, *scopes, *role_claim, *role_map;

struct setting oidc_provider_settings[] = {
	{ "OIDC_ISSUER", SETTING_TEXT, &issuer, "", .max = 500,
	        .help = "the provider of OpenID Connect that people may sign in with, as it calls itself "
	                "(https://...); empty: none" },
	{ "OIDC_CLIENT_ID", SETTING_TEXT, &client_id, "", .max = 256, .help = "who we are there" },
	{ "OIDC_CLIENT_SECRET", SETTING_TEXT, &client_secret, "", .max = 1024, .secret = true,
	        .help = "and what we prove it by; empty: by PKCE alone" },
	{ "OIDC_REDIRECT_URI", SETTING_TEXT, &redirect_uri, "", .max = 500,
	        .help = "where it sends browsers back to: https://our.host/api/v1/auth/oidc/callback" },
	{ "OIDC_SCOPES", SETTING_TEXT, &scopes, "openid email profile", .max = 500, .help = "what is asked of it" },
	{ "OIDC_ROLE_CLAIM", SETTING_TEXT, &role_claim, "groups", .max = 100,
	        .help = "the claim of the id_token with the groups that somebody is in" },
	{ "OIDC_ROLES", SETTING_TEXT, &role_map, "", .max = 4000,
	        .help = "which group makes what: group=role with blanks between, the highest counts, none is user; "
	                "empty: roles are given here" },
	{ 0 },
};

/* What the provider publishes: any thread, under the lock, which is held while it is asked. */
static struct {
	pthread_mutex_t lock;
	json_t *description, *keys; /* NULL: not known yet */
	int64_t described_ms, keyed_ms, failed_ms;
} known = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .described_ms = -DESCRIBED_MS, .keyed_ms = -KEYS_MS, .failed_ms = -AGAIN_MS
};

bool oidc_provider_is_set(void)
{
	return *issuer != '\0';
}

struct text oidc_provider_issuer(void)
{
	return text_of(issuer);
}

const char *oidc_provider_role_claim(void)
{
	return role_claim;
}

const char *oidc_provider_role_map(void)
{
	return role_map;
}

void oidc_provider_start(void)
{
	const char *wrong = NULL;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (!oidc_provider_is_set())
		return;
	if (!trust_keeps_secret(issuer) || !trust_keeps_secret(redirect_uri))
		wrong = "OIDC_ISSUER and OIDC_REDIRECT_URI begin with https://";
	else if (!*client_id)
		wrong = "OIDC_CLIENT_ID is missing";
	else if (federation_roles_wrong(role_map))
		wrong = "OIDC_ROLES wants group=role with blanks between; roles are user, agent, manager and admin";
	if (!wrong)
		return;
	fprintf(stderr, "guichet-ingress: %s\n", wrong);
	exit(EX_CONFIG);
}

/* --- asking ------------------------------------------------------------------------------------ */
static size_t take(char *data, size_t size, size_t count, void *arg)
{
	struct buffer *out = arg;

	if (out->len + size * count > ANSWER_BYTES)
		return 0; /* curl gives up */
	buffer_append(out, data, size * count);
	return size * count;
}

static void prepare(CURL *curl, const char *url, struct buffer *out)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ANSWER_MS);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (*trust_file())
		curl_easy_setopt(curl, CURLOPT_CAINFO, trust_file());
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
}

/* NULL: it does not answer, or with no object; out_status is 0 when it did not answer at all. */
static json_t *perform(CURL *curl, const char *url, struct arena *arena, long *out_status)
{
	struct buffer answer;
	json_t *read = NULL;
	CURLcode code;

	*out_status = 0;
	buffer_init(&answer, arena, 4096);
	prepare(curl, url, &answer);
	code = curl_easy_perform(curl);
	if (code == CURLE_OK) {
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, out_status);
		read = json_loadb(answer.data, answer.len, JSON_REJECT_DUPLICATES, NULL);
	} else {
		log_warn("the provider of OpenID Connect does not answer", LOG_TEXT("url", url),
		        LOG_TEXT("reason", curl_easy_strerror(code)));
	}
	if (json_is_object(read))
		return read;
	json_decref(read);
	return NULL;
}

static json_t *fetch(const char *url, struct arena *arena)
{
	CURL *curl = curl_easy_init();
	json_t *read;
	long status;

	if (!curl)
		abort(); /* out of memory */
	read = perform(curl, url, arena, &status);
	curl_easy_cleanup(curl);
	if (status == 200)
		return read;
	json_decref(read);
	return NULL;
}

/* --- what it publishes ---------------------------------------------------------------------------- */
static const char *member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* It must speak for the issuer that it was asked as (Discovery 1.0 section 4.3). */
static bool is_description(const json_t *read)
{
	const char *named = member(read, "issuer");

	return named && !strcmp(named, issuer) && trust_keeps_secret(member(read, "authorization_endpoint")) &&
	       trust_keeps_secret(member(read, "token_endpoint")) && trust_keeps_secret(member(read, "jwks_uri"));
}

static void describe(struct arena *arena)
{
	int slash = issuer[strlen(issuer) - 1] == '/';
	const char *url =
	        arena_printf(arena, "%.*s/.well-known/openid-configuration", (int)strlen(issuer) - slash, issuer);
	json_t *read = fetch(url, arena);

	if (read && is_description(read)) {
		json_decref(known.description);
		known.description = json_incref(read);
		known.described_ms = clock_mono_ms();
	} else {
		if (read)
			log_error("what the provider of OpenID Connect says of itself is not usable, or of another "
			          "issuer",
			        LOG_TEXT("url", url));
		known.failed_ms = clock_mono_ms();
	}
	json_decref(read);
}

/* The caller's to free; NULL: there is none. An old one is better than none. */
static json_t *description(struct arena *arena)
{
	json_t *out;
	int64_t now;

	pthread_mutex_lock(&known.lock);
	now = clock_mono_ms();
	if (now - known.described_ms >= DESCRIBED_MS && now - known.failed_ms >= AGAIN_MS)
		describe(arena);
	out = json_deep_copy(known.description);
	pthread_mutex_unlock(&known.lock);
	return out;
}

/* The caller's to free. anew: the ones that are known do not do. */
static json_t *keys(struct arena *arena, const json_t *described, bool anew)
{
	json_t *read, *out;
	int64_t lasts_ms;

	pthread_mutex_lock(&known.lock);
	lasts_ms = !known.keys ? AGAIN_MS : anew ? KEYS_MS : DESCRIBED_MS;
	if (clock_mono_ms() - known.keyed_ms >= lasts_ms) {
		read = fetch(member(described, "jwks_uri"), arena);
		known.keyed_ms = clock_mono_ms();
		if (read) {
			json_decref(known.keys);
			known.keys = read;
		}
	}
	out = json_deep_copy(known.keys);
	pthread_mutex_unlock(&known.lock);
	return out;
}

/* --- the way there ---------------------------------------------------------------------------------- */
static void add_field(CURL *curl, struct buffer *form, const char *name, struct text value)
{
	char *escaped = curl_easy_escape(curl, value.data, (int)value.len);

	buffer_printf(form, "%s%s=%s", form->len ? "&" : "", name, escaped ? escaped : "");
	curl_free(escaped);
}

static struct text challenge_of(struct arena *arena, struct text verifier)
{
	uint8_t digest[32];

	if (!EVP_Digest(verifier.data, verifier.len, digest, NULL, EVP_sha256(), NULL))
		abort();
	return base64url_write(arena, digest, sizeof digest);
}

const char *oidc_provider_address(struct arena *arena, const struct oidc_way *way)
{
	json_t *described = description(arena);
	const char *endpoint = member(described, "authorization_endpoint"), *address = NULL;
	CURL *curl = curl_easy_init();
	struct buffer query;

	if (!curl)
		abort(); /* out of memory */
	buffer_init(&query, arena, 1024);
	add_field(curl, &query, "response_type", TEXT("code"));
	add_field(curl, &query, "client_id", text_of(client_id));
	add_field(curl, &query, "redirect_uri", text_of(redirect_uri));
	add_field(curl, &query, "scope", text_of(scopes));
	add_field(curl, &query, "state", way->state);
	add_field(curl, &query, "nonce", way->nonce);
	add_field(curl, &query, "code_challenge", challenge_of(arena, way->verifier));
	add_field(curl, &query, "code_challenge_method", TEXT("S256"));
	if (endpoint)
		address =
		        arena_printf(arena, "%s%c%s", endpoint, strchr(endpoint, '?') ? '&' : '?', buffer_cstr(&query));
	curl_easy_cleanup(curl);
	json_decref(described);
	return address;
}

/* --- and back ----------------------------------------------------------------------------------------- */
static bool takes_secret_in_form(const json_t *described)
{
	const json_t *methods = json_object_get(described, "token_endpoint_auth_methods_supported");
	bool basic = !json_array_size(methods), post = false;

	for (size_t i = 0; i < json_array_size(methods); i++) {
		const char *method = json_string_value(json_array_get(methods, i));

		basic = basic || (method && !strcmp(method, "client_secret_basic"));
		post = post || (method && !strcmp(method, "client_secret_post"));
	}
	return post && !basic;
}

/* RFC 6749 section 2.3.1: both are escaped before they become a user and a password. */
static void show_secret(CURL *curl, struct arena *arena)
{
	char *user = curl_easy_escape(curl, client_id, 0), *password = curl_easy_escape(curl, client_secret, 0);

	curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	curl_easy_setopt(
	        curl, CURLOPT_USERPWD, arena_printf(arena, "%s:%s", user ? user : "", password ? password : ""));
	curl_free(user);
	curl_free(password);
}

static json_t *redeem(
        struct arena *arena, const json_t *described, const struct oidc_way *way, struct text code, long *out_status)
{
	CURL *curl = curl_easy_init();
	struct buffer form;
	json_t *answer;

	if (!curl)
		abort(); /* out of memory */
	buffer_init(&form, arena, 1024);
	add_field(curl, &form, "grant_type", TEXT("authorization_code"));
	add_field(curl, &form, "code", code);
	add_field(curl, &form, "redirect_uri", text_of(redirect_uri));
	add_field(curl, &form, "code_verifier", way->verifier);
	if (!*client_secret || takes_secret_in_form(described))
		add_field(curl, &form, "client_id", text_of(client_id));
	if (*client_secret && takes_secret_in_form(described))
		add_field(curl, &form, "client_secret", text_of(client_secret));
	else if (*client_secret)
		show_secret(curl, arena);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, buffer_cstr(&form));
	answer = perform(curl, member(described, "token_endpoint"), arena, out_status);
	curl_easy_cleanup(curl);
	return answer;
}

static enum oidc_fate verify(struct arena *arena, const json_t *described, struct text token,
        const struct oidc_way *way, json_t **out_claims, const char **out_why)
{
	struct oidc_wanted wanted = { text_of(issuer), text_of(client_id), way->nonce, clock_unix_ms() / 1000 };
	enum oidc_verdict verdict = OIDC_TOKEN_KEY_UNKNOWN;

	for (int anew = 0; anew < 2 && verdict == OIDC_TOKEN_KEY_UNKNOWN; anew++) {
		json_t *set = keys(arena, described, anew);

		*out_why = "its keys cannot be read";
		if (set)
			verdict = oidc_token_read(arena, token, set, &wanted, out_claims, out_why);
		else if (anew)
			return OIDC_AWAY;
		json_decref(set);
	}
	return verdict == OIDC_TOKEN_GOOD ? OIDC_DONE : OIDC_REFUSED;
}

/* RFC 9207 section 2.4: a provider that says it names itself, does. */
static bool is_of_provider(const json_t *described, struct text named)
{
	if (named.data)
		return text_equal(named, text_of(issuer));
	return !json_is_true(json_object_get(described, "authorization_response_iss_parameter_supported"));
}

static enum oidc_fate exchange(struct arena *arena, const json_t *described, const struct oidc_way *way,
        struct text code, json_t **out_claims, const char **out_why)
{
	long status;
	json_t *answer = redeem(arena, described, way, code, &status);
	enum oidc_fate fate = status == 0 || status >= 500 ? OIDC_AWAY : OIDC_REFUSED;

	*out_why = "the provider takes the code for nothing";
	if (status == 200 && answer)
		fate = verify(arena, described, oidc_member(answer, "id_token"), way, out_claims, out_why);
	json_decref(answer);
	return fate;
}

enum oidc_fate oidc_provider_exchange(struct arena *arena, const struct oidc_way *way, struct text code,
        struct text named, json_t **out_claims, const char **out_why)
{
	json_t *described = description(arena);
	enum oidc_fate fate = OIDC_REFUSED;

	if (!described) {
		*out_why = "what it says of itself cannot be read";
		fate = OIDC_AWAY;
	} else if (!is_of_provider(described, named)) {
		*out_why = "the answer is of another provider (iss)";
	} else {
		fate = exchange(arena, described, way, code, out_claims, out_why);
	}
	json_decref(described);
	return fate;
}
