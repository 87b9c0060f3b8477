/* ticket_rows_test.c - the JSON arrays that feed a statement, and lists of ids. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "workers/batch.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(1024);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void rows_become_an_array(void **state)
{
	struct rows rows;
	struct uuid id, none = { { 0 } };
	struct buffer *out;

	(void)state;
	uuid_parse(TEXT("0190f0e0-0000-7000-8000-000000000001"), &id);
	rows_init(&rows, arena);
	out = rows_begin(&rows);
	rows_uuid(out, "id", &id);
	rows_uuid(out, "none", &none);
	rows_time(out, "at", 1000000);
	rows_time(out, "never", 0);
	rows_end(&rows);
	out = rows_begin(&rows);
	buffer_json_member(out, "text", TEXT("a\"b\n"));
	rows_end(&rows);
	assert_int_equal(rows.count, 2);
	assert_true(text_equal(rows_done(&rows),
	        TEXT("[{\"id\":\"0190f0e0-0000-7000-8000-000000000001\",\"none\":null,"
	             "\"at\":\"1970-01-01T00:00:01.000Z\",\"never\":null},{\"text\":\"a\\\"b\\n\"}]")));
}

static void no_rows_are_an_empty_array(void **state)
{
	struct rows rows;

	(void)state;
	rows_init(&rows, arena);
	assert_int_equal(rows.count, 0);
	assert_true(text_equal(rows_done(&rows), TEXT("[]")));
}

static void an_id_is_listed_once(void **state)
{
	struct id_set set = { 0 };
	struct uuid ids[100];
	struct text literal;

	(void)state;
	for (int i = 0; i < 100; i++)
		ids[i] = uuid_new();
	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < 100; i++)
			id_set_add(&set, arena, ids[i]);
	id_set_add(&set, arena, (struct uuid){ { 0 } });
	assert_int_equal(set.count, 100);
	for (int i = 0; i < 100; i++)
		assert_true(uuid_equal(&set.ids[i], &ids[i]));
	literal = id_set_literal(&set, arena);
	assert_int_equal(literal.len, 100 * 37 + 1);
	assert_int_equal(literal.data[0], '{');
	assert_int_equal(literal.data[literal.len - 1], '}');
}

static void no_ids_are_an_empty_list(void **state)
{
	struct id_set set = { 0 };

	(void)state;
	assert_true(text_equal(id_set_literal(&set, arena), TEXT("{}")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("rows become an array of objects", rows_become_an_array),
		SENTENCE("no rows are an empty array", no_rows_are_an_empty_array),
		SENTENCE("an id is listed once, in the order it came", an_id_is_listed_once),
		SENTENCE("no ids are an empty list", no_ids_are_an_empty_list),
	};

	return cmocka_run_group_tests_name("rows", tests, set_up, tear_down);
}
