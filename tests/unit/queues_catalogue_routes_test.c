/* queues_catalogue_routes_test.c - the paths of queues/: what they capture, and that none stands for another. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/walk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}

/* Are exactly the FROM_PATH fields of the record captured in the path? */
static void assert_captures(const char *path, const struct record *record)
{
	int captured = 0, from_path = 0;

	assert_int_equal(path[0], '/');
	for (const char *open = strchr(path, '{'); open; open = strchr(open + 1, '{')) {
		const char *end = strchr(open, '}');
		const struct field *field;

		assert_non_null(end);
		assert_int_equal(open[-1], '/');
		assert_true(end[1] == '/' || end[1] == 0);
		field = walk_field(record, open + 1, (size_t)(end - open - 1));
		if (!field || field->need != FROM_PATH)
			fail_msg("%s: %s has no such FROM_PATH field", path, record->type);
		captured++;
	}
	for (int i = 0; i < record->count; i++)
		from_path += record->fields[i].need == FROM_PATH;
	assert_int_equal(captured, from_path);
}

static void captures_are_the_fields_from_the_path(void **state)
{
	(void)state;
	for (int r = 0; r < route_count; r++)
		assert_captures(routes[r].path, &commands[routes[r].command].record);
	for (int i = 0; i < READ_COUNT; i++)
		assert_captures(reads[i].path, &reads[i].record);
	for (int i = 0; i < ACTION_COUNT; i++)
		assert_captures(actions[i].path, &actions[i].record);
}

/* Do the two mean the same requests? A capture matches any one segment. */
static bool same_requests(const char *a, const char *b)
{
	while (*a && *b) {
		size_t of_a = strcspn(a + 1, "/") + 1, of_b = strcspn(b + 1, "/") + 1;

		if ((a[1] == '{') != (b[1] == '{'))
			return false;
		if (a[1] != '{' && (of_a != of_b || memcmp(a, b, of_a) != 0))
			return false;
		a += of_a;
		b += of_b;
	}
	return !*a && !*b;
}

static void no_two_routes_clash(void **state)
{
	(void)state;
	for (int a = 0; a < route_count; a++)
		for (int b = a + 1; b < route_count; b++)
			if (routes[a].verb == routes[b].verb && same_requests(routes[a].path, routes[b].path))
				fail_msg("%s and %s are the same", routes[a].path, routes[b].path);
	for (int a = 0; a < READ_COUNT; a++) {
		for (int b = a + 1; b < READ_COUNT; b++)
			if (same_requests(reads[a].path, reads[b].path))
				fail_msg("%s and %s are the same", reads[a].path, reads[b].path);
		for (int r = 0; r < route_count; r++)
			assert_false(routes[r].verb == GET && same_requests(routes[r].path, reads[a].path));
	}
}

static bool is_served(const char *path)
{
	bool served = false;

	for (int i = 0; i < ACTION_COUNT; i++)
		served |= same_requests(actions[i].path, path);
	for (int i = 0; i < READ_COUNT; i++)
		served |= same_requests(reads[i].path, path);
	for (int i = 0; i < route_count; i++)
		served |= same_requests(routes[i].path, path);
	return served;
}

static void old_paths_lead_to_new_ones(void **state)
{
	(void)state;
	for (int i = 0; i < old_path_count; i++) {
		if (!is_served(old_paths[i].path))
			fail_msg("there is no %s", old_paths[i].path);
		if (is_served(old_paths[i].old_path))
			fail_msg("%s is old, and served by itself", old_paths[i].old_path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a route captures exactly the fields from the path", captures_are_the_fields_from_the_path),
		SENTENCE("no two routes mean the same requests", no_two_routes_clash),
		SENTENCE("an old path leads to one that is served, and is not served by itself",
		        old_paths_lead_to_new_ones),
	};

	return cmocka_run_group_tests_name("paths of the catalogue", tests, NULL, NULL);
}
