/* base_unicode_test.c - texts that are equal to a reader have equal bytes; passwords too. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/password.h"
#include "base/unicode.h"

#define COMPOSED "\xC3\xA9" /* U+00E9 */
#define APART "e\xCC\x81"   /* e and U+0301 */

static void one_letter_has_one_form(void **state)
{
	struct arena *arena = arena_new(256);
	struct text ascii = TEXT("plain");

	(void)state;
	assert_true(text_equal(unicode_composed(arena, TEXT(APART)), TEXT(COMPOSED)));
	assert_true(text_equal(unicode_composed(arena, TEXT(COMPOSED)), TEXT(COMPOSED)));
	assert_ptr_equal(unicode_composed(arena, ascii).data, ascii.data);
	assert_int_equal(unicode_composed(arena, TEXT("")).len, 0);
	arena_free(&arena);
}

static void lower_case_is_of_any_script(void **state)
{
	struct arena *arena = arena_new(256);

	(void)state;
	assert_true(text_equal(unicode_lower(arena, TEXT("R\xC3\x89SEAU")), TEXT("r\xC3\xA9seau")));
	assert_true(text_equal(unicode_lower(arena, TEXT("RE\xCC\x81SEAU")), TEXT("r\xC3\xA9seau")));
	assert_true(text_equal(unicode_lower(arena, TEXT("\xD0\x9F\xD0\xA0")), TEXT("\xD0\xBF\xD1\x80")));
	assert_int_equal(unicode_lower(arena, TEXT("")).len, 0);
	arena_free(&arena);
}

static void what_turns_a_line_is_known(void **state)
{
	(void)state;
	assert_true(unicode_turns_line(0x202E));
	assert_true(unicode_turns_line(0x2066));
	assert_true(unicode_turns_line(0x2069));
	assert_false(unicode_turns_line(0x200E)); /* Hebrew and Arabic need it */
	assert_false(unicode_turns_line(0x2065));
	assert_false(unicode_turns_line('a'));
}

static void a_password_is_what_was_meant(void **state)
{
	char hash[PASSWORD_HASH_BYTES];

	(void)state;
	password_hash(TEXT("caf" APART " au lait"), hash);
	assert_true(password_verify(hash, TEXT("caf" COMPOSED " au lait")));
	assert_true(password_verify(hash, TEXT("caf" APART " au lait")));
	assert_false(password_verify(hash, TEXT("cafe au lait")));
	assert_false(password_verify(hash, TEXT("CAF" COMPOSED " au lait")));
	assert_false(password_verify("no hash", TEXT("caf" COMPOSED)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_letter_has_one_form),
		cmocka_unit_test(lower_case_is_of_any_script),
		cmocka_unit_test(what_turns_a_line_is_known),
		cmocka_unit_test(a_password_is_what_was_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
