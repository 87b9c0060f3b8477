/* oidc_token.c - see oidc_token.h. */
#include "ingress/account/oidc_token.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>
#include "base/base64url.h"
#include "queues/access_key.h"

#define TOKEN_BYTES 32768
#define LEEWAY_S 60
#define FRESH_S 600   /* since it was signed */
#define RSA_BYTES 256 /* of the modulus, at least */
#define RSA_MOST 1024 /* and at most: what is longer takes too long */
#define P256_BYTES 32

struct parts {
	struct text header, claims, signature; /* as they stand in the token */
	struct text is_signed;                 /* header and claims */
};

struct text oidc_member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_string(value) ? (struct text){ json_string_value(value), json_string_length(value) } : TEXT_NONE;
}

/* TEXT_NONE: it is no base64url. */
static struct text decode(struct arena *arena, struct text letters)
{
	size_t len = letters.len * 3 / 4;
	char *out = arena_alloc(arena, len + 1);

	return letters.len && base64url_read(letters, out, len) ? (struct text){ out, len } : TEXT_NONE;
}

static bool split(struct text token, struct parts *out)
{
	const char *end = token.data + token.len, *first, *second;

	if (!token.data || token.len > TOKEN_BYTES || !(first = memchr(token.data, '.', token.len)) ||
	        !(second = memchr(first + 1, '.', (size_t)(end - first - 1))) ||
	        memchr(second + 1, '.', (size_t)(end - second - 1)))
		return false;
	out->header = (struct text){ token.data, (size_t)(first - token.data) };
	out->claims = (struct text){ first + 1, (size_t)(second - first - 1) };
	out->signature = (struct text){ second + 1, (size_t)(end - second - 1) };
	out->is_signed = (struct text){ token.data, (size_t)(second - token.data) };
	return true;
}

/* --- keys ---------------------------------------------------------------------------------- */
static EVP_PKEY *key_from(const char *type, OSSL_PARAM_BLD *build)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!params || !context || EVP_PKEY_fromdata_init(context) != 1 ||
	        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(params);
	return key;
}

static EVP_PKEY *rsa_key(struct arena *arena, const json_t *jwk)
{
	struct text n = decode(arena, oidc_member(jwk, "n")), e = decode(arena, oidc_member(jwk, "e"));
	OSSL_PARAM_BLD *build;
	BIGNUM *modulus, *exponent;
	EVP_PKEY *key = NULL;

	if (n.len < RSA_BYTES || n.len > RSA_MOST || !e.len || e.len > sizeof(uint64_t))
		return NULL;
	build = OSSL_PARAM_BLD_new();
	modulus = BN_bin2bn((const uint8_t *)n.data, (int)n.len, NULL);
	exponent = BN_bin2bn((const uint8_t *)e.data, (int)e.len, NULL);
	if (build && modulus && exponent && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) &&
	        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent))
		key = key_from("RSA", build);
	OSSL_PARAM_BLD_free(build);
	BN_free(modulus);
	BN_free(exponent);
	return key;
}

static EVP_PKEY *ec_key(struct arena *arena, const json_t *jwk)
{
	struct text x = decode(arena, oidc_member(jwk, "x")), y = decode(arena, oidc_member(jwk, "y"));
	uint8_t point[1 + 2 * P256_BYTES] = { POINT_CONVERSION_UNCOMPRESSED };
	OSSL_PARAM_BLD *build;
	EVP_PKEY *key = NULL;

	if (!text_equal(oidc_member(jwk, "crv"), TEXT("P-256")) || x.len != P256_BYTES || y.len != P256_BYTES)
		return NULL;
	memcpy(point + 1, x.data, P256_BYTES);
	memcpy(point + 1 + P256_BYTES, y.data, P256_BYTES);
	build = OSSL_PARAM_BLD_new();
	if (build && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) &&
	        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point))
		key = key_from("EC", build);
	OSSL_PARAM_BLD_free(build);
	return key;
}

/* Can a token be signed so with this key? The key says what it is for, and what it says counts. */
static bool fits(const json_t *jwk, struct text alg, struct text kid)
{
	const char *kty = text_equal(alg, TEXT("RS256")) ? "RSA" : "EC";
	struct text use = oidc_member(jwk, "use"), own_alg = oidc_member(jwk, "alg");

	return text_equal(oidc_member(jwk, "kty"), text_of(kty)) && (!use.data || text_equal(use, TEXT("sig"))) &&
	       (!own_alg.data || text_equal(own_alg, alg)) && (!kid.data || text_equal(oidc_member(jwk, "kid"), kid));
}

/* NULL: none, or several when the token does not say which. */
static const json_t *find_key(const json_t *keys, struct text alg, struct text kid)
{
	const json_t *list = json_object_get(keys, "keys"), *found = NULL;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *jwk = json_array_get(list, i);

		if (!fits(jwk, alg, kid))
			continue;
		if (found)
			return NULL;
		found = jwk;
	}
	return found;
}

/* --- signatures ------------------------------------------------------------------------------ */
/* A signature of JWS is r and s beside each other (RFC 7518 section 3.4), OpenSSL wants them in DER. */
static struct text der_of(struct arena *arena, struct text raw)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r, *s;
	uint8_t *der = NULL;
	struct text out = TEXT_NONE;
	int len;

	if (raw.len != 2 * P256_BYTES || !pair) {
		ECDSA_SIG_free(pair);
		return out;
	}
	r = BN_bin2bn((const uint8_t *)raw.data, P256_BYTES, NULL);
	s = BN_bin2bn((const uint8_t *)raw.data + P256_BYTES, P256_BYTES, NULL);
	if (!r || !s || ECDSA_SIG_set0(pair, r, s) != 1) {
		BN_free(r);
		BN_free(s);
	} else if ((len = i2d_ECDSA_SIG(pair, &der)) > 0) {
		out = (struct text){ arena_copy(arena, der, (size_t)len), (size_t)len };
	}
	OPENSSL_free(der);
	ECDSA_SIG_free(pair);
	return out;
}

static bool verify(EVP_PKEY *key, struct text data, struct text signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
	            EVP_DigestVerify(context, (const uint8_t *)signature.data, signature.len,
	                    (const uint8_t *)data.data, data.len) == 1;

	EVP_MD_CTX_free(context);
	return good;
}

static bool is_signed(struct arena *arena, const struct parts *parts, const json_t *jwk, struct text alg)
{
	bool is_rsa = text_equal(alg, TEXT("RS256"));
	struct text signature = decode(arena, parts->signature);
	EVP_PKEY *key = is_rsa ? rsa_key(arena, jwk) : ec_key(arena, jwk);
	bool good;

	if (signature.data && !is_rsa)
		signature = der_of(arena, signature);
	good = key && signature.len && verify(key, parts->is_signed, signature);
	EVP_PKEY_free(key);
	return good;
}

static enum oidc_verdict check_signature(
        struct arena *arena, const struct parts *parts, const json_t *header, const json_t *keys, const char **out_why)
{
	struct text alg = oidc_member(header, "alg"), kid = oidc_member(header, "kid");
	const json_t *jwk;

	if (!text_equal(alg, TEXT("RS256")) && !text_equal(alg, TEXT("ES256"))) {
		*out_why = "it is signed by neither RS256 nor ES256";
		return OIDC_TOKEN_BAD;
	}
	if (json_object_get(header, "crit")) {
		*out_why = "it wants what nobody here knows (crit)";
		return OIDC_TOKEN_BAD;
	}
	jwk = find_key(keys, alg, kid);
	if (!jwk) {
		*out_why = "it is signed with a key that the provider does not publish";
		return OIDC_TOKEN_KEY_UNKNOWN;
	}
	*out_why = "its signature is wrong";
	return is_signed(arena, parts, jwk, alg) ? OIDC_TOKEN_GOOD : OIDC_TOKEN_BAD;
}

/* --- claims --------------------------------------------------------------------------------- */
static bool is_for(const json_t *claims, struct text client_id)
{
	const json_t *aud = json_object_get(claims, "aud");
	struct text azp = oidc_member(claims, "azp");
	bool named = text_equal(oidc_member(claims, "aud"), client_id);

	for (size_t i = 0; i < json_array_size(aud); i++) {
		const json_t *item = json_array_get(aud, i);

		named = named || (json_is_string(item) && text_equal(text_of(json_string_value(item)), client_id));
	}
	if (json_object_get(claims, "azp") || json_array_size(aud) > 1)
		return named && text_equal(azp, client_id);
	return named;
}

static const char *judge_times(const json_t *claims, int64_t now_s)
{
	const json_t *exp = json_object_get(claims, "exp"), *iat = json_object_get(claims, "iat"),
	             *nbf = json_object_get(claims, "nbf");

	if (!json_is_number(exp) || json_number_value(exp) + LEEWAY_S <= (double)now_s)
		return "it has expired";
	if (!json_is_number(iat) || json_number_value(iat) > (double)(now_s + LEEWAY_S) ||
	        json_number_value(iat) + FRESH_S + LEEWAY_S < (double)now_s)
		return "it was not signed just now";
	if (nbf && (!json_is_number(nbf) || json_number_value(nbf) > (double)(now_s + LEEWAY_S)))
		return "it is not valid yet";
	return NULL;
}

/* NULL: nothing is wrong. */
static const char *judge(const json_t *claims, const struct oidc_wanted *wanted)
{
	struct text subject = oidc_member(claims, "sub");

	if (!text_equal(oidc_member(claims, "iss"), wanted->issuer))
		return "it is of another issuer";
	if (!is_for(claims, wanted->client_id))
		return "it is for somebody else (aud, azp)";
	if (!subject.len || subject.len > 255)
		return "it does not say whom it is about (sub)";
	if (!text_equal_secret(oidc_member(claims, "nonce"), wanted->nonce))
		return "it is not the answer to this sign-in (nonce)";
	return judge_times(claims, wanted->now_s);
}

enum oidc_verdict oidc_token_read(struct arena *arena, struct text token, const json_t *keys,
        const struct oidc_wanted *wanted, json_t **out_claims, const char **out_why)
{
	struct parts parts;
	json_t *header = NULL, *claims = NULL;
	enum oidc_verdict verdict = OIDC_TOKEN_BAD;

	*out_why = "it is no signed token";
	if (split(token, &parts) && (header = access_token_part(arena, parts.header)))
		verdict = check_signature(arena, &parts, header, keys, out_why);
	if (verdict == OIDC_TOKEN_GOOD) {
		claims = access_token_part(arena, parts.claims);
		*out_why = claims ? judge(claims, wanted) : "it says nothing";
		verdict = *out_why ? OIDC_TOKEN_BAD : OIDC_TOKEN_GOOD;
	}
	json_decref(header);
	if (verdict == OIDC_TOKEN_GOOD)
		*out_claims = claims;
	else
		json_decref(claims);
	return verdict;
}
