/* base_text_test.c - texts, UTF-8, numbers, hex. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/text.h"

static void absent_is_not_empty(void **state)
{
	struct arena *arena = arena_new(256);

	(void)state;
	assert_true(text_equal(TEXT_NONE, text_of(NULL)));
	assert_false(text_equal(TEXT_NONE, TEXT("")));
	assert_true(text_equal(TEXT(""), text_of("")));
	assert_null(text_dup(arena, TEXT_NONE));
	assert_null(text_copy(arena, TEXT_NONE).data);
	assert_string_equal(text_dup(arena, TEXT("")), "");
	arena_free(&arena);
}

static void compares(void **state)
{
	(void)state;
	assert_true(text_equal(TEXT("a\0b"), TEXT("a\0b")));
	assert_false(text_equal(TEXT("a\0b"), TEXT("a\0c")));
	assert_true(text_equal_nocase(TEXT("Content-Type"), TEXT("cONTENT-tYPE")));
	assert_false(text_equal_nocase(TEXT("\xC3\x84"), TEXT("\xC3\xA4")));
	assert_true(text_starts_with(TEXT("ticket.assign"), TEXT("ticket.")));
	assert_true(text_starts_with(TEXT("a"), TEXT("")));
	assert_false(text_starts_with(TEXT("a"), TEXT("ab")));
	assert_true(text_equal_secret(TEXT("secret"), TEXT("secret")));
	assert_false(text_equal_secret(TEXT("secret"), TEXT("secreT")));
	assert_false(text_equal_secret(TEXT("secret"), TEXT("secre")));
	assert_false(text_equal_secret(TEXT_NONE, TEXT("")));
}

static void trims(void **state)
{
	(void)state;
	assert_true(text_equal(text_trim(TEXT(" \t\r\n\v\fa b \n")), TEXT("a b")));
	assert_int_equal(text_trim(TEXT("  \n ")).len, 0);
	assert_int_equal(text_trim(TEXT_NONE).len, 0);
}

static void accepts_well_formed_utf8(void **state)
{
	static const struct {
		struct text text;
		size_t chars;
	} good[] = {
		{ { "", 0 }, 0 },
		{ { "abc", 3 }, 3 },
		{ { "\x7F", 1 }, 1 },
		{ { "\xC2\x80\xDF\xBF", 4 }, 2 },
		{ { "\xE0\xA0\x80\xEF\xBF\xBF", 6 }, 2 },
		{ { "\xED\x9F\xBF\xEE\x80\x80", 6 }, 2 },
		{ { "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 8 }, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		size_t chars = 99;

		assert_true(text_is_utf8(good[i].text, &chars));
		assert_int_equal(chars, good[i].chars);
	}
	assert_true(text_is_utf8(TEXT("x"), NULL));
}

static void refuses_malformed_utf8(void **state)
{
	static const struct text bad[] = {
		{ "\x80", 1 },             /* a continuation alone */
		{ "\xC0\x80", 2 },         /* overlong NUL */
		{ "\xC1\xBF", 2 },         /* overlong U+007F */
		{ "\xE0\x9F\xBF", 3 },     /* overlong U+07FF */
		{ "\xF0\x8F\xBF\xBF", 4 }, /* overlong U+FFFF */
		{ "\xED\xA0\x80", 3 },     /* surrogate U+D800 */
		{ "\xED\xBF\xBF", 3 },     /* surrogate U+DFFF */
		{ "\xF4\x90\x80\x80", 4 }, /* U+110000 */
		{ "\xF5\x80\x80\x80", 4 },
		{ "\xFE", 1 },
		{ "\xFF", 1 },
		{ "\xC2", 1 }, /* truncated */
		{ "\xE2\x82", 2 },
		{ "\xF0\x9F\x98", 3 },
		{ "\xC2\x41", 2 }, /* no continuation */
		{ "\xE2\x82\x41", 3 },
		{ "\xF0\x9F\x98\xC0", 4 },
		{ "a\0b", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		size_t chars = 99;

		assert_false(text_is_utf8(bad[i], &chars));
		assert_int_equal(chars, 99);
	}
}

static void reads_whole_numbers(void **state)
{
	static const char *const bad[] = { "", "-", "+1", " 1", "1 ", "1.0", "0x1", "9223372036854775808",
		"-9223372036854775809", "99999999999999999999" };
	int64_t n = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(text_to_int(text_of(bad[i]), &n));
		assert_int_equal(n, 42);
	}
	assert_true(text_to_int(TEXT("9223372036854775807"), &n));
	assert_true(n == INT64_MAX);
	assert_true(text_to_int(TEXT("-9223372036854775808"), &n));
	assert_true(n == INT64_MIN);
	assert_true(text_to_int(TEXT("-0"), &n));
	assert_int_equal(n, 0);
}

static void hex_goes_both_ways(void **state)
{
	char out[9];
	unsigned char bytes[4] = { 0 };

	(void)state;
	text_hex("\x00\x1f\xa0\xff", 4, out);
	assert_string_equal(out, "001fa0ff");
	assert_true(text_unhex(TEXT("001FA0ff"), bytes, 4));
	assert_memory_equal(bytes, "\x00\x1f\xa0\xff", 4);
	assert_false(text_unhex(TEXT("001fa0f"), bytes, 4));
	assert_false(text_unhex(TEXT("001fa0fg"), bytes, 4));
	assert_false(text_unhex(TEXT("001fa0ffff"), bytes, 4));
	assert_memory_equal(bytes, "\x00\x1f\xa0\xff", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "an absent text is not an empty one", absent_is_not_empty, NULL, NULL, NULL },
		{ "texts compare by bytes, NUL among them", compares, NULL, NULL, NULL },
		{ "white space is cut at both ends only", trims, NULL, NULL, NULL },
		{ "well-formed UTF-8 is accepted and counted", accepts_well_formed_utf8, NULL, NULL, NULL },
		{ "overlong, surrogate, too large, truncated and NUL are no UTF-8", refuses_malformed_utf8, NULL, NULL,
		        NULL },
		{ "a number is whole and in range, or leaves out untouched", reads_whole_numbers, NULL, NULL, NULL },
		{ "hexadecimal goes both ways", hex_goes_both_ways, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests_name("base text", tests, NULL, NULL);
}
