/* encrypt.c - see encrypt.h. The names are those of RFC 8291 section 3.4. */
#include "workers/webhook/encrypt.h"

#include <arpa/inet.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_BYTES 4096
#define TAG_BYTES 16
#define HEAD_BYTES (ENCRYPT_SALT_BYTES + 4 + 1 + P256_PUBLIC_BYTES)

/* HMAC-SHA-256. Two of them are an HKDF of up to 32 bytes (RFC 5869). */
static void mac(const void *key, size_t key_len, const void *data, size_t len, uint8_t out[32])
{
	if (!HMAC(EVP_sha256(), key, (int)key_len, data, len, out, NULL))
		abort();
}

static void input_key(const uint8_t browser[P256_PUBLIC_BYTES], const uint8_t auth[ENCRYPT_AUTH_BYTES],
        const struct p256 *own, const uint8_t secret[32], uint8_t out[32])
{
	static const char info[] = "WebPush: info"; /* and the NUL */
	uint8_t said[sizeof info + 2 * P256_PUBLIC_BYTES + 1], prk[32];

	memcpy(said, info, sizeof info);
	memcpy(said + sizeof info, browser, P256_PUBLIC_BYTES);
	memcpy(said + sizeof info + P256_PUBLIC_BYTES, own->public, P256_PUBLIC_BYTES);
	said[sizeof said - 1] = 1;
	mac(auth, ENCRYPT_AUTH_BYTES, secret, 32, prk);
	mac(prk, sizeof prk, said, sizeof said, out);
}

static void seal(const uint8_t key[16], const uint8_t nonce[12], const uint8_t *plain, int len, uint8_t *out)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int done = 0, rest = 0;

	if (!context || EVP_EncryptInit_ex2(context, EVP_aes_128_gcm(), key, nonce, NULL) != 1 ||
	        EVP_EncryptUpdate(context, out, &done, plain, len) != 1 ||
	        EVP_EncryptFinal_ex(context, out + done, &rest) != 1 ||
	        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, out + len) != 1)
		abort();
	EVP_CIPHER_CTX_free(context);
}

static void write_head(const uint8_t salt[ENCRYPT_SALT_BYTES], const struct p256 *own, uint8_t *out)
{
	uint32_t record = htonl(RECORD_BYTES);

	memcpy(out, salt, ENCRYPT_SALT_BYTES);
	memcpy(out + ENCRYPT_SALT_BYTES, &record, 4);
	out[ENCRYPT_SALT_BYTES + 4] = P256_PUBLIC_BYTES;
	memcpy(out + ENCRYPT_SALT_BYTES + 5, own->public, P256_PUBLIC_BYTES);
}

struct text encrypt(struct arena *arena, struct text plain, const uint8_t browser[P256_PUBLIC_BYTES],
        const uint8_t auth[ENCRYPT_AUTH_BYTES], const struct p256 *own, const uint8_t salt[ENCRYPT_SALT_BYTES])
{
	static const char key_info[] = "Content-Encoding: aes128gcm\0\1", nonce_info[] = "Content-Encoding: nonce\0\1";
	uint8_t secret[32], ikm[32], prk[32], key[32], nonce[32], *out, *padded;

	if (plain.len > ENCRYPT_MOST || !p256_agree(own, browser, secret))
		return TEXT_NONE;
	input_key(browser, auth, own, secret, ikm);
	mac(salt, ENCRYPT_SALT_BYTES, ikm, sizeof ikm, prk);
	mac(prk, sizeof prk, key_info, sizeof key_info - 1, key);
	mac(prk, sizeof prk, nonce_info, sizeof nonce_info - 1, nonce);
	padded = (uint8_t *)arena_copy(arena, plain.data, plain.len); /* with a byte behind it */
	padded[plain.len] = 2;                                        /* the last record */
	out = arena_alloc(arena, HEAD_BYTES + plain.len + 1 + TAG_BYTES);
	write_head(salt, own, out);
	seal(key, nonce, padded, (int)plain.len + 1, out + HEAD_BYTES);
	return (struct text){ (char *)out, HEAD_BYTES + plain.len + 1 + TAG_BYTES };
}
