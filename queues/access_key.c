/* access_key.c - see access_key.h. */
#include "queues/access_key.h"

#include <jwt.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/base64url.h"

#define KEYS_MAX 16
#define ID_BYTES 12 /* of a digest: 16 letters */
#define ID_LETTERS 16
#define LIST_MAX 8300 /* characters of a list of secrets or files */
#define PEM_MAX 4096
#define SECRET_LEAST 32
#define POINT_LETTERS 43 /* 32 bytes */

struct access_key {
	jwt_alg_t alg;
	char id[ID_LETTERS + 1];
	char *key;         /* what verifies: the secret, or the public half as PEM */
	char *signs;       /* what signs: the secret, or the private half as PEM; NULL: it signs no more */
	char x[64], y[64]; /* ES256: the point (RFC 7518 section 6.2.1) */
};

struct access_key_names access_key_names;

static struct access_key keys[KEYS_MAX];
static int key_count;
static const struct access_key *present;

struct setting access_key_settings[] = {
	{ "JWT_SECRET", SETTING_TEXT, &access_key_names.secret, NULL, .min = SECRET_LEAST, .max = 512, .secret = true,
	        .help = "signs access tokens (HS256); at least 32 characters" },
	{ "JWT_OLD_SECRETS", SETTING_TEXT, &access_key_names.old_secrets, "", .max = LIST_MAX, .secret = true,
	        .help = "earlier JWT_SECRETs (such as have no blanks), blanks between, whose tokens are still taken" },
	{ "JWT_KEY_FILE", SETTING_FILE, &access_key_names.key_file, "",
	        .help = "a private key on P-256 (PEM): access tokens are signed with it (ES256), and its public half "
	                "is "
	                "published at /.well-known/jwks.json; empty: JWT_SECRET signs" },
	{ "JWT_OLD_KEY_FILES", SETTING_TEXT, &access_key_names.old_key_files, "", .max = LIST_MAX,
	        .help = "earlier such keys (PEM, private or public), blanks between, whose tokens are still taken" },
	{ 0 },
};

struct text access_secret(void)
{
	return text_of(access_key_names.secret);
}

/* --- keys ------------------------------------------------------------------------------------ */
static char *keep(const char *text, size_t len)
{
	char *kept = strndup(text, len);

	if (!kept)
		abort();
	return kept;
}

static const char *refused(const char *setting, const char *why)
{
	static char said[160];

	snprintf(said, sizeof said, "%s: %s", setting, why);
	return said;
}

static void name_key(struct access_key *key, const uint8_t *digest)
{
	char scratch[256];
	struct arena *arena = arena_new(sizeof scratch);
	struct text id = base64url_write(arena, digest, ID_BYTES);

	memcpy(key->id, id.data, ID_LETTERS);
	arena_free(&arena);
}

static struct access_key *next_key(void)
{
	return key_count < KEYS_MAX ? &keys[key_count++] : NULL;
}

/* Its id tells nothing of it. */
static const char *add_secret(const char *setting, const char *secret, size_t len, bool signs)
{
	struct access_key *key;
	uint8_t digest[32];

	if (len < SECRET_LEAST)
		return refused(setting, "a secret has at least 32 characters");
	key = next_key();
	if (!key)
		return refused(setting, "there are too many keys");
	if (!HMAC(EVP_sha256(), secret, (int)len, (const uint8_t *)"key id", 6, digest, NULL))
		abort();
	key->alg = JWT_ALG_HS256;
	key->key = keep(secret, len);
	key->signs = signs ? key->key : NULL;
	name_key(key, digest);
	return NULL;
}

static void write_coordinate(EVP_PKEY *key, const char *name, char out[64])
{
	struct arena *arena = arena_new(512);
	uint8_t bytes[32];
	BIGNUM *number = NULL;
	struct text letters;

	if (EVP_PKEY_get_bn_param(key, name, &number) != 1 || BN_bn2binpad(number, bytes, sizeof bytes) < 0)
		abort();
	letters = base64url_write(arena, bytes, sizeof bytes);
	memcpy(out, letters.data, POINT_LETTERS);
	out[POINT_LETTERS] = '\0';
	BN_free(number);
	arena_free(&arena);
}

/* A JWK's thumbprint (RFC 7638 section 3): other programs find the same. */
static void name_by_thumbprint(struct access_key *key)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	char members[256];
	int len = snprintf(members, sizeof members, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
	        key->x, key->y);

	if (EVP_Digest(members, (size_t)len, digest, NULL, EVP_sha256(), NULL) != 1)
		abort();
	name_key(key, digest);
}

static char *public_pem(EVP_PKEY *key)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *bytes, *pem;
	long len;

	if (!out || PEM_write_bio_PUBKEY(out, key) != 1)
		abort();
	len = BIO_get_mem_data(out, &bytes);
	pem = keep(bytes, (size_t)len);
	BIO_free(out);
	return pem;
}

static bool is_p256(EVP_PKEY *key)
{
	char group[64];

	return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
	       strcmp(group, "prime256v1") == 0;
}

/* NULL: it cannot be read, or is too long. */
static char *read_file(const char *path)
{
	char bytes[PEM_MAX];
	FILE *file = fopen(path, "re");
	size_t len = file ? fread(bytes, 1, sizeof bytes, file) : sizeof bytes;
	char *kept = len < sizeof bytes ? keep(bytes, len) : NULL;

	if (file)
		fclose(file);
	OPENSSL_cleanse(bytes, sizeof bytes);
	return kept;
}

/* No key asks for a password on the terminal of a service. */
static int no_password(char *out, int size, int writing, void *arg)
{
	(void)out, (void)size, (void)writing, (void)arg;
	return -1;
}

/* *is_private: it can sign. NULL: it is no key. */
static EVP_PKEY *parse_pem(const char *pem, bool *is_private)
{
	BIO *in = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, no_password, NULL) : NULL;

	*is_private = key != NULL;
	if (in && !key) {
		BIO_reset(in);
		key = PEM_read_bio_PUBKEY(in, NULL, no_password, NULL);
	}
	BIO_free(in);
	return key;
}

static const char *add_parsed(const char *setting, EVP_PKEY *parsed, char *pem, bool signs)
{
	struct access_key *key = is_p256(parsed) ? next_key() : NULL;

	if (!key) {
		free(pem);
		return refused(
		        setting, is_p256(parsed) ? "there are too many keys" : "must be a key on the curve P-256");
	}
	key->alg = JWT_ALG_ES256;
	key->key = public_pem(parsed);
	key->signs = signs ? pem : NULL;
	if (!signs)
		free(pem);
	write_coordinate(parsed, OSSL_PKEY_PARAM_EC_PUB_X, key->x);
	write_coordinate(parsed, OSSL_PKEY_PARAM_EC_PUB_Y, key->y);
	name_by_thumbprint(key);
	return NULL;
}

static const char *add_file(const char *setting, const char *path, bool signs)
{
	char *pem = read_file(path);
	bool is_private = false;
	EVP_PKEY *parsed = pem ? parse_pem(pem, &is_private) : NULL;
	const char *why;

	if (!parsed || (signs && !is_private)) {
		why = refused(
		        setting, !pem ? "cannot be read" : (!parsed ? "is no key in PEM" : "must be a private key"));
		free(pem);
	} else {
		why = add_parsed(setting, parsed, pem, signs);
	}
	EVP_PKEY_free(parsed);
	return why;
}

/* Of a list with blanks between. */
static const char *add_secrets(const char *list)
{
	const char *why = NULL;

	while (!why && *(list += strspn(list, " "))) {
		size_t len = strcspn(list, " ");

		why = add_secret("JWT_OLD_SECRETS", list, len, false);
		list += len;
	}
	return why;
}

static const char *add_files(const char *list)
{
	const char *why = NULL;

	while (!why && *(list += strspn(list, " "))) {
		size_t len = strcspn(list, " ");
		char *path = keep(list, len);

		why = add_file("JWT_OLD_KEY_FILES", path, false);
		free(path);
		list += len;
	}
	return why;
}

const char *access_keys_load(const struct access_key_names *names)
{
	const char *why = *names->key_file ? add_file("JWT_KEY_FILE", names->key_file, true) : NULL;

	if (!why && *names->secret)
		why = add_secret("JWT_SECRET", names->secret, strlen(names->secret), true);
	if (!why)
		why = add_secrets(names->old_secrets);
	if (!why)
		why = add_files(names->old_key_files);
	present = &keys[0];
	return why;
}

/* --- signing ---------------------------------------------------------------------------------- */
struct text access_token_sign(struct arena *arena, const json_t *claims)
{
	char *written = json_dumps(claims, JSON_COMPACT), *encoded;
	jwt_t *token = NULL;
	struct text out;

	if (!written || jwt_new(&token) || jwt_add_header(token, "kid", present->id) ||
	        jwt_add_grants_json(token, written) ||
	        jwt_set_alg(token, present->alg, (const unsigned char *)present->signs, (int)strlen(present->signs)) ||
	        !(encoded = jwt_encode_str(token)))
		abort(); /* out of memory */
	out = text_copy(arena, text_of(encoded));
	free(encoded);
	jwt_free(token);
	free(written);
	return out;
}

/* --- verifying -------------------------------------------------------------------------------- */
json_t *access_token_part(struct arena *arena, struct text letters)
{
	size_t len = letters.len * 3 / 4;
	char *bytes = arena_alloc(arena, len + 1);
	json_t *part = letters.len && base64url_read(letters, bytes, len)
	                       ? json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL)
	                       : NULL;

	if (json_is_object(part))
		return part;
	json_decref(part);
	return NULL;
}

static json_t *read_header(struct arena *arena, struct text token)
{
	const char *end = memchr(token.data, '.', token.len);

	return end ? access_token_part(arena, (struct text){ token.data, (size_t)(end - token.data) }) : NULL;
}

static json_t *claims_of(jwt_t *token)
{
	char *written = jwt_get_grants_json(token, NULL);
	json_t *claims = written ? json_loads(written, JSON_REJECT_DUPLICATES, NULL) : NULL;

	free(written);
	return claims;
}

/* libjwt takes the algorithm from the token; it was held against the key's before, and is again. */
static json_t *verified(struct arena *arena, struct text token, const struct access_key *key)
{
	jwt_t *decoded = NULL;
	json_t *claims = NULL;

	if (jwt_decode(&decoded, text_dup(arena, token), (const unsigned char *)key->key, (int)strlen(key->key)) != 0)
		return NULL;
	if (jwt_get_alg(decoded) == key->alg)
		claims = claims_of(decoded);
	jwt_free(decoded);
	return claims;
}

static bool is_of(const struct access_key *key, const char *alg)
{
	return strcmp(alg, key->alg == JWT_ALG_HS256 ? "HS256" : "ES256") == 0;
}

static enum access_verdict by_name(
        struct arena *arena, struct text token, const char *id, const char *alg, json_t **out_claims)
{
	for (int i = 0; i < key_count; i++) {
		if (strcmp(keys[i].id, id) != 0)
			continue;
		if (!is_of(&keys[i], alg))
			return ACCESS_ALGORITHM;
		*out_claims = verified(arena, token, &keys[i]);
		return *out_claims ? ACCESS_GOOD : ACCESS_FORGED;
	}
	return ACCESS_UNKNOWN;
}

static enum access_verdict by_secrets(struct arena *arena, struct text token, const char *alg, json_t **out_claims)
{
	if (strcmp(alg, "HS256") != 0)
		return ACCESS_ALGORITHM;
	for (int i = 0; i < key_count && !*out_claims; i++)
		if (keys[i].alg == JWT_ALG_HS256)
			*out_claims = verified(arena, token, &keys[i]);
	return *out_claims ? ACCESS_GOOD : ACCESS_FORGED;
}

enum access_verdict access_token_verify(struct arena *arena, struct text token, json_t **out_claims)
{
	json_t *header = token.len <= ACCESS_TOKEN_MAX ? read_header(arena, token) : NULL;
	const char *alg = json_string_value(json_object_get(header, "alg"));
	const json_t *id = json_object_get(header, "kid");
	enum access_verdict verdict;

	*out_claims = NULL;
	if (!header)
		return ACCESS_MALFORMED;
	if (json_object_get(header, "crit"))
		verdict = ACCESS_CRITICAL;
	else if (!alg)
		verdict = ACCESS_ALGORITHM;
	else if (id)
		verdict = json_is_string(id) ? by_name(arena, token, json_string_value(id), alg, out_claims)
		                             : ACCESS_UNKNOWN;
	else
		verdict = by_secrets(arena, token, alg, out_claims);
	json_decref(header);
	return verdict;
}

/* --- publishing ------------------------------------------------------------------------------- */
struct text access_keys_published(struct arena *arena)
{
	struct buffer out;
	const char *between = "";

	buffer_init(&out, arena, 1024);
	buffer_string(&out, "{\"keys\":[");
	for (int i = 0; i < key_count; i++) {
		if (keys[i].alg != JWT_ALG_ES256)
			continue;
		buffer_printf(&out,
		        "%s{\"kty\":\"EC\",\"use\":\"sig\",\"alg\":\"ES256\",\"kid\":\"%s\",\"crv\":\"P-256\",\"x\":\"%"
		        "s\",\"y\":\"%s\"}",
		        between, keys[i].id, keys[i].x, keys[i].y);
		between = ",";
	}
	buffer_string(&out, "]}");
	return buffer_view(&out);
}
