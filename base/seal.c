/* seal.c - see seal.h. */
#include "base/seal.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define NONCE_BYTES 12
#define TAG_BYTES 16

static EVP_CIPHER_CTX *begin(const uint8_t *key, const uint8_t *nonce, const void *owner, size_t owner_len, int seals)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int len;

	if (!context || EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce, seals) != 1 ||
	        EVP_CipherUpdate(context, NULL, &len, owner, (int)owner_len) != 1)
		abort(); /* out of memory */
	return context;
}

void seal_close(const uint8_t key[SEAL_KEY_BYTES], const void *owner, size_t owner_len, const void *secret, size_t len,
        uint8_t *out)
{
	EVP_CIPHER_CTX *context;
	uint8_t rest[16];
	int done;

	if (getrandom(out, NONCE_BYTES, 0) != NONCE_BYTES)
		abort();
	context = begin(key, out, owner, owner_len, 1);
	if (EVP_CipherUpdate(context, out + NONCE_BYTES, &done, secret, (int)len) != 1 ||
	        EVP_CipherFinal_ex(context, rest, &done) != 1 ||
	        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, out + NONCE_BYTES + len) != 1)
		abort();
	EVP_CIPHER_CTX_free(context);
}

bool seal_open(const uint8_t key[SEAL_KEY_BYTES], const void *owner, size_t owner_len, const uint8_t *sealed,
        size_t len, void *out)
{
	EVP_CIPHER_CTX *context;
	size_t inside = len - SEAL_MORE_BYTES;
	uint8_t tag[TAG_BYTES], rest[16];
	int done;
	bool good;

	if (len <= SEAL_MORE_BYTES)
		return false;
	memcpy(tag, sealed + len - TAG_BYTES, TAG_BYTES);
	context = begin(key, sealed, owner, owner_len, 0);
	good = EVP_CipherUpdate(context, out, &done, sealed + NONCE_BYTES, (int)inside) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
	       EVP_CipherFinal_ex(context, rest, &done) == 1;
	EVP_CIPHER_CTX_free(context);
	if (!good)
		explicit_bzero(out, inside);
	return good;
}
