/* chain.c - see chain.h. HMAC is written out (RFC 2104), over one digest context a thread that stays: for millions of
 * rows the library's own takes most of its time to find the algorithm again.
 */
#include "base/chain.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const EVP_MD *sha256;
static pthread_key_t digests;

static void free_digest(void *digest)
{
	EVP_MD_CTX_free(digest);
}

static void prepare(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!sha256 || pthread_key_create(&digests, free_digest))
		abort();
}

/* The thread's context, at the beginning of a digest. */
static EVP_MD_CTX *digest_begin(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	EVP_MD_CTX *digest;

	pthread_once(&once, prepare);
	digest = pthread_getspecific(digests);
	if (!digest) {
		digest = EVP_MD_CTX_new();
		if (!digest || pthread_setspecific(digests, digest))
			abort();
	}
	if (!EVP_DigestInit_ex2(digest, sha256, NULL))
		abort();
	return digest;
}

static void digest_add(EVP_MD_CTX *digest, const void *data, size_t len)
{
	if (!EVP_DigestUpdate(digest, data, len))
		abort();
}

static void digest_end(EVP_MD_CTX *digest, uint8_t out[CHAIN_HASH_BYTES])
{
	if (!EVP_DigestFinal_ex(digest, out, NULL))
		abort();
}

/* --- HMAC ------------------------------------------------------------------------ */
static void half(const uint8_t key[CHAIN_KEY_BYTES], uint8_t pad, const uint8_t *data, size_t len, uint8_t *out)
{
	uint8_t block[CHAIN_KEY_BYTES];
	EVP_MD_CTX *digest = digest_begin();

	for (size_t i = 0; i < sizeof block; i++)
		block[i] = key[i] ^ pad;
	digest_add(digest, block, sizeof block);
	digest_add(digest, data, len);
	digest_end(digest, out);
	explicit_bzero(block, sizeof block);
}

static void hmac(const uint8_t key[CHAIN_KEY_BYTES], const uint8_t *data, size_t len, uint8_t out[CHAIN_HASH_BYTES])
{
	uint8_t inner[CHAIN_HASH_BYTES];

	half(key, 0x36, data, len, inner);
	half(key, 0x5c, inner, sizeof inner, out);
}

/* --- the chain ------------------------------------------------------------------- */
void chain_begin(struct chain *chain, const char *key_hex)
{
	size_t len = strlen(key_hex) / 2;

	memset(chain, 0, sizeof *chain);
	if (len > sizeof chain->key || !text_unhex(text_of(key_hex), chain->key, len))
		abort(); /* the settings table lets no such key through */
}

void chain_append_hash(struct chain *chain, const uint8_t payload_hash[CHAIN_HASH_BYTES])
{
	uint8_t input[CHAIN_HASH_BYTES + 8 + CHAIN_HASH_BYTES];
	uint64_t seq = (uint64_t)++chain->seq;

	memcpy(input, chain->hash, CHAIN_HASH_BYTES);
	for (int i = 0; i < 8; i++)
		input[CHAIN_HASH_BYTES + i] = (uint8_t)(seq >> (56 - 8 * i));
	memcpy(input + CHAIN_HASH_BYTES + 8, payload_hash, CHAIN_HASH_BYTES);
	memmove(chain->payload_hash, payload_hash, CHAIN_HASH_BYTES);
	hmac(chain->key, input, sizeof input, chain->hash);
}

void chain_append(struct chain *chain, struct text payload, struct text origin)
{
	EVP_MD_CTX *digest = digest_begin();
	uint8_t hash[CHAIN_HASH_BYTES];

	digest_add(digest, payload.data, payload.len);
	if (origin.len) {
		digest_add(digest, "", 1);
		digest_add(digest, origin.data, origin.len);
	}
	digest_end(digest, hash);
	chain_append_hash(chain, hash);
}
