/* password.c - see password.h. */
#include "base/password.h"

#include <argon2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/arena.h"
#include "base/unicode.h"

#define MEMORY_KIB (19 * 1024)
#define PASSES 2
#define LANES 1
#define SALT_BYTES 16
#define TAG_BYTES 32

/* RFC 8265 section 4.2.2: keyboards write one letter in two ways, and a password is what was meant. The arena goes
 * with its copy, wiped. */
static struct text composed(struct arena **arena, struct text password)
{
	*arena = arena_new(512);
	return unicode_composed(*arena, password);
}

static void forget(struct arena **arena, struct text password, struct text given)
{
	if (password.data != given.data)
		explicit_bzero((char *)password.data, password.len);
	arena_free(arena);
}

void password_hash(struct text given, char out[PASSWORD_HASH_BYTES])
{
	uint8_t salt[SALT_BYTES];
	struct arena *arena;
	struct text password = composed(&arena, given);

	if (getrandom(salt, sizeof salt, 0) != sizeof salt ||
	        argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password.data, password.len, salt, sizeof salt,
	                TAG_BYTES, out, PASSWORD_HASH_BYTES) != ARGON2_OK)
		abort();
	forget(&arena, password, given);
}

bool password_is_outdated(const char *encoded)
{
	char now[64];

	snprintf(now, sizeof now, "$argon2id$v=%d$m=%d,t=%d,p=%d$", ARGON2_VERSION_NUMBER, MEMORY_KIB, PASSES, LANES);
	return strncmp(encoded, now, strlen(now)) != 0;
}

bool password_verify(const char *encoded, struct text given)
{
	struct arena *arena;
	struct text password = composed(&arena, given);
	bool fits = argon2id_verify(encoded, password.data, password.len) == ARGON2_OK;

	/* From before passwords were composed: as it was typed. */
	if (!fits && !text_equal(password, given))
		fits = argon2id_verify(encoded, given.data, given.len) == ARGON2_OK;
	forget(&arena, password, given);
	return fits;
}
