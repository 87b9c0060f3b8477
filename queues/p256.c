/* p256.c - see p256.h. */
#include "queues/p256.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* private NULL: the public half alone. NULL: it is no key. */
static EVP_PKEY *key_of(const BIGNUM *private, const uint8_t public[P256_PUBLIC_BYTES])
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (!build || !context ||
	        !OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) ||
	        !OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, public, P256_PUBLIC_BYTES) ||
	        (private && !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, private)) ||
	        !(params = OSSL_PARAM_BLD_to_param(build)))
		abort();
	if (public[0] != POINT_CONVERSION_UNCOMPRESSED || EVP_PKEY_fromdata_init(context) != 1 ||
	        EVP_PKEY_fromdata(context, &key, private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(context);
	return key;
}

/* The point that belongs to the number. */
static bool multiply(const BIGNUM *private, uint8_t out[P256_PUBLIC_BYTES])
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *point = EC_POINT_new(group);
	bool good = !BN_is_zero(private) && BN_cmp(private, EC_GROUP_get0_order(group)) < 0 &&
	            EC_POINT_mul(group, point, private, NULL, NULL, NULL) == 1 &&
	            EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, out, P256_PUBLIC_BYTES, NULL) ==
	                    P256_PUBLIC_BYTES;

	EC_POINT_free(point);
	EC_GROUP_free(group);
	return good;
}

bool p256_open(const uint8_t private[P256_PRIVATE_BYTES], struct p256 *out)
{
	BIGNUM *number = BN_secure_new();

	if (!number || !BN_bin2bn(private, P256_PRIVATE_BYTES, number))
		abort();
	out->key = multiply(number, out->public) ? key_of(number, out->public) : NULL;
	BN_clear_free(number);
	return out->key != NULL;
}

/* One number in four thousand millions is none of the curve's. */
void p256_new(struct p256 *out)
{
	uint8_t private[P256_PRIVATE_BYTES];

	do {
		if (getrandom(private, sizeof private, 0) != sizeof private)
			abort();
	} while (!p256_open(private, out));
	explicit_bzero(private, sizeof private);
}

void p256_close(struct p256 *key)
{
	EVP_PKEY_free(key->key);
	key->key = NULL;
}

bool p256_is_point(const uint8_t public[P256_PUBLIC_BYTES])
{
	EVP_PKEY *key = key_of(NULL, public);

	EVP_PKEY_free(key);
	return key != NULL;
}

bool p256_agree(const struct p256 *own, const uint8_t other[P256_PUBLIC_BYTES], uint8_t out[32])
{
	EVP_PKEY *peer = key_of(NULL, other);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own->key, NULL);
	size_t len = 32;
	bool good = peer && context && EVP_PKEY_derive_init(context) == 1 &&
	            EVP_PKEY_derive_set_peer(context, peer) == 1 && EVP_PKEY_derive(context, out, &len) == 1 &&
	            len == 32;

	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(peer);
	return good;
}

void p256_sign(const struct p256 *key, const void *data, size_t len, uint8_t out[64])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t der[80];
	const uint8_t *at = der;
	size_t der_len = sizeof der;
	ECDSA_SIG *signature;

	if (!context || EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key->key) != 1 ||
	        EVP_DigestSign(context, der, &der_len, data, len) != 1 ||
	        !(signature = d2i_ECDSA_SIG(NULL, &at, (long)der_len)))
		abort();
	BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + 32, 32);
	ECDSA_SIG_free(signature);
	EVP_MD_CTX_free(context);
}
