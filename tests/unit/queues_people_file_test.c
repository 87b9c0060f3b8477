/* queues_people_file_test.c - a file of people: its header, what a line becomes, and what is wrong in it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "queues/people_file.h"

static struct arena *arena;
static struct people_file file;

/* All lines as a JSON list; why the file cannot be read otherwise. */
static const char *read_all(const char *bytes)
{
	if (!people_file_open(&file, arena, text_of(bytes)))
		return file.wrong;
	while (people_file_next(&file))
		;
	if (file.wrong)
		return file.wrong;
	people_file_close(&file);
	return people_file_slice(&file, arena, 0, file.count).data;
}

#define SAYS(bytes, part) assert_non_null(strstr(read_all(bytes), part))

static void a_line_becomes_an_address_a_status_and_fields(void **state)
{
	(void)state;
	assert_string_equal(
	        read_all("Email,firstName,role,status,department\r\nZoe@Example.org,Zoé,SUPPORT,inactive,\r\n"),
	        "[{\"line\":2,\"email\":\"zoe@example.org\",\"status\":\"inactive\",\"fields\":{\"firstName\":\"Zoé\","
	        "\"department\":null,\"role\":\"agent\"}}]");
	assert_string_equal(read_all("email,role,language,status\nzoe@example.org,,,\n\n"),
	        "[{\"line\":2,\"email\":\"zoe@example.org\",\"fields\":{}}]");
}

static void the_apostrophe_before_a_formula_is_taken_away_and_another_stays(void **state)
{
	(void)state;
	SAYS("email,lastName\nz@example.org,'=HYPERLINK(1)\n", "\"lastName\":\"=HYPERLINK(1)\"");
	SAYS("email,lastName\nz@example.org,'t Hooft\n", "\"lastName\":\"'t Hooft\"");
}

static void columns_that_nobody_knows_are_named_and_passed_over(void **state)
{
	(void)state;
	SAYS("shoe,email,\"hat \"\"x\"\"\"\n42,z@example.org,9\n", "\"fields\":{}");
	assert_int_equal(file.unknown.len, strlen("[\"shoe\",\"hat \\\"x\\\"\"]"));
	assert_memory_equal(file.unknown.data, "[\"shoe\",\"hat \\\"x\\\"\"]", file.unknown.len);
}

static void what_is_wrong_in_a_line_says_the_column(void **state)
{
	(void)state;
	SAYS("email,role\nz@example.org,king\n", "{\"column\":\"role\",");
	SAYS("email,role\nnobody,user\n", "{\"column\":\"email\",");
	SAYS("email,role\n,user\n", "{\"column\":\"email\",\"detail\":\"is required\"}");
	SAYS("email,status\nz@example.org,unlocked\n", "{\"column\":\"status\",");
	SAYS("email,role\nz@example.org\n", "{\"column\":\"\",\"detail\":\"has 1 cells, and the header 2\"}");
	SAYS("email\nz@example.org\nb@example.org\nZ@example.org\n",
	        "{\"line\":4,\"email\":\"z@example.org\",\"problems\":[{\"column\":\"email\",\"detail\":\"is that of "
	        "line 2 "
	        "already\"}]}");
}

static void a_file_that_is_none_says_why(void **state)
{
	struct buffer many;

	(void)state;
	assert_string_equal(read_all(""), "the file is empty");
	assert_string_equal(read_all("name\nZoé\n"), "there is no column email");
	assert_string_equal(read_all("email,EMAIL\n"), "a column is there twice");
	assert_string_equal(read_all("email\nz\xff@example.org\n"), "the file is not UTF-8");
	assert_string_equal(read_all("email\n\"z@example.org\n"), "a quote is opened and not closed");
	buffer_init(&many, arena, 65536);
	buffer_string(&many, "email\n");
	for (int i = 0; i < PEOPLE_FILE_LINES; i++)
		buffer_printf(&many, "z%d@example.org\n", i);
	assert_int_equal(read_all(buffer_cstr(&many))[0], '[');
	assert_int_equal(file.count, PEOPLE_FILE_LINES);
	buffer_string(&many, "last@example.org\n");
	assert_string_equal(read_all(buffer_cstr(&many)), "there are more than 10000 lines");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_becomes_an_address_a_status_and_fields),
		cmocka_unit_test(the_apostrophe_before_a_formula_is_taken_away_and_another_stays),
		cmocka_unit_test(columns_that_nobody_knows_are_named_and_passed_over),
		cmocka_unit_test(what_is_wrong_in_a_line_says_the_column),
		cmocka_unit_test(a_file_that_is_none_says_why),
	};
	int failed;

	arena = arena_new(1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return failed;
}
