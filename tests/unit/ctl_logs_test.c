/* ctl_logs_test.c - which lines of a log count, and how they are shown. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ops/guichetctl/log_line.h"

#define LINE                                                                                                           \
	"{\"ts\":\"2026-11-30T15:00:00.123Z\",\"level\":\"warning\",\"program\":\"guichet-relay\",\"thread\":"         \
	"\"main\",\"msg\":\"broker lost\","                                                                            \
	"\"attempt\":3,\"host\":\"a\\u001bb\"}"

static void lines_count_by_level_and_words(void **state)
{
	(void)state;
	assert_true(log_line_counts(TEXT(LINE), &(struct log_filter){ 0 }));
	assert_true(log_line_counts(TEXT(LINE), &(struct log_filter){ "warning", "BROKER" }));
	assert_false(log_line_counts(TEXT(LINE), &(struct log_filter){ "error", NULL }));
	assert_false(log_line_counts(TEXT(LINE), &(struct log_filter){ "debug", "nobody" }));
	assert_true(log_line_counts(TEXT("no json"), &(struct log_filter){ 0 }));
	assert_false(log_line_counts(TEXT("no json"), &(struct log_filter){ "debug", NULL }));
	assert_false(log_line_counts(TEXT(""), &(struct log_filter){ 0 }));
	assert_true(text_equal(log_line_moment(TEXT(LINE)), TEXT("2026-11-30T15:00:00.123Z")));
	assert_null(log_line_moment(TEXT("no json")).data);
}

static void lines_are_shown_to_people(void **state)
{
	char *shown;
	size_t bytes;
	FILE *out = open_memstream(&shown, &bytes);

	(void)state;
	log_line_write(TEXT(LINE), out);
	log_line_write(TEXT("no \033json"), out);
	fclose(out);
	assert_string_equal(
	        shown, "2026-11-30T15:00:00.123Z warning  relay        broker lost attempt=3 host=a?b\nno ?json\n");
	free(shown);
}

/* Names of members, members of members, and characters beyond ASCII that terminals obey. */
static void no_part_of_a_line_moves_a_terminal(void **state)
{
	char *shown;
	size_t bytes;
	FILE *out = open_memstream(&shown, &bytes);

	(void)state;
	log_line_write(TEXT("{\"msg\":\"a\\u009b31m\\u0085\\u2028\\u00e9\",\"\\u001b[2J\":1,\"in\":{\"a\":"
	                    "\"\\u009b\\u007f\"}}"),
	        out);
	log_line_write(TEXT("\xff\xc2\x9b no\0json"), out);
	fclose(out);
	assert_string_equal(shown, "                         "
	                           "         "
	                           "             "
	                           "a?31m??\xC3\xA9 ?[2J=1 in={\"a\":\"??\"}\n?? no?json\n");
	free(shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_count_by_level_and_words),
		cmocka_unit_test(lines_are_shown_to_people),
		cmocka_unit_test(no_part_of_a_line_moves_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
