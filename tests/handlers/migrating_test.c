/* migrating_test.c - a database that is migrated again, or under a program of the version before, and its functions. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "queues/programs.h"
#include "sql/migrate.h"
#include "tests/handlers/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, desk_empty, NULL, NULL                                                                \
	}
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The schema is there before the first of the new programs, the last of the old ones runs for a while. */
static void the_version_before_goes_on(void **state)
{
	const char *actor = id_text(desk_account("user", true)), *command = id_text(uuid_new());
	const struct {
		const char *program, *sql;
	} old[] = {
		{ "ingress", "select id, epoch, at from revocations_since(0, 3600)" },
		{ "ingress", "select ticket_json(t, true) from tickets t" },
		{ "ingress", "select comment_json(c) from ticket_comments c" },
		{ "ingress", "select history_json(h) from ticket_history h" },
		{ "ingress", arena_printf(desk_arena,
		                     "insert into sessions (id, account_id, refresh_hash, expires_at) values "
		                     "(gen_random_uuid(), '%s', '\\x01', now())",
		                     actor) },
		{ "ingress", "select verdict, version, role, data, pagination from ticket_list(null::uuid, 58, 1, 10, "
		             "null, null, null, 'open', "
		             "null, null, null, null, null, null)" },
		{ "ingress", "select audit_rows(null, null, null, 50, 0)" },
		{ "relay", "select partitions_maintain()" },
		{ "ticket", arena_printf(desk_arena,
		                    "insert into tickets (id, number, status, priority, category, title, owner_id, "
		                    "version, "
		                    "created_at, updated_at, response_due_at, due_at, description) values "
		                    "(gen_random_uuid(), 'HD-1', 'open', 'low', '', 't', '%s', 1, now(), now(), now(), "
		                    "now(), 'd')",
		                    actor) },
		{ "ticket",
		        arena_printf(desk_arena,
		                "insert into outbox (exchange, routing_key, type, headers, body) values "
		                "('guichet.events', "
		                "'ticket.created', 'ticket.created', '{\"actor\": \"%s\"}', '{\"commandId\": \"%s\"}')",
		                actor, command) },
	};

	(void)state;
	ask("insert into inbox (day, command_id, state, type, status, actor_id, fp) values (today(), '%s', 'done', "
	    "'ticket.create', 201, '%s', '')",
	        command, actor);
	for (size_t i = 0; i < COUNT(old); i++) {
		struct db *db = desk_as(old[i].program, "");

		if (!db_script(db, old[i].sql))
			fail_msg("guichet_%s: %s: %s", old[i].program, old[i].sql, db_message(db));
		db_close(&db);
	}
}

/* The order of the files is that of the alphabet, so a body is only looked at when all functions are there. */
static void each_function_s_body_is_sound(void **state)
{
	struct db *db = db_open(getenv("DATABASE_URL"));

	(void)state;
	db_begin(db);
	assert_true(db_script(db, "set local check_function_bodies = on"));
	if (!db_script(db, migration_functions_sql))
		fail_msg("%s: %s", db_sqlstate(db), db_message(db));
	db_rollback(db);
	db_close(&db);
}

/* What a migration of old made has its text there, too, or the database would have functions that nobody can change. */
static void each_function_stands_in_sql_functions(void **state)
{
	const char *names = ask("select string_agg(distinct proname, ' ') from pg_proc where pronamespace = "
	                        "'public'::regnamespace and not exists (select from pg_depend where objid = "
	                        "pg_proc.oid and deptype = 'e')"), /* of no extension */
	        *name;

	(void)state;
	for (char *rest = text_dup(desk_arena, text_of(names)); (name = strsep(&rest, " "));)
		if (!strstr(migration_functions_sql, arena_printf(desk_arena, "create or replace function %s(", name)))
			fail_msg("%s() is in the database and not in sql/functions", name);
}

/* Programs go on working while a new version's migrate runs: what they hold and read is not in its way. */
static void migrating_again_waits_for_no_reader(void **state)
{
	struct db *db = db_open(getenv("DATABASE_URL")), *reader = desk_as("ingress", "");
	int64_t started_us;

	(void)state;
	db_begin(reader);
	assert_true(db_script(
	        reader, "select ticket_list(null::uuid, 58, '{}'), count(*) from tickets, accounts, sessions, inbox"));
	started_us = clock_unix_us();
	assert_true(migrate_run(db, NULL));
	assert_true(clock_unix_us() - started_us < 5 * 1000000);
	assert_true(db_script(reader, "select ticket_list(null::uuid, 58, '{}')"));
	db_rollback(reader);
	db_close(&reader);
	db_close(&db);
}

static void migrating_again_changes_nothing(void **state)
{
	struct db *db = db_open(getenv("DATABASE_URL"));
	const char *grants =
	        "select md5(string_agg(concat_ws('|', relname, relacl), ';' order by relname)) from pg_class "
	        "where relnamespace = 'public'::regnamespace and relacl is not null and not relispartition";
	const char *before = ask("%s", grants);

	(void)state;
	for (int turn = 0; turn < 2; turn++)
		assert_true(migrate_roles(db, program_kinds(desk_arena), TEXT_NONE, NULL) && migrate_run(db, NULL));
	assert_string_equal(ask("%s", grants), before);
	assert_int_equal(ask_number("select schema_version()"), migrate_expected());
	db_close(&db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a program of the version before goes on", the_version_before_goes_on),
		SENTENCE("each function's body is sound", each_function_s_body_is_sound),
		SENTENCE("each function stands in sql/functions", each_function_stands_in_sql_functions),
		SENTENCE("migrating again waits for no reader", migrating_again_waits_for_no_reader),
		SENTENCE("migrating again changes nothing", migrating_again_changes_nothing),
	};

	return cmocka_run_group_tests_name("migrating", tests, desk_open, desk_close);
}
