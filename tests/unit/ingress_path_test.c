/* ingress_path_test.c - the one form of a path, and the patterns that it fits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "ingress/http/path.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ID "01a1fd58-4037-7b51-8275-9e8082d1c2d5"

static struct arena *arena;

static int open_arena(void **state)
{
	(void)state;
	arena = arena_new(4096);
	return 0;
}

static int close_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void assert_canonical(const char *path, const char *wanted, bool lifts)
{
	bool lifted = !lifts;
	struct text found = path_canonical(arena, text_of(path), &lifted);

	if (!text_equal(found, text_of(wanted)))
		fail_msg("%s becomes %.*s, not %s", path, (int)found.len, found.data, wanted);
	assert_int_equal(lifted, lifts);
}

static void every_prefix_leads_to_one_path(void **state)
{
	(void)state;
	assert_canonical("/api/v1/tickets", "/tickets", false);
	assert_canonical("/api/tickets", "/tickets", true);
	assert_canonical("/tickets", "/tickets", true);
	assert_canonical("/api/v1/tickets///", "/tickets", false);
	assert_canonical("/api/v1", "/", false);
	assert_canonical("/", "/", true);
	assert_canonical("/api/v12/tickets", "/v12/tickets", true);
	assert_canonical("/apiary", "/apiary", true);
	assert_string_equal(path_prefix(0), "/api/v1");
	assert_null(path_prefix(3));
}

static void an_old_path_is_the_new_one_below_every_prefix(void **state)
{
	(void)state;
	assert_canonical("/profile/me", "/users/profile", true);
	assert_canonical("/api/v1/profile/me/", "/users/profile", false);
	assert_canonical("/verify", "/auth/verify", true);
	assert_canonical("/api/admin/tickets/" ID "/assign", "/tickets/" ID "/assign", true);
	assert_canonical("/admin/tickets/7/assign", "/tickets/7/assign", true);
	assert_canonical("/admin/tickets/" ID "/status", "/admin/tickets/" ID "/status", true);
	assert_canonical("/profile/me/too", "/profile/me/too", true);
}

static void a_pattern_fits_whole_segments(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool fits;
	} rows[] = {
		{ "/tickets", "/tickets", true },
		{ "/tickets", "/ticket", false },
		{ "/tickets", "/ticketss", false },
		{ "/tickets", "/tickets/7", false },
		{ "/tickets/{ticket_id}", "/tickets", false },
		{ "/tickets/{ticket_id}", "/tickets/", false },
		{ "/tickets/{ticket_id}", "/tickets/7/comments", false },
		{ "/tickets/{ticket_id}/comments", "/tickets//comments", false },
		{ "/tickets/{ticket_id}/comments", "/tickets/7/comments", true },
		{ "/tickets/{ticket_id}/comments", "/tickets/7/Comments", false },
	};
	struct captures captures;

	(void)state;
	for (size_t r = 0; r < COUNT(rows); r++)
		if (path_fits(rows[r].pattern, text_of(rows[r].path), &captures) != rows[r].fits)
			fail_msg("%s and %s", rows[r].pattern, rows[r].path);
}

static void what_is_captured_has_its_name(void **state)
{
	struct captures captures;

	(void)state;
	assert_true(path_fits("/tickets/{ticket_id}/comments/{comment_id}", TEXT("/tickets/a/comments/b"), &captures));
	assert_int_equal(captures.count, 2);
	assert_true(text_equal(captures.items[0].name, TEXT("ticket_id")));
	assert_true(text_equal(captures.items[0].value, TEXT("a")));
	assert_true(text_equal(captures.items[1].name, TEXT("comment_id")));
	assert_true(text_equal(captures.items[1].value, TEXT("b")));
	assert_true(path_fits("/{a}/{b}/{c}/{d}/{e}/{f}", TEXT("/1/2/3/4/5/6"), &captures));
	assert_false(path_fits("/{a}/{b}/{c}/{d}/{e}/{f}/{g}", TEXT("/1/2/3/4/5/6/7"), &captures));
}

static void a_filled_pattern_has_ids_in_one_spelling(void **state)
{
	struct captures captures;

	(void)state;
	assert_true(path_fits("/a/{x}/b/{y}", TEXT("/a/01A1FD58-4037-7B51-8275-9E8082D1C2D5/b/Two"), &captures));
	assert_true(text_equal(path_fill(arena, "/{y}/of/{x}", &captures), TEXT("/Two/of/" ID)));
	assert_true(text_equal(path_fill(arena, "/a/{x}/b/{y}", &captures), TEXT("/a/" ID "/b/Two")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("every prefix and slash at the end leads to one path", every_prefix_leads_to_one_path),
		SENTENCE("an old path is the new one, below every prefix",
		        an_old_path_is_the_new_one_below_every_prefix),
		SENTENCE("a pattern fits whole segments, and an empty one is none", a_pattern_fits_whole_segments),
		SENTENCE("what is captured has its name, and there is a limit", what_is_captured_has_its_name),
		SENTENCE("a filled pattern has ids in one spelling", a_filled_pattern_has_ids_in_one_spelling),
	};

	return cmocka_run_group_tests_name("path", tests, open_arena, close_arena);
}
