/* ticket_once_test.c - each command once: redelivered, doubled, replayed, refused again. */
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
		title, function, desk_empty, NULL, NULL                                                                \
	}

static void a_redelivered_command_changes_nothing(void **state)
{
	struct uuid ticket = desk_ticket();
	struct message m = desk_comment(uuid_new(), desk_owner, ticket, "once");
	struct uuid subject;
	int64_t stored;

	(void)state;
	desk_apply(m);
	subject = desk_result(0)->subject_id;
	stored = desk_rows_stored();
	for (int turn = 0; turn < 2; turn++) {
		desk_apply(m);
		assert_true(desk_attempt.batch.jobs[0].answered);
		assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DONE);
		assert_int_equal(desk_result(0)->status, 201);
		assert_int_equal(desk_result(0)->version, 2);
		assert_true(uuid_equal(&desk_result(0)->subject_id, &subject));
		assert_int_equal(desk_rows_stored(), stored);
	}
}

static void a_refusal_is_answered_again_too(void **state)
{
	struct uuid ticket = desk_ticket(), stranger = desk_account("user", true);
	struct message m = desk_comment(uuid_new(), stranger, ticket, "me too");
	int64_t stored;

	(void)state;
	desk_apply(m);
	stored = desk_rows_stored();
	desk_apply(m);
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_REFUSED);
	assert_int_equal(desk_result(0)->code, PROBLEM_TICKET_ACCESS_DENIED);
	assert_int_equal(desk_result(0)->status, 403);
	assert_true(desk_result(0)->detail.len > 0);
	assert_int_equal(desk_rows_stored(), stored);
}

static void the_same_id_with_another_body_is_refused(void **state)
{
	struct uuid ticket = desk_ticket(), id = uuid_new();
	struct message first = desk_comment(id, desk_owner, ticket, "one"),
	               second = desk_comment(id, desk_owner, ticket, "two");
	int64_t stored;

	(void)state;
	desk_apply(first);
	stored = desk_rows_stored();
	desk_apply(second);
	assert_int_equal(desk_result(0)->status, 422);
	assert_int_equal(desk_result(0)->code, PROBLEM_IDEMPOTENCY_KEY_REUSED);
	assert_int_equal(desk_rows_stored(), stored);
}

static void a_double_in_a_batch_runs_once(void **state)
{
	struct uuid ticket = desk_ticket(), id = uuid_new();
	struct message m[3];

	(void)state;
	m[0] = m[1] = desk_comment(id, desk_owner, ticket, "one");
	m[2] = desk_comment(id, desk_owner, ticket, "two");
	assert_int_equal(desk_try(&desk_attempt, m, 3), DB_FINE);
	assert_int_equal(desk_result(0)->status, 201);
	assert_int_equal(desk_result(1)->status, 201);
	assert_true(uuid_equal(&desk_result(0)->subject_id, &desk_result(1)->subject_id));
	assert_int_equal(desk_result(1)->version, 2);
	assert_int_equal(desk_result(2)->status, 422);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 1);
	assert_int_equal(ask_number("select count(*) from inbox"), 2);
	assert_int_equal(ask_number("select version from tickets"), 2);
}

static void derived_ids_have_an_inbox_of_their_own(void **state)
{
	struct uuid ticket = desk_ticket();
	struct uuid id = uuid_derive((struct text[]){ TEXT("key"), TEXT("k1") }, 2);
	struct message m = desk_comment(id, desk_owner, ticket, "keyed"), other;

	(void)state;
	assert_int_equal(uuid_version(&id), 8);
	desk_apply(m);
	assert_int_equal(
	        ask_number("select count(*) from inbox_keyed where command_id = '%s' and state = 'done'", id_text(id)),
	        1);
	assert_int_equal(ask_number("select count(*) from inbox where command_id = '%s'", id_text(id)), 0);
	desk_apply(m);
	assert_true(desk_attempt.batch.jobs[0].answered);
	other = desk_comment(id, desk_owner, ticket, "another");
	desk_apply(other);
	assert_int_equal(desk_result(0)->status, 422);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 1);
}

static void a_refusal_that_nobody_waits_for_is_a_dead_letter(void **state)
{
	struct uuid from = desk_ticket(), ticket = desk_ticket(), nobody = { 0 };
	struct ticket_absorb what = { .ticket_id = ticket,
		.comment_id = uuid_new(),
		.from_id = from,
		.author_id = desk_owner,
		.content = TEXT("HD-1 - what was said there") };
	struct message absorb = desk_message(COMMAND_ticket_absorb, uuid_new(), nobody, &what);
	struct message split = ORDER(ticket_create, nobody, .ticket_id = uuid_new(), .title = TEXT("the rest"),
	        .description = TEXT("of it"), .user_id = desk_account("user", false));

	(void)state;
	ask("update tickets set deleted_at = now()");
	desk_apply(absorb);
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DEAD);
	desk_apply(split);
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DEAD);
	assert_int_equal(
	        ask_number(
	                "select count(*) from dead_letters where reason like 'the desk''s own command is refused: %%' "
	                "and body like '%%what was said there%%'"),
	        1);
	assert_int_equal(ask_number("select count(*) from dead_letters where type = 'ticket.create'"), 1);

	/* Mended and replayed it is done. */
	ask("update tickets set deleted_at = null");
	desk_apply(absorb);
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DONE);
	assert_string_equal(ask("select content from ticket_comments"), "HD-1 - what was said there");
}

/* As an idempotency key that is used again when the inbox has forgotten it. */
static void a_ticket_is_not_created_over_another(void **state)
{
	struct uuid ticket = desk_ticket();
	struct message m = desk_create(uuid_new(), desk_owner, ticket);

	(void)state;
	if (desk_try(&desk_attempt, &m, 1) == DB_FINE)
		assert_int_not_equal(desk_attempt.batch.jobs[0].outcome, JOB_DONE);
	db_rollback(desk_db);
	assert_int_equal(ask_number("select version from tickets"), 1);
	assert_int_equal(ask_number("select count(*) from ticket_history where version > 1"), 0);
	assert_int_equal(ask_number("select count(*) from ticket_counters where n < 0 or status = ''"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a redelivered command changes nothing and gives the first result",
		        a_redelivered_command_changes_nothing),
		SENTENCE("a refusal is answered again too", a_refusal_is_answered_again_too),
		SENTENCE("the same id with another body is refused and changes nothing",
		        the_same_id_with_another_body_is_refused),
		SENTENCE("the same id twice in a batch runs once and answers twice", a_double_in_a_batch_runs_once),
		SENTENCE("derived ids have an inbox of their own", derived_ids_have_an_inbox_of_their_own),
		SENTENCE("a refusal that nobody waits for is a dead letter, and done when it is replayed",
		        a_refusal_that_nobody_waits_for_is_a_dead_letter),
		SENTENCE("a ticket is not created over another", a_ticket_is_not_created_over_another),
	};

	return cmocka_run_group_tests_name("once", tests, desk_open, desk_close);
}
