/* reads_test.c - what a GET shows, and to whom. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tests/handlers/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, NULL, NULL                                                                    \
	}
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct uuid owner, other, agent, disabled, ticket, public_comment, internal_comment;

/* A ticket of the owner's with one comment for all and one for staff. */
static int set_up(void **state)
{
	struct attempt attempt;
	struct message m[3];

	desk_empty(state);
	owner = desk_account("user", true);
	other = desk_account("user", true);
	agent = desk_account("agent", true);
	disabled = desk_account("admin", false);
	ticket = uuid_new();
	public_comment = uuid_new();
	internal_comment = uuid_new();
	m[0] = desk_create(uuid_new(), owner, ticket);
	m[1] = ORDER(ticket_comment, owner, .ticket_id = ticket, .comment_id = public_comment, .content = TEXT("loud"));
	m[2] = ORDER(ticket_comment, agent, .ticket_id = ticket, .comment_id = internal_comment,
	        .content = TEXT("whispered"), .is_internal = FLAG_TRUE);
	return desk_try(&attempt, m, 3) == DB_FINE ? 0 : -1;
}

/* Columns: verdict, version, role, data, pagination. */
static const char *column(enum read_id read, struct uuid actor, struct uuid first, struct uuid second, int column)
{
	return desk_read(read, actor, 0, first, second, column);
}

static const struct uuid none;

static void a_ticket_is_shown_to_its_owner_and_to_staff(void **state)
{
	static const enum read_id of_tickets[] = { READ_ticket_read, READ_ticket_comments, READ_ticket_history };

	(void)state;
	for (size_t i = 0; i < COUNT(of_tickets); i++) {
		enum read_id read = of_tickets[i];

		assert_string_equal(column(read, owner, ticket, none, 0), "ok");
		assert_string_equal(column(read, agent, ticket, none, 0), "ok");
		assert_string_equal(column(read, other, ticket, none, 0), "forbidden");
		assert_string_equal(column(read, disabled, ticket, none, 0), "disabled");
		assert_string_equal(column(read, owner, uuid_new(), none, 0), "missing");
		assert_string_equal(column(read, agent, uuid_new(), none, 0), "missing");
		assert_string_equal(column(read, uuid_new(), ticket, none, 0), "nobody");
		assert_string_equal(column(read, owner, ticket, none, 1), "2"); /* of those he sees */
		assert_string_equal(column(read, agent, ticket, none, 1), "3");
		assert_string_equal(column(read, agent, ticket, none, 2), "agent");
		for (int data = 3; data <= 4; data++) {
			assert_string_equal(column(read, other, ticket, none, data), "");
			assert_string_equal(column(read, disabled, ticket, none, data), "");
		}
	}
}

static void what_is_internal_is_staffs(void **state)
{
	(void)state;
	assert_null(strstr(column(READ_ticket_read, owner, ticket, none, 3), "whispered"));
	assert_non_null(strstr(column(READ_ticket_read, owner, ticket, none, 3), "loud"));
	assert_non_null(strstr(column(READ_ticket_read, agent, ticket, none, 3), "whispered"));

	assert_null(strstr(column(READ_ticket_comments, owner, ticket, none, 3), "whispered"));
	assert_non_null(strstr(column(READ_ticket_comments, owner, ticket, none, 4), "\"total\": 1,"));
	assert_non_null(strstr(column(READ_ticket_comments, agent, ticket, none, 3), "whispered"));
	assert_non_null(strstr(column(READ_ticket_comments, agent, ticket, none, 4), "\"total\": 2,"));

	assert_null(strstr(column(READ_ticket_history, owner, ticket, none, 3), id_text(internal_comment)));
	assert_null(strstr(column(READ_ticket_history, owner, ticket, none, 3), "internal_comment"));
	assert_non_null(strstr(column(READ_ticket_history, owner, ticket, none, 3), id_text(public_comment)));
	assert_non_null(strstr(column(READ_ticket_history, agent, ticket, none, 3), id_text(internal_comment)));

	assert_string_equal(column(READ_comment_read, owner, ticket, internal_comment, 0), "missing");
	assert_null(strstr(column(READ_comment_read, owner, ticket, internal_comment, 3), "whispered"));
	assert_string_equal(column(READ_comment_read, agent, ticket, internal_comment, 0), "ok");
}

static void a_comment_is_read_by_itself(void **state)
{
	(void)state;
	assert_string_equal(column(READ_comment_read, owner, ticket, public_comment, 0), "ok");
	assert_non_null(strstr(column(READ_comment_read, owner, ticket, public_comment, 3), "loud"));
	assert_string_equal(column(READ_comment_read, other, ticket, public_comment, 0), "forbidden");
	assert_string_equal(column(READ_comment_read, other, ticket, public_comment, 3), "");
	assert_string_equal(column(READ_comment_read, disabled, ticket, public_comment, 0), "disabled");
	assert_string_equal(column(READ_comment_read, owner, ticket, uuid_new(), 0), "missing");
	assert_string_equal(column(READ_comment_read, owner, uuid_new(), public_comment, 0), "missing");
}

static void everybody_reads_its_own_account(void **state)
{
	(void)state;
	assert_string_equal(column(READ_account_me, owner, none, none, 0), "ok");
	assert_non_null(strstr(column(READ_account_me, owner, none, none, 3), id_text(owner)));
	assert_null(strstr(column(READ_account_me, owner, none, none, 3), "password"));
	assert_string_equal(column(READ_account_me, disabled, none, none, 0), "disabled");
	assert_string_equal(column(READ_account_me, uuid_new(), none, none, 0), "nobody");
}

static void the_trail_is_the_administrators(void **state)
{
	struct uuid admin = desk_account("admin", true), manager = desk_account("manager", true);

	(void)state;
	assert_string_equal(column(READ_audit_logs, admin, none, none, 0), "ok");
	assert_string_equal(column(READ_audit_logs, admin, none, none, 3), "[]");
	assert_string_equal(column(READ_audit_logs, manager, none, none, 0), "forbidden");
	assert_string_equal(column(READ_audit_logs, agent, none, none, 0), "forbidden");
	assert_string_equal(column(READ_audit_logs, owner, none, none, 0), "forbidden");
	assert_string_equal(column(READ_audit_logs, disabled, none, none, 0), "disabled");
	assert_string_equal(column(READ_audit_logs, owner, none, none, 3), "");
}

static const char *page_of_comments(int64_t page, int64_t limit, int which)
{
	struct db_result *rows;

	db_reset(desk_ingress);
	rows = db_send(desk_ingress, QUERY_ticket_comments, P_UUID(&agent), P_INT(STAFF), P_UUID(&ticket), P_INT(page),
	        P_INT(limit));
	assert_true(db_sync(desk_ingress));
	return text_dup(desk_arena, db_text(rows, 0, which));
}

static void pages_follow_each_other(void **state)
{
	(void)state;
	assert_non_null(strstr(page_of_comments(1, 1, 3), "loud"));
	assert_null(strstr(page_of_comments(1, 1, 3), "whispered"));
	assert_non_null(strstr(page_of_comments(1, 1, 4), "\"hasNext\": true"));
	assert_non_null(strstr(page_of_comments(1, 1, 4), "\"totalPages\": 2"));
	assert_non_null(strstr(page_of_comments(2, 1, 3), "whispered"));
	assert_non_null(strstr(page_of_comments(2, 1, 4), "\"hasPrev\": true"));
	assert_string_equal(page_of_comments(3, 1, 3), "[]");
}

static const char *outcome_of(struct uuid id)
{
	struct db_result *rows;

	db_reset(desk_ingress);
	rows = db_send(desk_ingress, QUERY_command_outcome, P_UUID(&id));
	assert_true(db_sync(desk_ingress));
	if (!db_rows(rows))
		return "none";
	assert_int_equal(db_rows(rows), 1);
	return text_dup(desk_arena, db_text(rows, 0, 0));
}

static void an_outcome_is_found_by_either_kind_of_id(void **state)
{
	struct uuid dated = uuid_new(), keyed = uuid_derive((struct text[]){ TEXT("key") }, 1), refused = uuid_new();
	struct attempt attempt;
	struct message m[3] = { desk_comment(dated, owner, ticket, "a"), desk_comment(keyed, owner, ticket, "b"),
		desk_comment(refused, other, ticket, "c") };

	(void)state;
	assert_string_equal(outcome_of(dated), "none");
	assert_int_equal(desk_try(&attempt, m, 3), DB_FINE);
	assert_string_equal(outcome_of(dated), "done");
	assert_string_equal(outcome_of(keyed), "done");
	assert_string_equal(outcome_of(refused), "refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a ticket is shown to its owner and to staff", a_ticket_is_shown_to_its_owner_and_to_staff),
		SENTENCE("what is internal is shown to staff only", what_is_internal_is_staffs),
		SENTENCE("a comment is read by itself", a_comment_is_read_by_itself),
		SENTENCE("everybody reads its own account", everybody_reads_its_own_account),
		SENTENCE("the audit trail is shown to administrators only", the_trail_is_the_administrators),
		SENTENCE("pages follow each other", pages_follow_each_other),
		SENTENCE("an outcome is found by either kind of id", an_outcome_is_found_by_either_kind_of_id),
	};

	return cmocka_run_group_tests_name("reads", tests, desk_open_ingress, desk_close_ingress);
}
