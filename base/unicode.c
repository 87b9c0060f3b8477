/* unicode.c - see unicode.h. Normalization and case are libunistring's. */
#include "base/unicode.h"

#include <stdlib.h>
#include <unicase.h>
#include <unigbrk.h>
#include <uninorm.h>
#include "base/arena.h"

bool unicode_next(struct text *t, uint32_t *out)
{
	static const unsigned char first_bits[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
	size_t step = text_utf8_step(*t);
	uint32_t c;

	if (!step)
		return false;
	c = (unsigned char)t->data[0] & first_bits[step];
	for (size_t i = 1; i < step; i++)
		c = c << 6 | ((unsigned char)t->data[i] & 0x3F);
	*t = (struct text){ t->data + step, t->len - step };
	*out = c;
	return true;
}

bool unicode_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

bool unicode_ends_line(uint32_t c)
{
	return c == 0x2028 || c == 0x2029;
}

bool unicode_is_invisible(uint32_t c)
{
	/* Signs of category Cf that are drawn, like U+0600, are left out; fillers and variation selectors are in. */
	static const struct {
		uint32_t first, last;
	} ranges[] = { { 0x00, 0x20 }, { 0x7F, 0xA0 }, { 0xAD, 0xAD }, { 0x34F, 0x34F }, { 0x61C, 0x61C },
		{ 0x115F, 0x1160 }, { 0x1680, 0x1680 }, { 0x17B4, 0x17B5 }, { 0x180B, 0x180F }, { 0x2000, 0x200F },
		{ 0x2028, 0x202F }, { 0x205F, 0x206F }, { 0x3000, 0x3000 }, { 0x3164, 0x3164 }, { 0xFE00, 0xFE0F },
		{ 0xFEFF, 0xFEFF }, { 0xFFA0, 0xFFA0 }, { 0xFFF9, 0xFFFB }, { 0x1BCA0, 0x1BCA3 }, { 0x1D173, 0x1D17A },
		{ 0xE0000, 0xE0FFF } };

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

bool unicode_turns_line(uint32_t c)
{
	return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static bool is_ascii(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.data[i] >= 0x80)
			return false;
	return true;
}

/* What the library has allocated, in the arena. It fails for want of memory alone, where we end. */
static struct text kept(struct arena *arena, uint8_t *made, size_t len)
{
	struct text out = { made ? arena_copy(arena, made, len) : NULL, len };

	if (!made)
		abort();
	free(made);
	return out;
}

struct text unicode_composed(struct arena *arena, struct text t)
{
	size_t len = 0;
	uint8_t *made;

	if (is_ascii(t))
		return t;
	made = u8_normalize(UNINORM_NFC, (const uint8_t *)t.data, t.len, NULL, &len);
	return kept(arena, made, len);
}

struct text unicode_lower(struct arena *arena, struct text t)
{
	size_t len = 0;
	uint8_t *made;

	if (!t.len)
		return t;
	made = u8_tolower((const uint8_t *)t.data, t.len, NULL, UNINORM_NFC, NULL, &len);
	return kept(arena, made, len);
}

size_t unicode_cluster(struct text t)
{
	const uint8_t *start = (const uint8_t *)t.data;
	const uint8_t *end = t.len ? u8_grapheme_next(start, start + t.len) : NULL;

	return end ? (size_t)(end - start) : t.len;
}
