/* base_csv_test.c - records of CSV: quotes, line ends, separators, and what ends reading. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "base/csv.h"

#define CELLS 8

static struct arena *arena;

/* All records as "a|b;" each, and "!" at the end when something is wrong. */
static const char *read_all(const char *bytes)
{
	struct csv csv = csv_open(text_of(bytes));
	struct text cells[CELLS];
	struct buffer out;
	int count;

	buffer_init(&out, arena, 64);
	while (csv_next(&csv, arena, cells, CELLS, &count)) {
		for (int i = 0; i < count; i++) {
			buffer_string(&out, i ? "|" : "");
			buffer_text(&out, cells[i]);
		}
		buffer_printf(&out, "@%d;", csv.line);
	}
	buffer_string(&out, csv.wrong ? "!" : "");
	return buffer_cstr(&out);
}

static void a_record_ends_with_a_line_of_either_kind_or_the_text(void **state)
{
	(void)state;
	assert_string_equal(read_all("a,b\r\nc,d\ne,"), "a|b@1;c|d@2;e|@3;");
	assert_string_equal(read_all(""), "");
	assert_string_equal(read_all("a\n\nb\n"), "a@1;@2;b@3;");
}

static void a_cell_in_quotes_holds_separators_line_ends_and_quotes(void **state)
{
	(void)state;
	assert_string_equal(read_all("\"a,b\",\"say \"\"hi\"\"\"\n\"two\nlines\",\"\"\nc,d"),
	        "a,b|say \"hi\"@1;two\nlines|@2;c|d@4;");
}

static void a_byte_order_mark_is_no_part_of_the_first_cell(void **state)
{
	(void)state;
	assert_string_equal(read_all("\xef\xbb\xbf"
	                             "a,b"),
	        "a|b@1;");
}

static void semicolons_separate_where_the_first_line_has_no_comma(void **state)
{
	(void)state;
	assert_string_equal(read_all("a;b\n1,5;2"), "a|b@1;1,5|2@2;");
	assert_string_equal(read_all("a,b;c\n"), "a|b;c@1;");
}

static void what_cannot_be_read_ends_the_reading(void **state)
{
	(void)state;
	assert_string_equal(read_all("a,b\n\"c"), "a|b@1;!");
	assert_string_equal(read_all("\"a\"b,c\n"), "!");
	assert_string_equal(read_all("a\rb\n"), "!");
	assert_string_equal(read_all("1,2,3,4,5,6,7,8,9\n"), "!");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_ends_with_a_line_of_either_kind_or_the_text),
		cmocka_unit_test(a_cell_in_quotes_holds_separators_line_ends_and_quotes),
		cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_first_cell),
		cmocka_unit_test(semicolons_separate_where_the_first_line_has_no_comma),
		cmocka_unit_test(what_cannot_be_read_ends_the_reading),
	};
	int failed;

	arena = arena_new(65536);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return failed;
}
