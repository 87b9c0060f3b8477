/* queues_access_key_test.c - which key a token was signed with, and which tokens no key takes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/base64url.h"
#include "queues/access_key.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}
#define SECRET "a secret of at least 32 characters"
#define OLD_SECRET "an-earlier-secret-of-32-characters"
#define CLAIMS "{\"sub\":\"somebody\"}"

static struct arena *arena;
static char key_file[] = "/tmp/guichet-key-XXXXXX", old_key_file[] = "/tmp/guichet-key-XXXXXX";
static EVP_PKEY *keys[2]; /* the present one, the old one */

static void write_key(char *path, EVP_PKEY **key)
{
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	*key = EVP_EC_gen("P-256");
	assert_non_null(*key);
	assert_int_equal(PEM_write_PrivateKey(file, *key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(file);
}

static int open_all(void **state)
{
	struct setting *const tables[] = { access_key_settings, NULL };

	(void)state;
	arena = arena_new(65536);
	write_key(key_file, &keys[0]);
	write_key(old_key_file, &keys[1]);
	setenv("JWT_SECRET", SECRET, 1);
	setenv("JWT_OLD_SECRETS", OLD_SECRET, 1);
	setenv("JWT_KEY_FILE", key_file, 1);
	setenv("JWT_OLD_KEY_FILES", old_key_file, 1);
	return settings_load(tables, stderr) && !access_keys_load(&access_key_names) ? 0 : -1;
}

static int close_all(void **state)
{
	(void)state;
	unlink(key_file);
	unlink(old_key_file);
	EVP_PKEY_free(keys[0]);
	EVP_PKEY_free(keys[1]);
	arena_free(&arena);
	return 0;
}

/* --- tokens made by hand --------------------------------------------------------------- */
static struct text part(const char *json)
{
	return base64url_write(arena, json, strlen(json));
}

static struct text signed_part(const char *header)
{
	struct text first = part(header), second = part(CLAIMS);

	return text_of(arena_printf(arena, "%.*s.%.*s", (int)first.len, first.data, (int)second.len, second.data));
}

static struct text whole(struct text body, const void *mac, size_t len)
{
	struct text end = base64url_write(arena, mac, len);

	return text_of(arena_printf(arena, "%.*s.%.*s", (int)body.len, body.data, (int)end.len, end.data));
}

static struct text with_secret(const char *header, const char *secret)
{
	struct text body = signed_part(header);
	uint8_t mac[32];

	HMAC(EVP_sha256(), secret, (int)strlen(secret), (const uint8_t *)body.data, body.len, mac, NULL);
	return whole(body, mac, sizeof mac);
}

/* ES256: r and s, 32 bytes each. */
static struct text with_key(const char *header, EVP_PKEY *key)
{
	struct text body = signed_part(header);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t der[128], raw[64];
	const uint8_t *at = der;
	size_t len = sizeof der;
	ECDSA_SIG *sig;

	assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestSign(context, der, &len, (const uint8_t *)body.data, body.len), 1);
	sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(context);
	return whole(body, raw, sizeof raw);
}

static enum access_verdict verdict(struct text token)
{
	json_t *claims;
	enum access_verdict found = access_token_verify(arena, token, &claims);

	assert_int_equal(found == ACCESS_GOOD, claims != NULL);
	if (claims)
		assert_string_equal(json_string_value(json_object_get(claims, "sub")), "somebody");
	json_decref(claims);
	return found;
}

static json_t *published(void)
{
	struct text text = access_keys_published(arena);
	json_t *set = json_loadb(text.data, text.len, 0, NULL);

	assert_non_null(set);
	return set;
}

static const char *kid_of(json_t *set, size_t i)
{
	return json_string_value(json_object_get(json_array_get(json_object_get(set, "keys"), i), "kid"));
}

/* --- tests ------------------------------------------------------------------------------- */
static void signed_tokens_are_good_and_name_their_key(void **state)
{
	json_t *claims = json_pack("{s:s}", "sub", "somebody"), *set = published();
	struct text token = access_token_sign(arena, claims);
	char header[256] = "";
	size_t len = strcspn(token.data, ".") * 3 / 4;

	(void)state;
	assert_int_equal(verdict(token), ACCESS_GOOD);
	assert_true(base64url_read((struct text){ token.data, strcspn(token.data, ".") }, header, len));
	assert_non_null(strstr(header, "ES256"));
	assert_non_null(strstr(header, kid_of(set, 0)));
	json_decref(claims);
	json_decref(set);
}

static void what_earlier_keys_signed_is_taken(void **state)
{
	json_t *set = published();

	(void)state;
	assert_int_equal(json_array_size(json_object_get(set, "keys")), 2);
	assert_int_equal(verdict(with_secret("{\"alg\":\"HS256\"}", SECRET)), ACCESS_GOOD);
	assert_int_equal(verdict(with_secret("{\"alg\":\"HS256\"}", OLD_SECRET)), ACCESS_GOOD);
	assert_int_equal(
	        verdict(with_key(arena_printf(arena, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", kid_of(set, 1)), keys[1])),
	        ACCESS_GOOD);
	json_decref(set);
}

static void a_key_takes_its_own_algorithm_alone(void **state)
{
	json_t *set = published();
	const char *kid = kid_of(set, 0);
	char *pem;
	BIO *out = BIO_new(BIO_s_mem());

	(void)state;
	assert_int_equal(PEM_write_bio_PUBKEY(out, keys[0]), 1);
	BIO_write(out, "", 1);
	BIO_get_mem_data(out, &pem);
	assert_int_equal(verdict(with_secret(arena_printf(arena, "{\"alg\":\"HS256\",\"kid\":\"%s\"}", kid), pem)),
	        ACCESS_ALGORITHM);
	assert_int_equal(verdict(with_secret("{\"alg\":\"HS256\"}", pem)), ACCESS_FORGED);
	assert_int_equal(verdict(with_secret(arena_printf(arena, "{\"alg\":\"HS512\",\"kid\":\"%s\"}", kid), SECRET)),
	        ACCESS_ALGORITHM);
	assert_int_equal(verdict(with_key("{\"alg\":\"ES256\"}", keys[0])), ACCESS_ALGORITHM);
	BIO_free(out);
	json_decref(set);
}

static void the_key_that_is_named_is_the_one_that_counts(void **state)
{
	json_t *set = published();

	(void)state;
	assert_int_equal(
	        verdict(with_key(arena_printf(arena, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", kid_of(set, 0)), keys[1])),
	        ACCESS_FORGED);
	assert_int_equal(
	        verdict(with_key("{\"alg\":\"ES256\",\"kid\":\"0123456789abcdef\"}", keys[0])), ACCESS_UNKNOWN);
	assert_int_equal(verdict(with_key("{\"alg\":\"ES256\",\"kid\":\"../../dev/null\"}", keys[0])), ACCESS_UNKNOWN);
	assert_int_equal(verdict(with_key("{\"alg\":\"ES256\",\"kid\":7}", keys[0])), ACCESS_UNKNOWN);
	json_decref(set);
}

static void what_is_no_signed_token_is_refused(void **state)
{
	struct text good = with_secret("{\"alg\":\"HS256\"}", SECRET), none = signed_part("{\"alg\":\"none\"}");
	char *bent = text_dup(arena, good);

	(void)state;
	assert_int_equal(verdict(text_of(arena_printf(arena, "%.*s.", (int)none.len, none.data))), ACCESS_ALGORITHM);
	assert_int_equal(verdict(with_secret("{\"typ\":\"JWT\"}", SECRET)), ACCESS_ALGORITHM);
	assert_int_equal(verdict(with_secret("{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", SECRET)), ACCESS_CRITICAL);
	assert_int_equal(verdict(with_secret("{\"alg\":\"HS256\",\"alg\":\"none\"}", SECRET)), ACCESS_MALFORMED);
	assert_int_equal(verdict(with_secret("[]", SECRET)), ACCESS_MALFORMED);
	assert_int_equal(verdict(TEXT("")), ACCESS_MALFORMED);
	assert_int_equal(verdict(TEXT("..")), ACCESS_MALFORMED);
	bent[good.len / 2] = bent[good.len / 2] == 'A' ? 'B' : 'A';
	assert_int_not_equal(verdict(text_of(bent)), ACCESS_GOOD);
	for (size_t len = 0; len < good.len; len++)
		assert_int_not_equal(verdict((struct text){ good.data, len }), ACCESS_GOOD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("what is signed is good, and names the key that signed it",
		        signed_tokens_are_good_and_name_their_key),
		SENTENCE("what earlier keys and secrets signed is taken", what_earlier_keys_signed_is_taken),
		SENTENCE("a key takes tokens of its own algorithm alone", a_key_takes_its_own_algorithm_alone),
		SENTENCE("the key that a token names is the one that counts",
		        the_key_that_is_named_is_the_one_that_counts),
		SENTENCE("what is no signed token is refused", what_is_no_signed_token_is_refused),
	};

	return cmocka_run_group_tests_name("access keys", tests, open_all, close_all);
}
