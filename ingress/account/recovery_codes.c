/* recovery_codes.c - see recovery_codes.h. */
#include "ingress/account/recovery_codes.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/totp.h"

#define CODE_BYTES 10
#define CODE_LETTERS 16
#define HASH_BYTES 32

void recovery_codes_draw(struct arena *arena, struct text out[RECOVERY_CODES])
{
	uint8_t drawn[CODE_BYTES];
	char letters[CODE_LETTERS + 1];

	for (int i = 0; i < RECOVERY_CODES; i++) {
		if (getrandom(drawn, sizeof drawn, 0) != sizeof drawn)
			abort();
		totp_base32(drawn, sizeof drawn, letters);
		out[i] = text_of(
		        arena_printf(arena, "%.4s-%.4s-%.4s-%.4s", letters, letters + 4, letters + 8, letters + 12));
	}
	explicit_bzero(drawn, sizeof drawn);
	explicit_bzero(letters, sizeof letters);
}

struct text recovery_code_hash(struct arena *arena, struct text code)
{
	char *plain = arena_alloc(arena, code.len + 1), *out = arena_alloc(arena, 2 * HASH_BYTES + 1);
	uint8_t hash[HASH_BYTES];
	size_t len = 0;

	for (size_t i = 0; i < code.len; i++)
		if (code.data[i] != '-' && code.data[i] != ' ')
			plain[len++] = (char)toupper((unsigned char)code.data[i]);
	if (!EVP_Digest(plain, len, hash, NULL, EVP_sha256(), NULL))
		abort();
	text_hex(hash, sizeof hash, out);
	return text_of(out);
}

static struct text list_of(struct arena *arena, const struct text codes[RECOVERY_CODES], bool hashed)
{
	struct buffer out;

	buffer_init(&out, arena, 1024);
	for (int i = 0; i < RECOVERY_CODES; i++) {
		buffer_string(&out, i ? "," : "[");
		buffer_json_text(&out, hashed ? recovery_code_hash(arena, codes[i]) : codes[i]);
	}
	buffer_string(&out, "]");
	return buffer_view(&out);
}

struct text recovery_codes_json(struct arena *arena, const struct text codes[RECOVERY_CODES])
{
	return list_of(arena, codes, false);
}

struct text recovery_codes_hashes(struct arena *arena, const struct text codes[RECOVERY_CODES])
{
	return list_of(arena, codes, true);
}
