/* queues_catalogue_test.c - what a row of queues/ must be to work: commands, events, actions, roles. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <ctype.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/walk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}

static void a_type_finds_its_own_row(void **state)
{
	(void)state;
	for (int i = 0; i < COMMAND_COUNT; i++) {
		assert_ptr_equal(command_find(text_of(commands[i].record.type)), &commands[i]);
		assert_int_equal(commands[i].id, i);
	}
	for (int i = 0; i < EVENT_COUNT; i++)
		assert_ptr_equal(event_find(text_of(events[i].type)), &events[i]);
	assert_null(command_find(TEXT("ticket.explode")));
	assert_null(command_find(TEXT_NONE));
	assert_null(command_find(TEXT("TICKET.CREATE")));
	assert_null(event_find(TEXT("ticket.create")));
}

static void types_are_object_dot_verb(void **state)
{
	(void)state;
	for (int i = 0; i < COMMAND_COUNT + EVENT_COUNT + WORK_COUNT; i++) {
		const char *type = walk_at(i)->type, *dot = strchr(type, '.');

		assert_non_null(dot);
		assert_true(dot > type && dot[1] && !strchr(dot + 1, '.'));
		for (const char *c = type; *c; c++)
			assert_true(islower((unsigned char)*c) || *c == '.' || *c == '_');
	}
}

static void somebody_can_ask_for_every_command(void **state)
{
	(void)state;
	for (int i = 0; i < COMMAND_COUNT; i++) {
		int ways = 0;

		for (int r = 0; r < route_count; r++)
			ways += routes[r].command == commands[i].id;
		if (!ways && !(commands[i].access & SERVICE))
			fail_msg("%s has no route and no service may send it", commands[i].record.type);
		if (ways && !(commands[i].access & ~(unsigned)SERVICE))
			fail_msg("%s has a route that nobody may use", commands[i].record.type);
	}
}

static void answers_can_be_read_from_the_command(void **state)
{
	(void)state;
	for (int i = 0; i < COMMAND_COUNT; i++) {
		const struct record *read;

		if (commands[i].answer < 0)
			continue;
		read = &reads[commands[i].answer].record;
		for (int f = 0; f < read->count; f++) {
			const struct field *field = &read->fields[f], *ours;

			if (field->need != FROM_PATH)
				continue;
			ours = walk_field(&commands[i].record, field->name, strlen(field->name));
			if (!ours || ours->kind->shape != field->kind->shape)
				fail_msg("%s is answered by %s but has no %s", commands[i].record.type, read->type,
				        field->name);
			assert_int_not_equal(ours->need, OPTIONAL);
		}
	}
}

static void actions_say_what_they_do(void **state)
{
	(void)state;
	for (int i = 0; i < ACTION_COUNT; i++) {
		const struct does *does = &actions[i].does;

		assert_int_equal(actions[i].id, i);
		assert_true(strlen(does->name) > 0 && strlen(does->tag) > 0 && strlen(does->summary) > 0);
		assert_true((does->status >= 200 && does->status < 300) ||
		            (does->status == 101 && does->flags & ENDLESS) ||
		            (does->status == 302 && does->flags & REDIRECTS));
		assert_int_equal(does->problems[ACTION_PROBLEMS_MAX], PROBLEM_NONE);
		assert_true(!actions[i].sends == !actions[i].sends_example);
		assert_false(actions[i].sends && record_has_body(&actions[i].record));
	}
}

static void no_secret_is_in_a_message(void **state)
{
	(void)state;
	for (int i = 0; i < COMMAND_COUNT + EVENT_COUNT + WORK_COUNT; i++)
		for (int f = 0; f < walk_at(i)->count; f++)
			assert_int_not_equal(walk_at(i)->fields[f].kind->shape, SHAPE_SECRET);
}

/* What is filled from the rows has room for the longest of them, and for no more. */
static void arrays_hold_the_longest_row(void **state)
{
	const struct record *record;
	int longest = 0, longest_read = 0;

	(void)state;
	for (int i = 0; (record = walk_at(i)); i++)
		longest = record->count > longest ? record->count : longest;
	for (int i = 0; i < READ_COUNT; i++)
		longest_read = reads[i].record.count > longest_read ? reads[i].record.count : longest_read;
	assert_int_equal(longest, RECORD_FIELDS_MAX);
	assert_int_equal(longest_read, READ_FIELDS_MAX);
}

static void roles_have_a_bit_each_or_none(void **state)
{
	unsigned taken = PUBLIC | SELF | OWNER | SERVICE | OPEN_TAGS;

	(void)state;
	for (unsigned role = 1; role < account_role_count; role++) {
		unsigned bit = role_access((enum account_role)role);

		assert_int_equal(bit & (bit - 1), 0);
		assert_int_equal(bit & taken, 0);
		assert_int_equal(bit & ANY, bit);
		taken |= bit;
	}
	assert_int_equal(role_access(account_role_absent), 0);
	assert_int_equal(role_access(ROLE_USER), 0);
	assert_int_equal(role_access(ROLE_ADMIN), ADMIN);
	assert_int_equal(STAFF, AGENT | MANAGER | ADMIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a type finds its own row, and nothing else does", a_type_finds_its_own_row),
		SENTENCE("a type is an object, a dot and a verb", types_are_object_dot_verb),
		SENTENCE("every command has a route or may be sent by a service", somebody_can_ask_for_every_command),
		SENTENCE("what a command is answered with can be read by its fields",
		        answers_can_be_read_from_the_command),
		SENTENCE("an action says what it does, and has fields or another body, not both",
		        actions_say_what_they_do),
		SENTENCE("no command and no event has a secret in it", no_secret_is_in_a_message),
		SENTENCE("what is filled from the rows has room for the longest of them", arrays_hold_the_longest_row),
		SENTENCE("a role has an access bit of its own, or none", roles_have_a_bit_each_or_none),
	};

	return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
