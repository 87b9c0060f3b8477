/* scan_verdict_test.c - what clamd's answers mean, how its URL is read, how old its signatures are. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "workers/scan/engine.h"

static void assert_verdict(const char *answer, enum scan_state state, const char *note)
{
	struct verdict verdict = verdict_of(text_of(answer));

	assert_int_equal(verdict.state, state);
	assert_string_equal(verdict.note, note);
}

static void only_one_word_lets_a_file_through(void **unused)
{
	(void)unused;
	assert_verdict("stream: OK", SCAN_CLEAN, "");
	assert_verdict("stream: OK ", SCAN_ERROR, "stream: OK ");
	assert_verdict("OK", SCAN_ERROR, "OK");
	assert_verdict("", SCAN_ERROR, "");
	assert_verdict("stream:  FOUND", SCAN_ERROR, "stream:  FOUND");
	assert_verdict("stream: Can't allocate memory ERROR", SCAN_ERROR, "stream: Can't allocate memory ERROR");
}

static void what_is_found_has_its_name(void **unused)
{
	char longest[400] = "stream: ";

	(void)unused;
	assert_verdict("stream: Eicar-Test-Signature FOUND", SCAN_INFECTED, "Eicar-Test-Signature");
	assert_verdict("stream: Odd\x01\xC3\xA9Name FOUND", SCAN_INFECTED, "OddName");
	memset(longest + strlen("stream: "), 'x', 300);
	strcpy(longest + strlen("stream: ") + 300, " FOUND");
	assert_int_equal(verdict_of(text_of(longest)).state, SCAN_INFECTED);
	assert_int_equal(strlen(verdict_of(text_of(longest)).note), 127);
}

static void what_was_not_looked_at_is_not_clean(void **unused)
{
	(void)unused;
	assert_verdict("stream: Heuristics.Limits.Exceeded.MaxFiles FOUND", SCAN_UNSCANNABLE,
	        "Heuristics.Limits.Exceeded.MaxFiles");
	assert_verdict("stream: Heuristics.Encrypted.Zip FOUND", SCAN_UNSCANNABLE, "Heuristics.Encrypted.Zip");
	assert_verdict("stream: Heuristics.Phishing.Email FOUND", SCAN_INFECTED, "Heuristics.Phishing.Email");
	assert_verdict(
	        "INSTREAM size limit exceeded. ERROR", SCAN_UNSCANNABLE, "larger than clamd takes (StreamMaxLength)");
}

static void a_url_is_a_socket_or_an_address(void **unused)
{
	static const char *const bad[] = { "", "unix:", "unix:clamd.ctl", "tcp://", "tcp://host", "tcp://:3310",
		"tcp://h:0", "tcp://h:70000", "tcp://h:1x", "tcp://h/x:1", "http://h:1", "/run/clamd.ctl" };
	struct clamd_url url = { .port = 42 };

	(void)unused;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_non_null(clamd_url_parse(bad[i], &url));
	assert_int_equal(url.port, 42);
	assert_null(clamd_url_parse("unix:/run/clamav/clamd.ctl", &url));
	assert_string_equal(url.host, "/run/clamav/clamd.ctl");
	assert_int_equal(url.port, 0);
	assert_null(clamd_url_parse("unix:///run/clamd.ctl", &url));
	assert_string_equal(url.host, "/run/clamd.ctl");
	assert_null(clamd_url_parse("tcp://[::1]:3310", &url));
	assert_string_equal(url.host, "::1");
	assert_int_equal(url.port, 3310);
}

static void the_age_of_signatures_is_read_where_it_is_told(void **unused)
{
	(void)unused;
	assert_int_equal(engine_signatures_at("ClamAV 1.4.6/27800/Sat Nov 28 08:24:11 2026"), 1795854251);
	assert_int_equal(engine_signatures_at("ClamAV 1.4.6"), 0);
	assert_int_equal(engine_signatures_at("ClamAV 1.4.6/27800/soon"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_one_word_lets_a_file_through),
		cmocka_unit_test(what_is_found_has_its_name),
		cmocka_unit_test(what_was_not_looked_at_is_not_clean),
		cmocka_unit_test(a_url_is_a_socket_or_an_address),
		cmocka_unit_test(the_age_of_signatures_is_read_where_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
