/* webhook_secret.c - see webhook_secret.h. */
#include "queues/webhook_secret.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAC_BYTES 32

const char *webhook_key = "";

struct setting webhook_secret_settings[] = {
	WEBHOOK_KEY_ROW,
	{ 0 },
};

void webhook_secret_derive(const void *said, size_t len, uint8_t out[MAC_BYTES])
{
	uint8_t key[64] = { 0 };
	size_t key_bytes = strlen(webhook_key) / 2;

	text_unhex(text_of(webhook_key), key, key_bytes);
	if (!HMAC(EVP_sha256(), key, (int)key_bytes, said, len, out, NULL))
		abort();
	explicit_bzero(key, sizeof key);
}

void webhook_secret_write(const struct uuid *webhook, int64_t generation, char out[WEBHOOK_SECRET_BYTES])
{
	uint8_t mac[MAC_BYTES], said[64];
	int len = snprintf((char *)said, sizeof said, "guichet webhook %lld ", (long long)generation);

	memcpy(said + len, webhook->bytes, sizeof webhook->bytes);
	webhook_secret_derive(said, (size_t)len + sizeof webhook->bytes, mac);
	memcpy(out, "whsec_", 6);
	text_hex(mac, sizeof mac, out + 6);
	explicit_bzero(mac, sizeof mac);
}

/* In pieces, so that the body is not copied. */
void webhook_sign(const char *secret, int64_t unix_s, struct text body, char out[WEBHOOK_SIGNATURE_BYTES])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, (const uint8_t *)secret, strlen(secret));
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t mac[MAC_BYTES];
	size_t mac_bytes = sizeof mac;
	char stamp[24];
	int len = snprintf(stamp, sizeof stamp, "%lld.", (long long)unix_s);

	if (!key || !context || EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
	        EVP_DigestSignUpdate(context, stamp, (size_t)len) != 1 ||
	        EVP_DigestSignUpdate(context, body.data, body.len) != 1 ||
	        EVP_DigestSignFinal(context, mac, &mac_bytes) != 1)
		abort();
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	text_hex(mac, sizeof mac, out);
}
