/* password.c - see password.h. */
#include "base/password.h"

#include <argon2.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#define MEMORY_KIB (19 * 1024)
#define PASSES 2
#define LANES 1
#define SALT_BYTES 16
#define TAG_BYTES 32

void password_hash(struct text password, char out[PASSWORD_HASH_BYTES])
{
	uint8_t salt[SALT_BYTES];

	if (getrandom(salt, sizeof salt, 0) != sizeof salt ||
	        argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password.data, password.len, salt, sizeof salt,
	                TAG_BYTES, out, PASSWORD_HASH_BYTES) != ARGON2_OK)
		abort();
}

bool password_verify(const char *encoded, struct text password)
{
	return argon2id_verify(encoded, password.data, password.len) == ARGON2_OK;
}
