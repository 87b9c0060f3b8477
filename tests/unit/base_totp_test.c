/* base_totp_test.c - codes of the RFCs' tables, the steps around the present one, and base32. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/totp.h"

static const uint8_t *const secret = (const uint8_t *)"12345678901234567890";

/* RFC 4226 appendix D; RFC 6238 appendix B has eight digits, of which these are the last six. */
static void the_codes_are_those_of_the_standards(void **state)
{
	static const uint32_t of_counter[] = { 755224, 287082, 359152, 969429, 338314, 254676, 287922, 162583, 399871,
		520489 };
	static const struct {
		int64_t unix_s;
		uint32_t code;
	} of_time[] = { { 59, 287082 }, { 1111111109, 81804 }, { 1111111111, 50471 }, { 1234567890, 5924 },
		{ 2000000000, 279037 }, { 20000000000, 353130 } };

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(totp_code(secret, i), of_counter[i]);
	for (size_t i = 0; i < sizeof of_time / sizeof *of_time; i++)
		assert_int_equal(totp_code(secret, of_time[i].unix_s / TOTP_STEP_S), of_time[i].code);
}

static int64_t step_at(const char *code, int64_t unix_s)
{
	return totp_step_of(secret, text_of(code), unix_s);
}

static void a_clock_may_be_one_step_off_and_no_more(void **state)
{
	int64_t step = 1111111109 / TOTP_STEP_S;

	(void)state;
	assert_int_equal(step_at("081804", 1111111109), step);
	assert_int_equal(step_at("081804", 1111111109 + 30), step);
	assert_int_equal(step_at("081804", 1111111109 - 30), step);
	assert_int_equal(step_at("081804", 1111111109 + 60), 0);
	assert_int_equal(step_at("081804", 1111111109 - 60), 0);
}

static void what_is_not_six_digits_is_no_code(void **state)
{
	(void)state;
	assert_int_not_equal(step_at("081 804", 1111111109), 0);
	assert_int_equal(step_at("81804", 1111111109), 0);
	assert_int_equal(step_at("0818040", 1111111109), 0);
	assert_int_equal(step_at("08180a", 1111111109), 0);
	assert_int_equal(step_at("", 1111111109), 0);
	assert_int_equal(step_at("081805", 1111111109), 0);
}

/* RFC 4648 section 10 has "fooba" of five bytes. */
static void base32_is_that_of_the_standard(void **state)
{
	char out[TOTP_SECRET_LETTERS + 1];

	(void)state;
	totp_base32((const uint8_t *)"fooba", 5, out);
	assert_string_equal(out, "MZXW6YTB");
	totp_base32(secret, TOTP_SECRET_BYTES, out);
	assert_string_equal(out, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "codes are those of RFC 4226 and RFC 6238", the_codes_are_those_of_the_standards, NULL, NULL, NULL },
		{ "a clock may be one step off, and no more", a_clock_may_be_one_step_off_and_no_more, NULL, NULL,
		        NULL },
		{ "what is not six digits is no code", what_is_not_six_digits_is_no_code, NULL, NULL, NULL },
		{ "base32 is that of RFC 4648", base32_is_that_of_the_standard, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests_name("base totp", tests, NULL, NULL);
}
