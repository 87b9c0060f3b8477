/* mail_charset_test.c - bytes that a stranger calls text, as UTF-8. */
#include "tests/unit/mail_sample.h"
#include "base/mail/charset.h"

#define decoded(bytes, label) charset_decode(*state, TEXT(bytes), TEXT(label))

static void reads_what_is_labelled(void **state)
{
	assert_text(decoded("caf\xE9", "iso-8859-1"), "café");
	assert_text(decoded("\x93hi\x94 \x80", "ISO-8859-1"), "“hi” €");
	assert_text(decoded("\xC4\xE3\xBA\xC3", "gb2312"), "你好");
	assert_text(decoded("\xB0\xA1", "ks_c_5601-1987"), "가");
	assert_text(decoded("\x83\x65\x83\x58\x83\x67", "Shift_JIS"), "テスト");
	assert_text(decoded("\x1B$B$3$s\x1B(B", "iso-2022-jp"), "こん");
	assert_text(decoded("\xF0\xD2\xC9\xD7\xC5\xD4", "koi8-r"), "Привет");
	assert_text(decoded("Gr+APwA3w-e", "unicode-1-1-utf-7"), "Grüße");
}

static void a_label_that_lies_is_not_believed(void **state)
{
	assert_text(decoded("Gr\xC3\xBC\xC3\x9F"
	                    "e aus K\xC3\xB6ln",
	                    "iso-8859-1"),
	        "Grüße aus Köln");
	assert_text(decoded("Gr\xFC\xDF"
	                    "e aus K\xF6ln",
	                    "utf-8"),
	        "Grüße aus Köln");
	assert_text(decoded("Gr\xFC\xDF"
	                    "e aus K\xF6ln",
	                    "us-ascii"),
	        "Grüße aus Köln");
	assert_text(decoded("\x83\x65\x83\x58\x83\x67", "iso-2022-jp"), "テスト");
}

static void an_unknown_label_loses_nothing(void **state)
{
	assert_text(decoded("d\xC3\xA9j\xC3\xA0", "fakescii"), "déjà");
	assert_text(decoded("plain", "x-unknown; \"\xFF"), "plain");
	assert_text(decoded("d\xC3\xA9j\xC3\xA0", "uft-8"), "déjà");
}

static void damaged_utf8_keeps_its_good_characters(void **state)
{
	assert_text(decoded("d\xC3\xA9j\xC3\xA0 vu \xC3", "utf-8"), "déjà vu \xEF\xBF\xBD");
}

static void what_comes_out_is_utf8_without_nul(void **state)
{
	static const char *const labels[] = { "utf-8", "utf-16", "utf-7", "gb18030", "iso-2022-kr", "hz-gb-2312",
		"windows-1252", "big5", "", "no such thing" };
	char bytes[257];

	for (int i = 0; i < 257; i++)
		bytes[i] = (char)(i * 7);
	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
		struct text text = charset_decode(*state, (struct text){ bytes, sizeof bytes }, text_of(labels[i]));

		assert_true(text_is_utf8(text_mend(*state, text), NULL));
	}
}

static void a_mark_of_utf16_goes_before_its_label(void **state)
{
	assert_text(decoded("\xFF\xFEh\0i\0", "iso-8859-1"), "hi");
	assert_text(decoded("\xEF\xBB\xBFhi", "utf-8"), "hi");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_what_is_labelled, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(a_label_that_lies_is_not_believed, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(an_unknown_label_loses_nothing, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(damaged_utf8_keeps_its_good_characters, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(what_comes_out_is_utf8_without_nul, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(a_mark_of_utf16_goes_before_its_label, sample_begin, sample_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
