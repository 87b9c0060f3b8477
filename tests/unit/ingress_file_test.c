/* ingress_file_test.c - forms with files in them, their names and types, and the parts of files that are asked for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <stdio.h>
#include "base/arena.h"
#include "ingress/file/disposition.h"
#include "ingress/file/multipart.h"
#include "ingress/file/range.h"

static struct arena *arena;

/* The contents of the parts, with | behind each; or what is wrong. */
static const char *parts_of(const char *content_type, struct text body)
{
	struct buffer out;
	struct multipart m;
	struct part part;
	const char *why = NULL;
	enum multipart_step step = MULTIPART_BROKEN;

	buffer_init(&out, arena, 256);
	if (multipart_begin(&m, text_of(content_type), body, &why))
		while ((step = multipart_next(&m, &part, &why)) == MULTIPART_PART) {
			buffer_text(&out, part.content);
			buffer_string(&out, "|");
		}
	return step == MULTIPART_END ? buffer_cstr(&out) : why;
}

#define FORM "multipart/form-data; boundary=b"
#define HEAD "Content-Disposition: form-data; name=\"f\"\r\n"

static void reads_forms(void **state)
{
	(void)state;
	assert_string_equal(parts_of(FORM, TEXT("--b\r\n" HEAD "\r\none\r\n--b--\r\n")), "one|");
	assert_string_equal(parts_of(FORM, TEXT("--b\r\n" HEAD "\r\none\r\n--b\r\n" HEAD "\r\n\r\n--b--")), "one||");
	assert_string_equal(parts_of(FORM, TEXT("--b\r\n" HEAD "\r\n--b--")), "|");
	assert_string_equal(parts_of(FORM, TEXT("--b\r\n" HEAD "\r\na\r\n-b\r\n--\r\n--b--")), "a\r\n-b\r\n--|");
	assert_string_equal(
	        parts_of("multipart/form-data; boundary=\"b\"", TEXT("--b\r\n" HEAD "\r\none\r\n--b--")), "one|");
	assert_string_equal(parts_of(FORM, TEXT("--b--")), "");
}

static void refuses_what_can_be_read_twice(void **state)
{
	static const struct text wrong[] = { TEXT(""), TEXT("--b"), TEXT("--b\r\n"),
		TEXT("junk\r\n--b\r\n" HEAD "\r\none\r\n--b--"), TEXT("\r\n--b\r\n" HEAD "\r\none\r\n--b--"),
		TEXT("--b\r\n" HEAD "\r\none"), TEXT("--b\r\n" HEAD "\r\none\r\n--b"),
		TEXT("--b\r\n" HEAD "\r\none\r\n--b-"), TEXT("--b\r\n" HEAD "\r\none\r\n--b--tail"),
		TEXT("--b \r\n" HEAD "\r\none\r\n--b--"), TEXT("--b\n" HEAD "\none\n--b--"),
		TEXT("--b\r\n" HEAD HEAD "\r\none\r\n--b--"), TEXT("--b\r\nX: 1\r\n\r\none\r\n--b--"),
		TEXT("--b\r\n" HEAD " folded\r\n\r\none\r\n--b--"), TEXT("--b\r\nnothing\r\n\r\none\r\n--b--"),
		TEXT("--b\r\n" HEAD "Content-Transfer-Encoding: base64\r\n\r\nb25l\r\n--b--"),
		TEXT("--b\r\n" HEAD "A: \0\r\n\r\none\r\n--b--"),
		TEXT("--b\r\n" HEAD "\r\none\r\n--bb\r\n" HEAD "\r\ntwo\r\n--b--") };
	static const char *const types[] = { "multipart/form-data",
		"multipart/form-data; boundary=", "multipart/form-data; boundary=a b",
		"multipart/form-data; boundary=b; boundary=c", "multipart/form-data; boundary=\"b",
		"multipart/form-data; boundary=\"b \"" };

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_null(strchr(parts_of(FORM, wrong[i]), '|'));
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		assert_non_null(strstr(parts_of(types[i], TEXT("--b\r\n" HEAD "\r\none\r\n--b--")), "boundary"));
}

static const char *name_of(const char *header)
{
	struct disposition d;
	struct text name;
	const char *why;

	if (!disposition_read(text_of(header), &d))
		return "malformed";
	why = disposition_file_name(&d, arena, &name);
	if (why || !name.data)
		return why ? why : "none";
	name = disposition_clean_name(arena, name);
	return arena_copy(arena, name.data, name.len);
}

static void reads_names(void **state)
{
	(void)state;
	assert_string_equal(name_of("form-data; name=f"), "none");
	assert_string_equal(name_of("form-data; filename=a.txt"), "a.txt");
	assert_string_equal(name_of("attachment;FILENAME = \"a;b.txt\" ; x=y;"), "a;b.txt");
	assert_string_equal(name_of("attachment; filename=\"a\\\\b\\\"c\""), "b\"c");
	assert_string_equal(name_of("attachment; filename=\"a\"; filename*=UTF-8'en'%e2%82%ac.txt"), "€.txt");
	assert_string_equal(
	        name_of("attachment; filename*0=\"a b\"; filename*1=\"c.txt\"; filename*3=\"no\""), "a bc.txt");
	assert_string_equal(name_of("attachment; filename*0*=iso-8859-1''%e9; filename*1*=%e8.txt"), "éè.txt");
	assert_string_equal(name_of("attachment; filename=\"..\""), "");
	assert_string_equal(name_of("attachment; filename=\"a/\""), "");
	assert_string_equal(name_of("attachment; filename=\"e\u0301\u202e\u2028.png\""), "é.png");
	assert_string_equal(name_of("attachment; filename=a; filename=b"), "malformed");
	assert_string_equal(name_of("attachment; filename"), "malformed");
	assert_string_equal(name_of("attachment; filename=\"a"), "malformed");
	assert_string_equal(name_of("; filename=a"), "malformed");
}

static void writes_names(void **state)
{
	struct text out = disposition_write(arena, false, TEXT("é \"a\"%\r.txt"));

	(void)state;
	assert_string_equal(arena_copy(arena, out.data, out.len),
	        "attachment; filename=\"_ _a___.txt\"; filename*=UTF-8''%C3%A9%20%22a%22%25%0D.txt");
	out = disposition_write(arena, true, TEXT("a.png"));
	assert_string_equal(arena_copy(arena, out.data, out.len), "inline; filename=\"a.png\"; filename*=UTF-8''a.png");
}

static void assert_range(const char *header, int64_t size, enum range_kind kind, int64_t from, int64_t count)
{
	int64_t got_from = 0, got_count = 0;

	assert_int_equal(range_read(text_of(header), size, &got_from, &got_count), kind);
	assert_int_equal(got_from, from);
	assert_int_equal(got_count, count);
}

static void reads_ranges(void **state)
{
	(void)state;
	assert_range("bytes=0-", 10, RANGE_PART, 0, 10);
	assert_range("bytes=2-3", 10, RANGE_PART, 2, 2);
	assert_range("bytes=-3", 10, RANGE_PART, 7, 3);
	assert_range("bytes=-99", 10, RANGE_PART, 0, 10);
	assert_range("bytes=9-9999999999999999999999", 10, RANGE_PART, 9, 1);
	assert_range("bytes=10-", 10, RANGE_UNSATISFIABLE, 0, 0);
	assert_range("bytes=-0", 10, RANGE_UNSATISFIABLE, 0, 0);
	assert_range("bytes=3-2", 10, RANGE_WHOLE, 0, 0);
	assert_range("bytes=1-2,4-5", 10, RANGE_WHOLE, 0, 0);
	assert_range("bytes=", 10, RANGE_WHOLE, 0, 0);
	assert_range("bytes=+1-2", 10, RANGE_WHOLE, 0, 0);
	assert_range(NULL, 10, RANGE_WHOLE, 0, 0);
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(4096);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "the parts of a form are those that its boundary makes", reads_forms, NULL, NULL, NULL },
		{ "a form that another parser could read in another way is refused", refuses_what_can_be_read_twice,
		        NULL, NULL, NULL },
		{ "a file's name is read in each of its four ways", reads_names, NULL, NULL, NULL },
		{ "a file's name is written for old and new browsers", writes_names, NULL, NULL, NULL },
		{ "one range of bytes is one that the file has", reads_ranges, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests_name("ingress file", tests, set_up, tear_down);
}
