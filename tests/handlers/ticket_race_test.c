/* ticket_race_test.c - others who write at the same time, lanes with one writer, and messages that kill. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "tests/handlers/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, desk_empty, NULL, NULL                                                                \
	}

static struct uuid raced;

static void somebody_else_writes(void)
{
	ask("update tickets set version = version + 1, title = 'changed' where id = '%s'", id_text(raced));
}

static void a_version_behind_our_back_is_a_race_and_a_second_try_wins(void **state)
{
	struct message m;

	(void)state;
	raced = desk_ticket();
	m = desk_comment(uuid_new(), desk_owner, raced, "in between");
	desk_before_store = somebody_else_writes;
	assert_int_equal(desk_try(&desk_attempt, &m, 1), DB_RACE);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 0);
	assert_int_equal(ask_number("select count(*) from inbox where command_id = '%.36s'", m.message_id.data), 0);
	db_rollback(desk_db);
	assert_int_equal(attempt_try(&desk_attempt), DB_FINE);
	assert_int_equal(desk_result(0)->version, 2); /* of those the owner sees */
	assert_string_equal(ask("select title || version from tickets"), "changed3");
}

static struct message raced_message;

static void somebody_else_answers(void)
{
	ask("insert into inbox (day, command_id, state, type, status, fp) values (current_date, '%.36s', 'done', "
	    "'ticket.comment', 201, decode('%.64s', 'hex'))",
	        raced_message.message_id.data, raced_message.fp.data);
}

static void an_inbox_row_behind_our_back_is_a_race(void **state)
{
	(void)state;
	raced = desk_ticket();
	raced_message = desk_comment(uuid_new(), desk_owner, raced, "twice");
	desk_before_store = somebody_else_answers;
	assert_int_equal(desk_try(&desk_attempt, &raced_message, 1), DB_RACE);
	db_rollback(desk_db);
	assert_int_equal(attempt_try(&desk_attempt), DB_FINE);
	assert_true(desk_attempt.batch.jobs[0].answered);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 0);
}

static void somebody_ends_our_session(void)
{
	ask("select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'guichet_ticket'");
}

static void a_killed_session_is_lost_and_nothing_is_half_done(void **state)
{
	struct message m[2];
	int64_t stored;

	(void)state;
	raced = desk_ticket();
	m[0] = desk_comment(uuid_new(), desk_owner, raced, "one");
	m[1] = desk_create(uuid_new(), desk_owner, uuid_new());
	stored = desk_rows_stored();
	desk_before_store = somebody_ends_our_session;
	assert_int_equal(desk_try(&desk_attempt, m, 2), DB_LOST);
	assert_int_equal(desk_rows_stored(), stored);
	assert_true(db_revive(desk_db));
	assert_int_equal(attempt_try(&desk_attempt), DB_FINE);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 1);
	assert_int_equal(ask_number("select count(*) from tickets"), 2);
}

static struct db *rival;
static struct message rival_messages[2];
static enum db_fault rival_faults[2];

static void the_rival_tries(void)
{
	static void *kept[LANE_KINDS];
	struct attempt other = {
		.worker = &desk_worker, .db = rival, .arena = arena_new(65536), .count = 1, .kept = kept
	};

	for (int i = 0; i < 2; i++) {
		other.messages = &rival_messages[i];
		rival_faults[i] = attempt_try(&other);
		db_rollback(rival);
	}
	arena_free(&other.arena);
}

static void one_lane_is_one_writers(void **state)
{
	struct message m;

	(void)state;
	desk_owner = desk_account("user", true);
	rival = desk_as("ticket", "-clock_timeout%3D200");
	rival_messages[0] = desk_create(uuid_new(), desk_owner, desk_id_in_lane(3));
	rival_messages[1] = desk_create(uuid_new(), desk_owner, desk_id_in_lane(4));
	m = desk_create(uuid_new(), desk_owner, desk_id_in_lane(3));
	desk_before_store = the_rival_tries;
	desk_apply(m);
	assert_int_equal(rival_faults[0], DB_WAIT);
	assert_int_equal(rival_faults[1], DB_FINE);
	the_rival_tries();
	assert_int_equal(rival_faults[0], DB_FINE);
	db_close(&rival);
	assert_int_equal(ask_number("select count(*) from tickets"), 3);
}

static void suspects_count_up_and_are_cleared(void **state)
{
	struct uuid ticket = desk_ticket();
	struct message m = desk_comment(uuid_new(), desk_owner, ticket, "heavy");
	int starts;

	(void)state;
	assert_int_equal(desk_try(&desk_attempt, &m, 0), DB_FINE);
	desk_attempt.count = 1;
	for (int n = 1; n <= 3; n++) {
		assert_int_equal(attempt_suspect(&desk_attempt, &starts), DB_FINE);
		assert_int_equal(starts, n);
		assert_int_equal(ask_number("select starts from suspects"), n);
	}
	desk_attempt.suspect = true;
	assert_int_equal(attempt_try(&desk_attempt), DB_FINE);
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DONE);
	assert_int_equal(ask_number("select count(*) from suspects"), 0);
}

/* A try that failed while the worker lives takes its start back, as often as it is tried. */
static void a_start_that_did_no_harm_is_taken_back(void **state)
{
	struct uuid ticket = desk_ticket(), id = uuid_new();
	struct message m = desk_comment(id, desk_owner, ticket, "slow");
	int starts;

	(void)state;
	desk_try(&desk_attempt, &m, 0);
	desk_attempt.count = 1;
	for (int n = 0; n < 10; n++) {
		assert_int_equal(attempt_suspect(&desk_attempt, &starts), DB_FINE);
		assert_int_equal(starts, 1);
		assert_int_equal(attempt_acquit(desk_db, &id), DB_FINE);
		assert_int_equal(attempt_acquit(desk_db, &id), DB_FINE);
		assert_int_equal(ask_number("select starts from suspects"), 0);
	}
}

static void a_killer_is_put_aside(void **state)
{
	struct uuid ticket = desk_ticket();
	struct message m = desk_comment(uuid_new(), desk_owner, ticket, "killer");

	(void)state;
	desk_try(&desk_attempt, &m, 0);
	desk_attempt.count = 1;
	desk_attempt.suspect = true;
	desk_attempt.death = "its worker died three times while it ran";
	assert_int_equal(attempt_try(&desk_attempt), DB_FINE);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 0);
	assert_string_equal(ask("select reason from dead_letters"), "its worker died three times while it ran");
	assert_string_equal(ask("select state from inbox where command_id = '%.36s'", m.message_id.data), "dead");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a version behind our back is a race, and a second try wins",
		        a_version_behind_our_back_is_a_race_and_a_second_try_wins),
		SENTENCE("an inbox row behind our back is a race", an_inbox_row_behind_our_back_is_a_race),
		SENTENCE("a killed session is lost, and nothing is half done",
		        a_killed_session_is_lost_and_nothing_is_half_done),
		SENTENCE("a lane has one writer at a time, and others go on", one_lane_is_one_writers),
		SENTENCE("suspects count up and are cleared", suspects_count_up_and_are_cleared),
		SENTENCE("a start that did no harm is taken back", a_start_that_did_no_harm_is_taken_back),
		SENTENCE("a command that kills its worker is put aside", a_killer_is_put_aside),
	};

	return cmocka_run_group_tests_name("race", tests, desk_open, desk_close);
}
