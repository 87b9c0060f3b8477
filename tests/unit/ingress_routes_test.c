/* ingress_routes_test.c - which row answers a path and a verb. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "ingress/routes.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}

static struct captures captures;

static struct found find(enum verb verb, const char *path)
{
	return routes_find(verb, text_of(path), &captures);
}

static void assert_captured(const char *name, const char *value)
{
	for (int i = 0; i < captures.count; i++) {
		if (!text_equal(captures.items[i].name, text_of(name)))
			continue;
		assert_true(text_equal(captures.items[i].value, text_of(value)));
		return;
	}
	fail_msg("%s was not captured", name);
}

static void every_row_is_found_by_its_own_path(void **state)
{
	(void)state;
	for (int i = 0; i < ACTION_COUNT; i++)
		assert_ptr_equal(find(actions[i].verb, actions[i].path).action, &actions[i]);
	for (int i = 0; i < READ_COUNT; i++)
		assert_ptr_equal(find(GET, reads[i].path).read, &reads[i]);
	for (int i = 0; i < route_count; i++)
		assert_ptr_equal(find(routes[i].verb, routes[i].path).route, &routes[i]);
}

static void the_verb_decides_between_a_read_and_a_command(void **state)
{
	struct found found = find(GET, "/tickets/7");

	(void)state;
	assert_int_equal(found.read->id, READ_ticket_read);
	assert_captured("ticket_id", "7");
	found = find(PATCH, "/tickets/7");
	assert_null(found.read);
	assert_int_equal(found.route->command, COMMAND_ticket_update);
	assert_int_equal(found.route->strictness, STRICT);
	assert_captured("ticket_id", "7");
	assert_int_equal(find(PUT, "/tickets/7").route->strictness, LENIENT);
}

static void a_literal_segment_goes_before_a_captured_one(void **state)
{
	(void)state;
	assert_int_equal(find(GET, "/tickets/stats").read->id, READ_ticket_stats);
	assert_int_equal(captures.count, 0);
	assert_int_equal(find(GET, "/tickets/search").read->id, READ_ticket_search);
	assert_int_equal(find(POST, "/tickets/bulk").action->id, ACTION_ticket_bulk);
	assert_int_equal(find(GET, "/tickets/user/7").read->id, READ_ticket_list_of_user);
	assert_captured("user_id", "7");
}

static void an_action_gets_what_its_path_captures(void **state)
{
	(void)state;
	assert_int_equal(find(GET, "/commands/a.b").action->id, ACTION_command_status);
	assert_captured("command", "a.b");
}

static void another_verb_is_told_those_that_are_known(void **state)
{
	struct found found = find(DELETE, "/tickets");

	(void)state;
	assert_true(!found.action && !found.read && !found.route);
	assert_int_equal(found.verbs, 1u << GET | 1u << POST);
	assert_int_equal(find(PATCH, "/auth/login").verbs, 1u << POST);
	assert_int_equal(find(POST, "/tickets/7").verbs, 1u << GET | 1u << PUT | 1u << PATCH | 1u << DELETE);
	assert_int_equal(find(VERB_COUNT, "/auth/verify").verbs, 1u << GET | 1u << POST);
}

static void an_unknown_path_is_known_by_no_verb(void **state)
{
	static const char *const paths[] = { "/tick", "/ticket", "/tickets/7/nothing", "/tickets/7/comments/8/9",
		"/auth", "/commands", "/verify" };

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		for (int verb = 0; verb < VERB_COUNT; verb++)
			assert_int_equal(find((enum verb)verb, paths[i]).verbs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("every row is found by its own path and verb", every_row_is_found_by_its_own_path),
		SENTENCE(
		        "the verb decides between a read and a command", the_verb_decides_between_a_read_and_a_command),
		SENTENCE("a literal segment goes before a captured one", a_literal_segment_goes_before_a_captured_one),
		SENTENCE("an action gets what its path captures", an_action_gets_what_its_path_captures),
		SENTENCE("another verb is told those that are known", another_verb_is_told_those_that_are_known),
		SENTENCE("an unknown path is known by no verb", an_unknown_path_is_known_by_no_verb),
	};

	return cmocka_run_group_tests_name("routes", tests, NULL, NULL);
}
