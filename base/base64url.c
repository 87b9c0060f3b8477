/* base64url.c - see base64url.h. */
#include "base/base64url.h"

#include <string.h>
#include "base/arena.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct text base64url_write(struct arena *arena, const void *data, size_t len)
{
	char *out = arena_alloc(arena, len / 3 * 4 + 5), *at = out;
	const uint8_t *bytes = data;
	unsigned held = 0, bits = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | bytes[i];
		for (held += 8; held >= 6; held -= 6)
			*at++ = alphabet[bits >> (held - 6) & 63];
	}
	if (held)
		*at++ = alphabet[bits << (6 - held) & 63];
	return (struct text){ out, (size_t)(at - out) };
}

bool base64url_read(struct text letters, void *out, size_t len)
{
	uint8_t *bytes = out;
	unsigned held = 0, bits = 0;
	size_t count = 0;

	while (letters.len && letters.data[letters.len - 1] == '=')
		letters.len--;
	if (letters.len != (len * 4 + 2) / 3)
		return false;
	for (size_t i = 0; i < letters.len; i++) {
		const char *at = letters.data[i] ? strchr(alphabet, letters.data[i]) : NULL;

		if (!at)
			return false;
		bits = bits << 6 | (unsigned)(at - alphabet);
		held += 6;
		if (held >= 8 && count < len) {
			held -= 8;
			bytes[count++] = (uint8_t)(bits >> held);
		}
	}
	return count == len && (bits & ((1U << held) - 1)) == 0;
}
