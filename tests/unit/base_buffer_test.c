/* base_buffer_test.c - the growing buffer and its JSON. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/text.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(256);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const char *json(struct text t)
{
	struct buffer b;

	buffer_init(&b, arena, 0);
	buffer_json_text(&b, t);
	return buffer_cstr(&b);
}

static void escapes_what_rfc_8259_asks_for(void **state)
{
	(void)state;
	assert_string_equal(json(TEXT("")), "\"\"");
	assert_string_equal(json(TEXT_NONE), "null");
	assert_string_equal(json(TEXT("a\"b\\c/d")), "\"a\\\"b\\\\c/d\"");
	assert_string_equal(json(TEXT("\b\f\n\r\t")), "\"\\b\\f\\n\\r\\t\"");
	assert_string_equal(json(TEXT("\x01\x1f\x7f")), "\"\\u0001\\u001f\x7f\"");
	assert_string_equal(json(TEXT("a\0b")), "\"a\\u0000b\"");
	assert_string_equal(json(TEXT("\xC3\xA9\xF0\x9F\x98\x80")), "\"\xC3\xA9\xF0\x9F\x98\x80\"");
}

static void sets_commas_between_members(void **state)
{
	struct buffer b;

	(void)state;
	buffer_init(&b, arena, 8);
	buffer_string(&b, "{");
	buffer_json_member(&b, "a", TEXT("x"));
	buffer_json_member(&b, "none", TEXT_NONE);
	buffer_json_member_int(&b, "n", INT64_MIN);
	buffer_json_member_bool(&b, "t", true);
	buffer_json_member_raw(&b, "o", TEXT("[1,2]"));
	buffer_json_name(&b, "last");
	buffer_string(&b, "{");
	buffer_json_member_bool(&b, "f", false);
	buffer_string(&b, "}}");
	assert_string_equal(buffer_cstr(&b), "{\"a\":\"x\",\"none\":null,\"n\":-9223372036854775808,"
	                                     "\"t\":true,\"o\":[1,2],\"last\":{\"f\":false}}");
}

static void takes_the_blanks_out_and_leaves_texts_alone(void **state)
{
	static const char *const pairs[][2] = {
		{ "{\"a\": [1, 2, {\"b c\": null}], \"d\": \"e, f: g\"}",
		        "{\"a\":[1,2,{\"b c\":null}],\"d\":\"e, f: g\"}" },
		{ "\"a \\\" b\"", "\"a \\\" b\"" },
		{ "[\"\\\\\", \"x\\\\\\\" , y\", \"\", \" \"]", "[\"\\\\\",\"x\\\\\\\" , y\",\"\",\" \"]" },
		{ "", "" },
		{ "[\n 1\n]", "[1]" },
		{ "\"never closed, ", "\"never closed, " },
		{ "\"\\", "\"\\" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct buffer b;

		buffer_init(&b, arena, 0);
		buffer_string(&b, "|");
		buffer_json_compact(&b, text_of(pairs[i][0]));
		assert_string_equal(buffer_cstr(&b) + 1, pairs[i][1]);
	}
}

static void grows_and_keeps_what_was_written(void **state)
{
	struct buffer b;
	const char *early;

	(void)state;
	buffer_init(&b, arena, 0);
	assert_int_equal(buffer_view(&b).len, 0);
	assert_non_null(buffer_view(&b).data);
	buffer_string(&b, "0123456789");
	early = buffer_cstr(&b);
	for (int i = 0; i < 1000; i++)
		buffer_printf(&b, "%09d,", i);
	assert_string_equal(early, "0123456789");
	assert_int_equal(b.len, 10 + 10000);
	assert_memory_equal(b.data + b.len - 10, "000000999,", 10);
	assert_int_equal(strlen(buffer_cstr(&b)), b.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "JSON strings are escaped as RFC 8259 asks", escapes_what_rfc_8259_asks_for, setup, teardown, NULL },
		{ "members are parted by commas, also in nested objects", sets_commas_between_members, setup, teardown,
		        NULL },
		{ "blanks between the parts of JSON go, those in texts stay",
		        takes_the_blanks_out_and_leaves_texts_alone, setup, teardown, NULL },
		{ "a buffer grows and loses nothing", grows_and_keeps_what_was_written, setup, teardown, NULL },
	};

	return cmocka_run_group_tests_name("base buffer", tests, NULL, NULL);
}
