/* desk_policies_test.c - the desk worker against a real PostgreSQL, as its own role. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tests/handlers/desk.h"
#include "workers/desk/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, NULL, NULL                                                                    \
	}
#define DEFAULT_ID "'00000000-0000-8000-8000-000000000001'"

static struct db *db;
static struct arena *arena;
static struct uuid admin, agent;

static const struct lane_worker worker = { .name = "guichet-desk",
	.queue_prefix = "cmd.desk",
	.single = true,
	.kinds = (const struct subject_kind *const[]){ &calendar_kind, &policy_kind, &desk_hook_kind, NULL } };

static int open_policies(void **state)
{
	if (desk_open(state))
		return -1;
	arena = arena_new(65536);
	db = desk_as("desk", "");
	return db_fault(db) == DB_FINE ? 0 : -1;
}

/* As migrations leave them: the other tests of this database find the default policy alone. */
static void forget_all(void)
{
	ask("delete from sla_policy_versions where policy_id <> " DEFAULT_ID " or version > 1");
	ask("delete from sla_policies where id <> " DEFAULT_ID);
	ask("update sla_policies p set version = 1, name = v.name, body = v.body, calendar_id = null from "
	    "sla_policy_versions v");
	ask("delete from calendar_versions");
	ask("delete from calendars");
}

static int close_policies(void **state)
{
	db_close(&db);
	arena_free(&arena);
	return desk_close(state);
}

static int set_up(void **state)
{
	desk_empty(state);
	forget_all();
	admin = desk_account("admin", true);
	agent = desk_account("agent", true);
	return 0;
}

static struct message to_desk(enum command_id command, struct uuid actor, const void *fields)
{
	struct message m = desk_message(command, uuid_new(), actor, fields);

	m.queue = m.routing_key = TEXT("cmd.desk");
	return m;
}

#define TO_DESK(command, actor, ...) to_desk(COMMAND_##command, (actor), &(struct command){ __VA_ARGS__ })

static struct attempt attempt;

static enum db_fault try_all(const struct message *messages, int count)
{
	attempt = (struct attempt){ .worker = &worker, .db = db, .arena = arena, .messages = messages, .count = count };
	db_reset(db);
	return attempt_try(&attempt);
}

static enum problem_code code_of(int job)
{
	return attempt.batch.jobs[job].result.code;
}

static void each_change_is_a_version_an_epoch_and_a_timer(void **state)
{
	struct uuid hours = uuid_new(), gold = uuid_new();
	int64_t epoch = ask_number("select epoch from sla_state");
	struct message m[] = {
		TO_DESK(calendar_create, admin, .calendar_id = hours, .name = TEXT("Hours"),
		        .timezone = TEXT("Europe/Paris")),
		TO_DESK(policy_create, admin, .policy_id = gold, .name = TEXT("Gold"), .calendar_id = hours,
		        .targets = TEXT("{\"low\":{\"resolution\":60}}")),
		TO_DESK(policy_update, admin, .policy_id = gold, .warnings = TEXT("[50]")),
		TO_DESK(calendar_update, admin, .calendar_id = hours, .holidays = TEXT("[\"*-05-01\"]")),
	};

	(void)state;
	assert_int_equal(try_all(m, 4), DB_FINE);
	for (int i = 0; i < 4; i++)
		assert_int_equal(code_of(i), PROBLEM_NONE);
	assert_string_equal(ask("select string_agg(version || (body ->> 'warnings'), ' ' order by version) from "
	                        "sla_policy_versions "
	                        "where policy_id = '%s' and changed_by = '%s'",
	                            id_text(gold), id_text(admin)),
	        "1[75, 90] 2[50]");
	assert_string_equal(
	        ask("select string_agg(version || (body ->> 'holidays'), ' ' order by version) from calendar_versions"),
	        "1[] 2[\"*-05-01\"]");
	assert_true(ask_number("select epoch from sla_state") > epoch);
	assert_string_equal(ask("select string_agg(kind || version || (payload ->> 'of'), ' ' order by payload ->> "
	                        "'of') from timers"),
	        "recompute2calendar recompute2policy");
	assert_string_equal(
	        ask("select position || '/' || version from sla_policies where id = '%s'", id_text(gold)), "1/2");
	assert_string_equal(ask("select string_agg(type, ' ' order by id) from outbox"),
	        "calendar.created policy.created policy.updated calendar.updated");
}

static void a_redelivered_command_changes_nothing(void **state)
{
	struct message m = TO_DESK(policy_set_delays, admin, .low = TEXT("{\"resolution\":60}"));

	(void)state;
	assert_int_equal(try_all(&m, 1), DB_FINE);
	assert_int_equal(try_all(&m, 1), DB_FINE);
	assert_true(attempt.batch.jobs[0].answered);
	assert_string_equal(
	        ask("select version || (body -> 'targets' -> 'low' ->> 'resolution') from sla_policies"), "260");
	assert_int_equal(ask_number("select count(*) from outbox"), 1);
}

static void what_is_refused_changes_nothing_and_the_rest_of_the_batch_is_done(void **state)
{
	struct uuid hours = uuid_new();
	struct message m[] = {
		TO_DESK(calendar_create, admin, .calendar_id = hours, .name = TEXT("Hours")),
		TO_DESK(calendar_create, admin, .calendar_id = uuid_new(), .name = TEXT("HOURS")),
		TO_DESK(calendar_create, agent, .calendar_id = uuid_new(), .name = TEXT("Other")),
		TO_DESK(policy_create, admin, .policy_id = uuid_new(), .name = TEXT("Gold"), .targets = TEXT("[]")),
		TO_DESK(policy_create, admin, .policy_id = uuid_new(), .name = TEXT("Gold"), .calendar_id = uuid_new(),
		        .targets = TEXT("{}")),
		TO_DESK(policy_create, admin, .policy_id = uuid_new(), .name = TEXT("default"), .targets = TEXT("{}")),
		TO_DESK(policy_delete, admin, .policy_id = default_policy),
		TO_DESK(calendar_delete, admin, .calendar_id = hours),
	};
	static const enum problem_code codes[] = { PROBLEM_NONE, PROBLEM_NAME_TAKEN, PROBLEM_INSUFFICIENT_PERMISSIONS,
		PROBLEM_VALIDATION_ERROR, PROBLEM_VALIDATION_ERROR, PROBLEM_NAME_TAKEN, PROBLEM_DEFAULT_POLICY,
		PROBLEM_NONE };

	(void)state;
	assert_int_equal(try_all(m, 8), DB_FINE);
	for (int i = 0; i < 8; i++)
		assert_int_equal(code_of(i), codes[i]);
	assert_int_equal(ask_number("select count(*) from sla_policies"), 1);
	assert_int_equal(ask_number("select count(*) from calendars where deleted_at is not null"), 1);
	assert_int_equal(ask_number("select count(*) from timers"), 1);
}

static void policies_are_put_in_order_in_one_batch_with_what_makes_them(void **state)
{
	struct uuid id[] = { uuid_new(), uuid_new(), uuid_new() };
	struct text order[] = { text_of(id_text(id[2])), text_of(id_text(id[0])) };
	struct message m[] = {
		TO_DESK(policy_create, admin, .policy_id = id[0], .name = TEXT("a"), .targets = TEXT("{}")),
		TO_DESK(policy_create, admin, .policy_id = id[1], .name = TEXT("b"), .targets = TEXT("{}")),
		TO_DESK(policy_create, admin, .policy_id = id[2], .name = TEXT("c"), .targets = TEXT("{}")),
		TO_DESK(policy_reorder, admin, .order = { order, 2 }),
		TO_DESK(policy_create, admin, .policy_id = uuid_new(), .name = TEXT("d"), .targets = TEXT("{}")),
	};

	(void)state;
	assert_int_equal(try_all(m, 5), DB_FINE);
	assert_string_equal(ask("select string_agg(name || position, ' ' order by position) from sla_policies"),
	        "c1 a2 b3 d4 Default1000000");
	m[0] = TO_DESK(policy_reorder, admin, .order = { order + 1, 1 });
	assert_int_equal(try_all(m, 1), DB_FINE);
	assert_string_equal(ask("select string_agg(name || position, ' ' order by position) from sla_policies"),
	        "a1 c2 b3 d4 Default1000000");
}

static void there_are_not_more_than_a_hundred(void **state)
{
	struct message m = TO_DESK(calendar_create, admin, .calendar_id = uuid_new(), .name = TEXT("one more"));

	(void)state;
	ask("insert into calendars (id, name, body) select gen_random_uuid(), 'n' || n, '{}' from generate_series(1, "
	    "%d) n",
	        DESK_MOST);
	assert_int_equal(try_all(&m, 1), DB_FINE);
	assert_int_equal(code_of(0), PROBLEM_LIMIT_REACHED);
	ask("update calendars set deleted_at = now() where name = 'n1'");
	m = TO_DESK(calendar_create, admin, .calendar_id = uuid_new(), .name = TEXT("one more"));
	assert_int_equal(try_all(&m, 1), DB_FINE);
	assert_int_equal(code_of(0), PROBLEM_NONE);
}

static void somebody_else_writes(void)
{
	ask("update sla_policies set version = version + 1");
}

static void what_changed_meanwhile_is_loaded_again(void **state)
{
	struct message m = TO_DESK(policy_set_delays, admin, .low = TEXT("{\"resolution\":60}"));

	(void)state;
	desk_before_store = somebody_else_writes;
	assert_int_equal(try_all(&m, 1), DB_RACE);
	db_rollback(db);
	assert_int_equal(try_all(&m, 1), DB_FINE);
	assert_string_equal(ask("select version::text from sla_policies"), "3");
	assert_int_equal(ask_number("select count(*) from timers"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("each change is a version that stays, another epoch, and asks for tickets to be computed anew",
		        each_change_is_a_version_an_epoch_and_a_timer),
		SENTENCE("a redelivered command changes nothing", a_redelivered_command_changes_nothing),
		SENTENCE("what is refused changes nothing, and the rest of the batch is done",
		        what_is_refused_changes_nothing_and_the_rest_of_the_batch_is_done),
		SENTENCE("policies are put in order in one batch with what makes them",
		        policies_are_put_in_order_in_one_batch_with_what_makes_them),
		SENTENCE("there are not more than a hundred", there_are_not_more_than_a_hundred),
		SENTENCE("what changed meanwhile is loaded again", what_changed_meanwhile_is_loaded_again),
	};

	return cmocka_run_group_tests_name("policies", tests, open_policies, close_policies);
}
