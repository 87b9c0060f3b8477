/* mail_charset_fuzz.c - any bytes under any label: UTF-8 comes out, no more of it than the bytes can mean. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "base/mail/charset.h"
#include "base/mail/header.h"

#define GROWTH_MOST 8 /* a byte becomes at most two characters of four */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		__builtin_trap();
}

static void must_be_text(struct arena *arena, struct text text, size_t bytes)
{
	must(text_is_utf8(text_mend(arena, text), NULL));
	must(text.len <= GROWTH_MOST * (bytes + 8));
}

/* The label stands before the first NUL. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, 0, size) : NULL;
	struct text label = { (const char *)data, end ? (size_t)(end - data) : 0 };
	struct text bytes = { (const char *)data + label.len, size - label.len };
	struct arena *arena = arena_new(4096);

	must_be_text(arena, charset_decode(arena, bytes, label), size);
	must_be_text(arena, charset_guess(arena, bytes, label), size);
	must_be_text(arena, header_words(arena, bytes, label), size);
	must_be_text(arena, header_file_name(arena, text_mend(arena, bytes)), size);
	arena_free(&arena);
	return 0;
}
