/* base_clock_test.c - time as text, waits and back-off. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/process.h"

static void writes_rfc_3339(void **state)
{
	char out[CLOCK_TEXT_BYTES];

	(void)state;
	clock_format(0, out);
	assert_string_equal(out, "1970-01-01T00:00:00.000Z");
	clock_format(1645557742123999, out);
	assert_string_equal(out, "2022-02-22T19:22:22.123Z");
}

static void backs_off_within_half_and_whole(void **state)
{
	static const int whole[] = { 200, 400, 800, 1600, 2000, 2000 };

	(void)state;
	for (int round = 0; round < 200; round++)
		for (int attempt = 0; attempt < 6; attempt++)
			assert_in_range(clock_backoff_ms(attempt, 200, 2000), whole[attempt] / 2, whole[attempt]);
	assert_in_range(clock_backoff_ms(1000000, 200, 2000), 1000, 2000);
}

static void naps_about_as_long_as_asked(void **state)
{
	int64_t from = clock_mono_ms();

	(void)state;
	process_nap_ms(20);
	process_nap_ms(0);
	process_nap_ms(-5);
	assert_in_range(clock_mono_ms() - from, 19, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "time is written as RFC 3339 with milliseconds", writes_rfc_3339, NULL, NULL, NULL },
		{ "a back-off is half to whole of its doubled, capped wait", backs_off_within_half_and_whole, NULL,
		        NULL, NULL },
		{ "a nap lasts about as long as asked", naps_about_as_long_as_asked, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests_name("base clock", tests, NULL, NULL);
}
