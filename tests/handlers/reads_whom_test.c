/* reads_whom_test.c - for whom each member of an answer is, and that what is staff's own leaves no trace. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>
#include "queues/answers.h"
#include "tests/handlers/desk.h"
#include "workers/ticket/model.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, NULL, NULL                                                                    \
	}
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct uuid owner, agent, ticket, linked, comment;

/* A ticket of the owner's with one comment, and another one to be linked. */
static int set_up(void **state)
{
	desk_empty(state);
	owner = desk_account("user", true);
	agent = desk_account("agent", true);
	ticket = uuid_new();
	linked = uuid_new();
	comment = uuid_new();
	desk_apply(desk_create(uuid_new(), owner, ticket));
	desk_apply(desk_create(uuid_new(), agent, linked));
	desk_apply(ORDER(ticket_comment, owner, .ticket_id = ticket, .comment_id = comment, .content = TEXT("loud")));
	return 0;
}

static void say(struct uuid who, bool quietly)
{
	struct ticket_comment said = { .ticket_id = ticket,
		.comment_id = uuid_new(),
		.content = TEXT("said"),
		.is_internal = quietly ? FLAG_TRUE : flag_absent };

	assert_int_equal(desk_apply(desk_message(COMMAND_ticket_comment, uuid_new(), who, &said))->outcome, JOB_DONE);
}

/* What staff does for itself. */
static void work_quietly(void)
{
	struct text tag = TEXT("difficult person");

	say(agent, true);
	desk_apply(ORDER(ticket_update, agent, .ticket_id = ticket, .tags = { &tag, 1 }));
	desk_apply(ORDER(ticket_link, agent, .ticket_id = ticket, .other_id = linked));
	say(agent, true);
}

/* Column of verdict, version, role, data, pagination. */
static const char *column(enum read_id read, struct uuid actor, int64_t open, int which)
{
	return desk_read(read, actor, open, ticket, comment, which);
}

static const enum read_id of_tickets[] = { READ_ticket_read, READ_ticket_list, READ_ticket_comments, READ_comment_read,
	READ_ticket_history, READ_ticket_files };

/* --- members ---------------------------------------------------------------------------- */
static void check(const char *where, json_t *value, struct text type, bool is_staff);

static void check_thing(const struct thing *thing, json_t *value, bool is_staff)
{
	const char *name;
	json_t *member;
	int known = 0;

	for (const struct part *part = thing->parts; part->name; part++) {
		member = json_object_get(value, part->name);
		known += member != NULL;
		if (part->staff_only ? is_staff != (member != NULL) : !part->maybe && !member)
			fail_msg("%s.%s is %s to %s", thing->name, part->name, member ? "shown" : "not shown",
			        is_staff ? "staff" : "the owner");
		if (member)
			check(part->name, member, text_of(part->type), is_staff);
	}
	if (known != (int)json_object_size(value))
		json_object_foreach(value, name, member) print_message("%s.%s?\n", thing->name, name);
	assert_int_equal(known, json_object_size(value));
}

static void check(const char *where, json_t *value, struct text type, bool is_staff)
{
	const struct thing *thing;
	size_t i;
	json_t *item;

	if (type.len && type.data[0] == '[') {
		if (!json_is_array(value))
			fail_msg("%s is no list", where);
		json_array_foreach(value, i, item)
		        check(where, item, (struct text){ type.data + 1, type.len - 2 }, is_staff);
		return;
	}
	thing = thing_find(type);
	if (thing && !json_is_null(value))
		check_thing(thing, value, is_staff);
}

static void each_member_is_shown_to_whom_it_is_for(void **state)
{
	(void)state;
	work_quietly();
	for (size_t i = 0; i < COUNT(of_tickets); i++)
		for (int is_staff = 0; is_staff < 2; is_staff++) {
			const char *data = column(of_tickets[i], is_staff ? agent : owner, 0, 3);
			json_t *json = json_loads(data, 0, NULL);

			if (!json)
				fail_msg("%s: %s", reads[of_tickets[i]].record.type, data);
			check(reads[of_tickets[i]].record.type, json, text_of(reads[of_tickets[i]].shown.data),
			        is_staff);
			json_decref(json);
		}
}

static void a_setting_opens_the_tags(void **state)
{
	(void)state;
	work_quietly();
	assert_null(strstr(column(READ_ticket_read, owner, 0, 3), "difficult"));
	assert_non_null(strstr(column(READ_ticket_read, owner, OPEN_TAGS, 3), "difficult"));
	assert_non_null(strstr(column(READ_ticket_list, owner, OPEN_TAGS, 3), "difficult"));
	assert_non_null(strstr(column(READ_ticket_history, owner, OPEN_TAGS, 3), "difficult"));
	assert_null(strstr(column(READ_ticket_history, owner, OPEN_TAGS, 3), "\"link\""));
}

/* --- no trace ------------------------------------------------------------------------------ */
/* What is left of a clock is another number each time. */
static char *without_what_runs(char *text)
{
	static const char *const running[] = { "remainingSeconds\": ", "timeRemainingMs\": " };

	for (size_t i = 0; i < COUNT(running); i++)
		for (char *at = text; (at = strstr(at, running[i]));)
			for (at += strlen(running[i]); *at >= '0' && *at <= '9'; at++)
				*at = '#';
	return text;
}

static const char *all_of(struct uuid who)
{
	struct buffer out;

	buffer_init(&out, desk_arena, 4096);
	for (size_t i = 0; i < COUNT(of_tickets); i++)
		for (int which = 0; which < 5; which++)
			buffer_printf(&out, "%s %d: %s\n", reads[of_tickets[i]].record.type, which,
			        column(of_tickets[i], who, 0, which));
	return without_what_runs(buffer_cstr(&out));
}

static void what_staff_does_for_itself_leaves_no_trace(void **state)
{
	const char *before = all_of(owner), *staffs = all_of(agent);

	(void)state;
	work_quietly();
	assert_string_equal(all_of(owner), before);
	assert_string_not_equal(all_of(agent), staffs);
	assert_int_equal(ask_number("select version from tickets where id = '%s'", id_text(ticket)), 6);
	say(agent, false);
	assert_string_equal(column(READ_ticket_read, owner, 0, 1), "3");
	assert_non_null(strstr(column(READ_ticket_comments, owner, 0, 3), "\"seq\": 2"));
	assert_null(strstr(column(READ_ticket_comments, owner, 0, 3), "\"seq\": 3"));
}

/* A condition names what the reader was shown; what has changed behind it is told as he sees it. */
static void an_owner_s_condition_is_held_against_what_he_sees(void **state)
{
	struct ticket_update update = { .ticket_id = ticket, .if_match = 2, .title = TEXT("mended") };
	struct db_result *changes;
	struct job *job;

	(void)state;
	work_quietly();
	job = desk_apply(desk_message(COMMAND_ticket_update, uuid_new(), owner, &update));
	assert_int_equal(job->outcome, JOB_DONE);
	assert_int_equal(job->result.version, 3);
	work_quietly();
	update.title = TEXT("again");
	job = desk_apply(desk_message(COMMAND_ticket_update, uuid_new(), owner, &update));
	assert_int_equal(job->result.code, PROBLEM_PRECONDITION_FAILED);
	assert_true(text_equal(job->result.detail, TEXT("the ticket has version 3, not 2")));
	db_reset(desk_ingress);
	changes = db_send(desk_ingress, QUERY_ticket_changes, P_UUID(&owner), P_UUID(&ticket), P_INT(2));
	assert_true(db_sync(desk_ingress));
	assert_int_equal(db_rows(changes), 1);
	assert_true(text_equal(db_text(changes, 0, 0), TEXT("title")));
}

static void nobody_asks_for_what_he_is_not_shown(void **state)
{
	struct text tag = TEXT("difficult person");
	struct read_ticket_list wanted = { .tag = { .items = &tag, .count = 1 } };

	(void)state;
	assert_string_equal(desk_read_fields(READ_ticket_list, owner, 0, &wanted, 0), "forbidden");
	assert_string_equal(desk_read_fields(READ_ticket_list, owner, OPEN_TAGS, &wanted, 0), "ok");
}

static void assert_same_rule(const char *field)
{
	if (*ask("select history_is_public('%s')", field) != (history_is_public(field) ? 't' : 'f'))
		fail_msg("the database does not know who may see changes of %s", field);
}

static void the_rule_is_the_same_in_both_words(void **state)
{
	static const char *const lines[] = { "comment", "internal_comment", "link", "watcher", "split" };

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++)
		assert_same_rule(lines[i]);
	for (int i = 0; i < ticket_kind.column_count; i++)
		if (ticket_kind.columns[i].told != TOLD_NOBODY)
			assert_same_rule(ticket_kind.columns[i].told_as);
}

static void accounts_are_administrators_business_in_the_feed_too(void **state)
{
	struct uuid admin = desk_account("admin", true);

	(void)state;
	ask("insert into outbox (exchange, routing_key, type, headers, body) values ('guichet.events', "
	    "'user.role_changed', "
	    "'user.role_changed', '{}', '{\"type\": \"user.role_changed\"}'), ('guichet.events', 'command.refused', "
	    "'command.refused', "
	    "'{}', '{\"type\": \"command.refused\", \"accountId\": \"x\"}')");
	assert_non_null(strstr(column(READ_event_feed, agent, 0, 3), "ticket.created"));
	assert_null(strstr(column(READ_event_feed, agent, 0, 3), "user.role_changed"));
	assert_null(strstr(column(READ_event_feed, agent, 0, 3), "command.refused"));
	assert_non_null(strstr(column(READ_event_feed, admin, 0, 3), "user.role_changed"));
	assert_non_null(strstr(column(READ_event_feed, admin, 0, 3), "command.refused"));
	assert_string_equal(column(READ_event_feed, owner, 0, 3), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("each member is shown to whom it is for", each_member_is_shown_to_whom_it_is_for),
		SENTENCE("a setting opens the tags to owners", a_setting_opens_the_tags),
		SENTENCE("what staff does for itself leaves no trace", what_staff_does_for_itself_leaves_no_trace),
		SENTENCE("an owner's condition is held against what he sees",
		        an_owner_s_condition_is_held_against_what_he_sees),
		SENTENCE("nobody asks for what he is not shown", nobody_asks_for_what_he_is_not_shown),
		SENTENCE("the rule is the same in both words", the_rule_is_the_same_in_both_words),
		SENTENCE("accounts are administrators' business in the feed, too",
		        accounts_are_administrators_business_in_the_feed_too),
	};

	return cmocka_run_group_tests_name("whom", tests, desk_open_ingress, desk_close_ingress);
}
