/* uuid.h - RFC 9562 identifiers: version 7 for what happens now, version 8 for
 * what must come out the same each time it is asked for.
 */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"

struct uuid {
	uint8_t bytes[16];
};

#define UUID_TEXT_BYTES 37 /* 36 and the NUL */

/* A fresh version 7 id: 48 bits of milliseconds, the rest random (getrandom). */
struct uuid uuid_new(void);

/* Version 7 shaped, but drawn from unix_ms and SHA-256(label, seed, n): the same
 * input gives the same id. For ids of things that one command makes. */
struct uuid uuid_derive_at(int64_t unix_ms, const char *label, const struct uuid *seed, uint32_t n);

/* Version 8 (RFC 9562 section 5.8): the first 122 free bits of
 * SHA-256 over the parts, each preceded by its length as 8 bytes big-endian. */
struct uuid uuid_derive(const struct text *parts, int count);

/* The 36 character form, any case; out untouched on failure. */
bool uuid_parse(struct text t, struct uuid *out);
/* Writes 36 characters and a NUL, lower case. */
void uuid_format(const struct uuid *id, char out[UUID_TEXT_BYTES]);
/* The 36 characters in the arena. */
struct text uuid_text(struct arena *arena, const struct uuid *id);

bool uuid_equal(const struct uuid *a, const struct uuid *b);
bool uuid_is_none(const struct uuid *id); /* all zero: absent */
int uuid_version(const struct uuid *id);
/* Milliseconds since 1970 of a version 7 id. */
int64_t uuid_unix_ms(const struct uuid *id);
/* The last hexadecimal digit, 0 to 15: a ticket's lane. */
int uuid_last_digit(const struct uuid *id);

#endif
