/* account_test.c - the account worker against a real PostgreSQL, as its own role. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tests/handlers/desk.h"
#include "workers/account/account.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, NULL, NULL                                                                    \
	}

static struct db *db;
static struct arena *arena;
static struct uuid ana, bob;

static const struct lane_worker worker = { .name = "guichet-account",
	.queue_prefix = "cmd.account",
	.single = true,
	.kinds = (const struct subject_kind *const[]){ &profile_kind, &desk_hook_kind, NULL } };

static int open_account(void **state)
{
	if (desk_open(state))
		return -1;
	arena = arena_new(65536);
	db = desk_as("account", "");
	return db_fault(db) == DB_FINE ? 0 : -1;
}

static int close_account(void **state)
{
	db_close(&db);
	arena_free(&arena);
	return desk_close(state);
}

static int set_up(void **state)
{
	desk_empty(state);
	ana = desk_account("user", true);
	bob = desk_account("user", true);
	return 0;
}

static struct message update(struct uuid id, struct uuid actor, const struct account_update_profile *fields)
{
	struct message m = desk_message(COMMAND_account_update_profile, id, actor, fields);

	m.queue = m.routing_key = TEXT("cmd.account");
	return m;
}

#define UPDATE(actor, ...) update(uuid_new(), (actor), &(struct account_update_profile){ __VA_ARGS__ })

static enum db_fault try_all(struct attempt *attempt, const struct message *messages, int count)
{
	*attempt =
	        (struct attempt){ .worker = &worker, .db = db, .arena = arena, .messages = messages, .count = count };
	db_reset(db);
	return attempt_try(attempt);
}

static const char *column(struct uuid account, const char *name)
{
	return ask("select %s from accounts where id = '%s'", name, id_text(account));
}

static void a_profile_is_written_once_with_its_inbox_rows_and_events(void **state)
{
	struct attempt attempt;
	struct message m[] = { UPDATE(ana, .phone = TEXT("+33 1 02"), .bio = TEXT("deux\nlignes")),
		UPDATE(ana, .theme = THEME_DARK), UPDATE(bob, .theme = THEME_AUTO) };

	(void)state;
	assert_int_equal(try_all(&attempt, m, 3), DB_FINE);
	assert_string_equal(column(ana, "phone"), "+33 1 02");
	assert_string_equal(column(ana, "bio"), "deux\nlignes");
	assert_string_equal(column(ana, "theme"), "dark");
	assert_string_equal(column(ana, "version"), "3");
	assert_string_equal(column(bob, "version"), "1");
	assert_int_equal(ask_number("select count(*) from inbox where state = 'done' and subject_id is not null"), 3);
	assert_int_equal(
	        ask_number("select count(*) from outbox where type = 'profile.updated' and routing_key = type"), 2);
	assert_string_equal(ask("select body::jsonb ->> 'accountId' from outbox order by id limit 1"), id_text(ana));
	assert_string_equal(ask("select body::jsonb -> 'data' ->> 'changed' from outbox order by id limit 1"),
	        "[\"phone\", \"bio\"]");
	assert_int_equal(ask_number("select count(*) from outbox where body::jsonb ? 'ticketId'"), 0);
}

static void a_redelivered_command_changes_nothing(void **state)
{
	struct attempt attempt;
	struct message m = UPDATE(ana, .first_name = TEXT("Ana"));

	(void)state;
	assert_int_equal(try_all(&attempt, &m, 1), DB_FINE);
	assert_int_equal(try_all(&attempt, &m, 1), DB_FINE);
	assert_true(attempt.batch.jobs[0].answered);
	assert_int_equal(attempt.batch.jobs[0].result.version, 2);
	assert_string_equal(column(ana, "version"), "2");
	assert_int_equal(ask_number("select count(*) from outbox"), 1);
}

static void somebody_else_writes(void)
{
	ask("update accounts set version = version + 1 where id = '%s'", id_text(ana));
}

static void a_profile_that_changed_meanwhile_is_loaded_again(void **state)
{
	struct attempt attempt;
	struct message m = UPDATE(ana, .first_name = TEXT("Ana"));

	(void)state;
	desk_before_store = somebody_else_writes;
	assert_int_equal(try_all(&attempt, &m, 1), DB_RACE);
	db_rollback(db);
	assert_string_equal(column(ana, "first_name"), "");
	assert_int_equal(try_all(&attempt, &m, 1), DB_FINE);
	assert_string_equal(column(ana, "version"), "3");
}

static void one_worker_at_a_time_has_the_queue(void **state)
{
	struct attempt attempt = { .worker = &worker, .arena = arena, .count = 1 };
	struct message m = UPDATE(ana, .first_name = TEXT("Ana"));
	struct questioner *rival = questioner_open();

	(void)state;
	attempt.messages = &m;
	attempt.db = desk_as("account", "-clock_timeout%3D200");
	questioner_ask(rival, "begin");
	questioner_ask(rival, "select pg_advisory_xact_lock(hashtext('guichet.cmd.account'), 0)");
	assert_int_not_equal(attempt_try(&attempt), DB_FINE);
	db_rollback(attempt.db);
	assert_string_equal(column(ana, "version"), "1");
	questioner_ask(rival, "rollback");
	questioner_close(&rival);
	assert_int_equal(attempt_try(&attempt), DB_FINE);
	assert_string_equal(column(ana, "version"), "2");
	db_close(&attempt.db);
}

static void a_refusal_is_kept_and_told(void **state)
{
	struct attempt attempt;
	struct message m = UPDATE(ana, .timezone = TEXT("not a zone"));

	(void)state;
	assert_int_equal(try_all(&attempt, &m, 1), DB_FINE);
	assert_string_equal(
	        ask("select state || code || (problem ->> 'pointer') from inbox"), "refusedVALIDATION_ERROR/timezone");
	assert_string_equal(ask("select type || (body::jsonb ->> 'accountId') from outbox"),
	        arena_printf(desk_arena, "command.refused%s", id_text(ana)));
	assert_string_equal(column(ana, "version"), "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a profile is written once, with its inbox rows and events",
		        a_profile_is_written_once_with_its_inbox_rows_and_events),
		SENTENCE("a redelivered command changes nothing", a_redelivered_command_changes_nothing),
		SENTENCE("a profile that changed meanwhile is loaded again",
		        a_profile_that_changed_meanwhile_is_loaded_again),
		SENTENCE("one worker at a time has the queue", one_worker_at_a_time_has_the_queue),
		SENTENCE("a refusal is kept and told", a_refusal_is_kept_and_told),
	};

	return cmocka_run_group_tests_name("account", tests, open_account, close_account);
}
