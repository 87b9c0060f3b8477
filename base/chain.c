/* chain.c - see chain.h. */
#include "base/chain.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

void chain_begin(struct chain *chain, const char *key_hex)
{
	memset(chain, 0, sizeof *chain);
	chain->key_bytes = strlen(key_hex) / 2;
	if (chain->key_bytes > sizeof chain->key || !text_unhex(text_of(key_hex), chain->key, chain->key_bytes))
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
	if (!HMAC(EVP_sha256(), chain->key, (int)chain->key_bytes, input, sizeof input, chain->hash, NULL))
		abort();
}

void chain_append(struct chain *chain, struct text payload)
{
	uint8_t hash[CHAIN_HASH_BYTES];

	if (!EVP_Digest(payload.data, payload.len, hash, NULL, EVP_sha256(), NULL))
		abort();
	chain_append_hash(chain, hash);
}
