/* base_log_test.c - what a log line looks like, read back from a pipe. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>
#include "base/log.h"

static char line[16384];
static int real_stderr = -1;
static int pipe_fds[2];

static int setup(void **state)
{
	(void)state;
	log_init("test", LOG_LEVEL_INFO);
	log_context_clear();
	if (pipe2(pipe_fds, O_NONBLOCK) != 0)
		return -1;
	real_stderr = dup(STDERR_FILENO);
	return dup2(pipe_fds[1], STDERR_FILENO) < 0;
}

static int teardown(void **state)
{
	(void)state;
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return 0;
}

static size_t read_line(void)
{
	ssize_t n = read(pipe_fds[0], line, sizeof(line) - 1);

	line[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void assert_has(const char *part)
{
	if (!strstr(line, part))
		fail_msg("no %s in %s", part, line);
}

static void writes_one_object_a_line(void **state)
{
	static const struct uuid id = { { 0x01, 0x7f } };

	(void)state;
	log_thread_name("lane-3");
	log_warn("broker lost", LOG_TEXT("host", "a\"b"), LOG_INT("attempt", -3), LOG_UUID("id", &id));
	assert_int_equal(line[read_line() - 1], '\n');
	assert_int_equal(strncmp(line, "{\"ts\":\"20", 9), 0);
	assert_has("\"level\":\"warning\",\"program\":\"test\",\"thread\":\"lane-3\",\"msg\":\"broker lost\","
	           "\"host\":\"a\\\"b\",\"attempt\":-3,\"id\":\"017f0000-0000-0000-0000-000000000000\"}\n");
}

static void carries_the_context_while_it_is_set(void **state)
{
	static const struct uuid id = { { 0xAB } };

	(void)state;
	log_context(TEXT("req-1"), &id, TEXT_NONE);
	log_info("with");
	read_line();
	assert_has("\"request_id\":\"req-1\",\"command_id\":\"ab000000-");
	assert_null(strstr(line, "trace_id"));
	log_context_clear();
	log_info("without");
	read_line();
	assert_null(strstr(line, "request_id"));
}

static void repairs_what_is_no_utf8(void **state)
{
	(void)state;
	log_info("x", LOG_VIEW("v", TEXT("a\xff\xc3(\xed\xa0\x80\0\n\xC3\xA9")), LOG_TEXT("none", NULL));
	read_line();
	assert_has("\"v\":\"a\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\\n\xC3\xA9\","
	           "\"none\":null}");
}

static void escapes_what_moves_a_terminal(void **state)
{
	(void)state;
	log_info("x", LOG_VIEW("v", TEXT("a\x7f\xC2\x9B"
	                                 "31m\xC2\x85\xE2\x80\xA8\x1b[0m\xC2\xA0\xE2\x82\xAC")));
	read_line();
	assert_has("\"v\":\"a\\u007f\\u009b31m\\u0085\\u2028\\u001b[0m\xC2\xA0\xE2\x82\xAC\"}");
}

static void cuts_values_and_keeps_the_shape(void **state)
{
	static char huge[20000];
	size_t len;

	(void)state;
	for (int fill = 0; fill < 3; fill++) {
		memset(huge, "a\n\""[fill], sizeof(huge) - 1);
		log_error(huge, LOG_TEXT("first", huge), LOG_TEXT("second", huge), LOG_TEXT("third", huge),
		        LOG_INT("n", 7));
		len = read_line();
		assert_in_range(len, 1000, 8192);
		assert_int_equal(strcspn(line, "\n"), len - 1);
		assert_has("\xE2\x80\xA6\",\"first\":\"");
		assert_has("\xE2\x80\xA6\",\"third\":\"");
		assert_has("\xE2\x80\xA6\",\"n\":7}\n");
	}
}

static void survives_more_fields_than_fit(void **state)
{
	static struct log_field fields[1001];
	size_t len;

	(void)state;
	for (int i = 0; i < 1000; i++)
		fields[i] = (struct log_field)LOG_TEXT("name_of_a_field", "value of a field");
	log_write(LOG_LEVEL_INFO, "many", fields);
	len = read_line();
	assert_in_range(len, 7000, 8192);
	assert_string_equal(line + len - 3, "\"}\n");
}

static void stays_silent_below_its_level(void **state)
{
	enum log_level level = LOG_LEVEL_CRITICAL;

	(void)state;
	log_debug("not seen");
	assert_int_equal(read_line(), 0);
	assert_true(log_level_parse(TEXT("NOTICE"), &level));
	assert_int_equal(level, LOG_LEVEL_NOTICE);
	assert_false(log_level_parse(TEXT("loud"), &level));
	assert_int_equal(level, LOG_LEVEL_NOTICE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a line is one JSON object", writes_one_object_a_line, setup, teardown, NULL },
		{ "a line carries the thread's context while it is set", carries_the_context_while_it_is_set, setup,
		        teardown, NULL },
		{ "control characters and line separators are escaped", escapes_what_moves_a_terminal, setup, teardown,
		        NULL },
		{ "bytes that are no UTF-8 are replaced", repairs_what_is_no_utf8, setup, teardown, NULL },
		{ "huge values are cut, the shape stays, later fields too", cuts_values_and_keeps_the_shape, setup,
		        teardown, NULL },
		{ "fields without room are left out", survives_more_fields_than_fit, setup, teardown, NULL },
		{ "lines below the level are not written", stays_silent_below_its_level, setup, teardown, NULL },
	};

	return cmocka_run_group_tests_name("base log", tests, NULL, NULL);
}
