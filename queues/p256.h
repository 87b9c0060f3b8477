/* p256.h - keys on the curve P-256, as web push exchanges them (RFC 8291, RFC 8292). */
#ifndef QUEUES_P256_H
#define QUEUES_P256_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#define P256_PRIVATE_BYTES 32
#define P256_PUBLIC_BYTES 65 /* uncompressed: 4, x, y */

struct p256 {
	EVP_PKEY *key;
	uint8_t public[P256_PUBLIC_BYTES];
};

/* False: the number is none of the curve's. To be closed by p256_close. */
bool p256_open(const uint8_t private[P256_PRIVATE_BYTES], struct p256 *out);
/* A fresh one. */
void p256_new(struct p256 *out);
void p256_close(struct p256 *key);

bool p256_is_point(const uint8_t public[P256_PUBLIC_BYTES]);
/* The secret that both have. False: the other's is no point of the curve. */
bool p256_agree(const struct p256 *own, const uint8_t other[P256_PUBLIC_BYTES], uint8_t out[32]);
/* ES256: r and s, 32 bytes each. */
void p256_sign(const struct p256 *key, const void *data, size_t len, uint8_t out[64]);

#endif
