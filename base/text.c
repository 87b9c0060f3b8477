/* text.c - bytes with a length: comparing, trimming, UTF-8, numbers, hex.
 *
 * Absent (NULL data) equals absent only; it is not equal to an empty text.
 *
 * UTF-8 follows RFC 3629 section 4: no overlong forms, no surrogates, nothing
 * above U+10FFFF. NUL is refused as well, since neither PostgreSQL's text nor
 * a C string can hold it.
 */
#include <string.h>
#include <strings.h>
#include <openssl/crypto.h>
#include "base/arena.h"
#include "base/text.h"

struct text text_of(const char *s)
{
	return s ? (struct text){ .data = s, .len = strlen(s) } : TEXT_NONE;
}

static bool same_shape(struct text a, struct text b)
{
	return a.len == b.len && !a.data == !b.data;
}

bool text_equal(struct text a, struct text b)
{
	return same_shape(a, b) && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_equal_nocase(struct text a, struct text b)
{
	if (!same_shape(a, b))
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
			return false;
	return true;
}

bool text_starts_with(struct text t, struct text prefix)
{
	return t.len >= prefix.len && (prefix.len == 0 || memcmp(t.data, prefix.data, prefix.len) == 0);
}

char *text_dup(struct arena *arena, struct text t)
{
	return t.data ? arena_copy(arena, t.data, t.len) : NULL;
}

struct text text_copy(struct arena *arena, struct text t)
{
	return (struct text){ .data = text_dup(arena, t), .len = t.len };
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct text text_trim(struct text t)
{
	while (t.len > 0 && is_space(t.data[t.len - 1]))
		t.len--;
	while (t.len > 0 && is_space(t.data[0])) {
		t.data++;
		t.len--;
	}
	return t;
}

static bool in_range(unsigned char c, unsigned char least, unsigned char most)
{
	return c >= least && c <= most;
}

size_t text_utf8_step(struct text t)
{
	const unsigned char *s = (const unsigned char *)t.data;
	unsigned char least = 0x80, most = 0xBF;
	size_t len;

	if (t.len == 0 || s[0] == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (!in_range(s[0], 0xC2, 0xF4))
		return 0;

	/* The second byte is where overlong, surrogate and too large forms show. */
	len = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
	if (s[0] == 0xE0)
		least = 0xA0;
	else if (s[0] == 0xED)
		most = 0x9F;
	else if (s[0] == 0xF0)
		least = 0x90;
	else if (s[0] == 0xF4)
		most = 0x8F;

	if (t.len < len || !in_range(s[1], least, most))
		return 0;
	for (size_t i = 2; i < len; i++)
		if (!in_range(s[i], 0x80, 0xBF))
			return 0;
	return len;
}

bool text_is_utf8(struct text t, size_t *out_chars)
{
	size_t chars = 0;

	while (t.len > 0) {
		size_t step = text_utf8_step(t);

		if (step == 0)
			return false;
		t.data += step;
		t.len -= step;
		chars++;
	}
	if (out_chars)
		*out_chars = chars;
	return true;
}

bool text_to_int(struct text t, int64_t *out)
{
	bool negative = t.len > 0 && t.data[0] == '-';
	int64_t value = 0;

	if (t.len <= (size_t)negative)
		return false;
	for (size_t i = negative; i < t.len; i++) {
		int digit = t.data[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		/* Grown towards its own sign, so that INT64_MIN fits. */
		if (__builtin_mul_overflow(value, 10, &value) ||
		        __builtin_add_overflow(value, negative ? -digit : digit, &value))
			return false;
	}
	*out = value;
	return true;
}

void text_hex(const void *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_unhex(struct text hex, void *out, size_t out_len)
{
	unsigned char *bytes = out;

	if (hex.len % 2 != 0 || hex.len / 2 != out_len)
		return false;
	for (size_t i = 0; i < hex.len; i++)
		if (hex_digit(hex.data[i]) < 0)
			return false;
	for (size_t i = 0; i < out_len; i++)
		bytes[i] = (unsigned char)(hex_digit(hex.data[2 * i]) << 4 | hex_digit(hex.data[2 * i + 1]));
	return true;
}

bool text_equal_secret(struct text a, struct text b)
{
	return same_shape(a, b) && (a.len == 0 || CRYPTO_memcmp(a.data, b.data, a.len) == 0);
}
