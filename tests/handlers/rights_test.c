/* rights_test.c - one role per program: what it needs it may, what it must not it can't. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
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

/* The statements that a program's own sources name. */
static const struct {
	const char *program;
	enum query query;
} named[] = {
#include "program_queries.h"
};

/* Those of its skeleton. */
static const struct {
	enum program_kind kind;
	enum query query;
} of_skeletons[] = {
	{ PROGRAM_LANE, QUERY_lane_lock },
	{ PROGRAM_LANE, QUERY_lane_clock },
	{ PROGRAM_LANE, QUERY_account_load },
	{ PROGRAM_LANE, QUERY_inbox_load },
	{ PROGRAM_LANE, QUERY_inbox_store },
	{ PROGRAM_LANE, QUERY_suspect_start },
	{ PROGRAM_LANE, QUERY_suspect_acquit },
	{ PROGRAM_LANE, QUERY_suspect_clear },
	{ PROGRAM_LANE, QUERY_dead_letter_store },
	{ PROGRAM_LANE, QUERY_outbox_store },
	{ PROGRAM_LANE, QUERY_partitions_make },
	{ PROGRAM_LANE, QUERY_schema_version },
	{ PROGRAM_CONSUMER, QUERY_dead_letter_store },
	{ PROGRAM_CONSUMER, QUERY_lane_clock },
	{ PROGRAM_CONSUMER, QUERY_partitions_make },
	{ PROGRAM_CONSUMER, QUERY_schema_version },
};

static const enum query of_reads[READ_COUNT] = {
#define READ(id, ...) [READ_##id] = QUERY_##id,
#include "queues/all.def"
};

/* Permissions are checked before any value is looked at: NULL is good enough. */
static void assert_may_run(struct db *db, const char *program, enum query query)
{
	struct db_param *params = ARENA_ARRAY(desk_arena, struct db_param, query_texts[query].params + 1);

	db_begin(db);
	db_send_params(db, query, query_texts[query].params, params);
	db_sync(db);
	if (!strncmp(db_sqlstate(db), "42", 2))
		fail_msg("guichet_%s: %s: %s %s", program, query_texts[query].name, db_sqlstate(db), db_message(db));
	db_rollback(db);
}

static void each_program_may_run_its_statements(void **state)
{
	(void)state;
	for (int p = 0; p < program_count; p++) {
		const char *program = programs[p].name;
		struct db *db = desk_as(program, "");

		assert_int_equal(db_fault(db), DB_FINE);
		for (size_t i = 0; i < COUNT(named); i++)
			if (!strcmp(named[i].program, program) &&
			        named[i].query != QUERY_ctl_outbox_rebase) /* the owner's */
				assert_may_run(db, program, named[i].query);
		for (size_t i = 0; i < COUNT(of_skeletons); i++)
			if (of_skeletons[i].kind == programs[p].kind)
				assert_may_run(db, program, of_skeletons[i].query);
		for (int i = 0; i < READ_COUNT && programs[p].kind == PROGRAM_INGRESS; i++)
			assert_may_run(db, program, of_reads[i]);
		db_close(&db);
	}
}

/* The relay makes and drops days; it has the skeleton of nobody. */
static void the_relay_may_do_its_upkeep(void **state)
{
	static const enum query queries[] = { QUERY_partitions_make, QUERY_upkeep_drop, QUERY_upkeep_sweep };
	struct db *db = desk_as("relay", "");

	(void)state;
	for (size_t i = 0; i < COUNT(queries); i++)
		assert_may_run(db, "relay", queries[i]);
	db_close(&db);
}

/* Left to choose, the server may plan the read of a ticket each time: that takes longer than reading it. */
static void a_read_is_planned_once(void **state)
{
	struct db *db = desk_as("ingress", "");
	struct db_param params[3] = { { 0 } };

	(void)state;
	for (int turn = 0; turn < 7; turn++) {
		db_begin(db);
		db_send_params(db, QUERY_ticket_read, 3, params);
		assert_true(db_commit(db));
	}
	assert_true(db_script(db,
	        "do $$ begin assert (select generic_plans = 7 and custom_plans = 0 from pg_prepared_statements "
	        "where statement like '%ticket_verdict%'); end $$"));
	db_close(&db);
}

/* A right to a whole table is for who owns its rows. */
static void only_columns_are_given(void **state)
{
	(void)state;
	assert_string_equal(ask("select string_agg(concat_ws(' ', replace(grantee, 'guichet_', ''), "
	                        "lower(privilege_type), table_name), ', ' "
	                        "order by grantee, table_name) from information_schema.role_table_grants where grantee "
	                        "like 'guichet\\_%%' "
	                        "and privilege_type not in ('SELECT', 'INSERT')"),
	        "account delete suspects, ticket delete suspects, ticket delete ticket_links, ticket update tickets");
	assert_int_equal(
	        ask_number("select count(*) from pg_roles r join pg_database d on r.oid = d.datdba where d.datname = "
	                   "current_database() and r.rolcreaterole and not r.rolsuper"),
	        0);
}

/* What a program must not do: 42501, insufficient privilege. */
static const struct {
	const char *program, *sql;
} refused[] = {
	{ "ticket", "select * from credentials" },
	{ "ticket", "select * from sessions" },
	{ "ticket", "select * from audit_log" },
	{ "ticket", "update audit_log set payload = null" },
	{ "ticket", "update accounts set role = 'admin'" },
	{ "ticket", "delete from tickets" },
	{ "ticket", "update ticket_history set field = ''" },
	{ "ticket", "delete from ticket_history" },
	{ "ticket", "select * from outbox" },
	{ "ticket", "update outbox set body = ''" },
	{ "ticket", "delete from inbox" },
	{ "ticket", "select upkeep_sweep()" },
	{ "ticket", "select upkeep_drop('inbox')" },
	{ "ticket", "select partitions_make(today() + 40)" },
	{ "relay", "select partition_drop('inbox', today() + 40)" },
	{ "relay", "select sweep(today() + 400, 1000)" },
	{ "relay", "select upkeep_day(now())" },
	{ "relay", "update upkeep set day = today() + 40" },
	{ "ticket", "create table public.mine (x int)" },
	{ "account", "select * from credentials" },
	{ "account", "select * from sessions" },
	{ "account", "select last_login_at from accounts" },
	{ "account", "update accounts set role = 'admin'" },
	{ "account", "update accounts set email = 'a@example.org'" },
	{ "account", "update accounts set active = true" },
	{ "account", "update accounts set epoch = 0" },
	{ "account", "insert into accounts (id, email) values (gen_random_uuid(), 'a@example.org')" },
	{ "account", "delete from accounts" },
	{ "account", "select * from tickets" },
	{ "account", "select * from outbox" },
	{ "mail", "select * from credentials" },
	{ "mail", "select password_hash from credentials" },
	{ "mail", "select * from sessions" },
	{ "mail", "select * from tickets" },
	{ "mail", "insert into mails (id, template, language, recipient, event_id, fields) values "
	          "(gen_random_uuid(), 't', 'fr', 'a@b', gen_random_uuid(), '{}')" },
	{ "ingress", "update tickets set version = 1" },
	{ "ingress", "insert into ticket_comments (id) values (gen_random_uuid())" },
	{ "ingress", "update audit_log set payload = null" },
	{ "ingress", "delete from audit_log" },
	{ "ingress", "update inbox set state = 'done'" },
	{ "ingress", "select * from outbox" },
	{ "ingress", "update relay_cursor set id = 0" },
	{ "relay", "select * from credentials" },
	{ "relay", "select * from tickets" },
	{ "relay", "delete from outbox" },
	{ "relay", "insert into outbox (exchange, routing_key, type, headers, body) values ('', '', '', '{}', "
	           "'')" },
	{ "audit", "update audit_log set payload = null" },
	{ "audit", "delete from audit_log" },
	{ "audit", "select * from credentials" },
	{ "audit", "select * from accounts" },
	{ "notify", "select * from credentials" },
	{ "notify", "select author_id from ticket_comments" },
	{ "notify", "select last_login_at from accounts" },
	{ "notify", "update tickets set version = 1" },
	{ "notify", "update mails set state = 'queued'" },
	{ "undertaker", "select * from tickets" },
	{ "undertaker", "delete from dead_letters" },
	{ "ingress", "update accounts set role = 'admin'" },
	{ "ingress", "update accounts set active = true" },
	{ "ingress", "update accounts set email = 'a@example.org'" },
	{ "ingress", "insert into accounts (id, email, role) values (gen_random_uuid(), 'a@example.org', 'admin')" },
	{ "ingress", "update credentials set password_hash = ''" },
	{ "ingress", "update sessions set account_id = gen_random_uuid()" },
	{ "ingress", "delete from sessions" },
	{ "ingress", "select * from dead_letters" },
	{ "mail", "update mails set recipient = 'a@example.org'" },
	{ "mail", "update mails set fields = '{}'" },
	{ "mail", "delete from mails" },
	{ "notify", "select * from mails" },
	{ "ticket", "update inbox set actor_id = null" },
	{ "ticket", "update ticket_comments set author_id = null" },
	{ "ticket", "update dead_letters set body = ''" },
	{ "undertaker", "update dead_letters set headers = '{}'" },
	{ "undertaker", "update dead_letters set exchange = 'guichet.commands'" },
	{ "undertaker", "select body from dead_letters" },
	{ "undertaker", "insert into outbox (exchange, routing_key, type, headers, body) values ('', '', '', "
	                "'{}', '')" },
	{ "audit", "insert into outbox (exchange, routing_key, type, headers, body) values ('', '', '', '{}', "
	           "'')" },
	{ "relay", "update outbox set body = ''" },
	{ "relay", "update dead_letters set body = ''" },
	{ "ctl", "select password_hash from credentials" },
	{ "ctl", "select refresh_hash from sessions" },
	{ "ctl", "select * from spent_tokens" },
	{ "ctl", "update dead_letters set body = ''" },
	{ "ctl", "update accounts set email = 'a@example.org'" },
	{ "ctl", "update relay_cursor set id = 0" },
	{ "ctl", "select outbox_rebase()" },
	{ "ctl", "update audit_log set payload = null" },
	{ "ctl", "update tickets set version = 1" },
};

static void each_program_is_refused_the_rest(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct db *db = desk_as(refused[i].program, "");

		if (db_script(db, refused[i].sql))
			fail_msg("guichet_%s may: %s", refused[i].program, refused[i].sql);
		if (strcmp(db_sqlstate(db), "42501") != 0)
			fail_msg("guichet_%s: %s: %s %s", refused[i].program, refused[i].sql, db_sqlstate(db),
			        db_message(db));
		db_close(&db);
	}
}

/* --- the outbox: the relay publishes whatever stands there ----------------------------- */
#define NOBODY "00000000-0000-7000-8000-00000000dead"

static bool may_say(const char *program, const char *exchange, const char *key, const char *type, const char *headers,
        const char *body)
{
	struct db *db = desk_as(program, "");
	bool done = db_script(db, arena_printf(desk_arena,
	                                  "insert into outbox (exchange, routing_key, type, headers, body) "
	                                  "values ('%s', '%s', '%s', '%s', '%s')",
	                                  exchange, key, type, headers, body));

	if (!done && strcmp(db_sqlstate(db), "42501") != 0)
		fail_msg("guichet_%s: %s: %s %s", program, type, db_sqlstate(db), db_message(db));
	db_close(&db);
	return done;
}

static bool may_send(const char *program, const char *exchange, const char *key, const char *type, const char *headers)
{
	return may_say(program, exchange, key, type, headers, "{}");
}

/* An event of an account, told by ingress in the name of one. */
static bool ingress_may_tell(const char *type, const char *account, const char *actor)
{
	return may_say("ingress", "guichet.events", type, type, arena_printf(desk_arena, "{\"actor\": \"%s\"}", actor),
	        arena_printf(desk_arena, "{\"accountId\": \"%s\"}", account));
}

static const char *actor_header(const char *actor, const char *command)
{
	return arena_printf(desk_arena, "{\"actor\": \"%s\", \"command_id\": \"%s\"}", actor, command);
}

/* What every program would like to say if somebody else had it in his hands. */
static void no_program_speaks_for_another(void **state)
{
	const char *admin = actor_header(id_text(desk_account("admin", true)), NOBODY);
	static const struct {
		const char *exchange, *key, *type;
		bool as_admin;
	} wishes[] = {
		{ "guichet.commands", "cmd.ticket.0", "ticket.set_status", true },
		{ "guichet.commands", "cmd.ticket.0", "ticket.set_status", false },
		{ "guichet.commands", "cmd.ticket.0", "ticket.delete", true },
		{ "guichet.commands", "cmd.ticket.0", "ticket.delete", false },
		{ "guichet.commands", "cmd.ticket.0", "ticket.note", true },
		{ "guichet.commands", "cmd.ticket.0", "ticket.absorb", true },
		{ "guichet.commands", "cmd.ticket.0", "ticket.create", true },
		{ "guichet.commands", "cmd.account", "profile.update", true },
		{ "guichet.commands", "cmd.account", "profile.update", false },
		{ "guichet.commands", "work.mail.high", "ticket.note", false },
		{ "guichet.events", "ticket.created", "ticket.created", true },
		{ "guichet.events", "user.role_changed", "user.role_changed", true },
		{ "guichet.events", "profile.updated", "profile.updated", true },
		{ "guichet.events", "ticket.created", "user.role_changed", false },
		{ "guichet.dead", "", "ticket.delete", false },
		{ "", "cmd.ticket.0", "ticket.delete", true },
	};

	(void)state;
	for (int p = 0; p < program_count; p++)
		for (size_t w = 0; w < COUNT(wishes); w++)
			if (may_send(programs[p].name, wishes[w].exchange, wishes[w].key, wishes[w].type,
			            wishes[w].as_admin ? admin : "{}"))
				fail_msg("guichet_%s may send %s to %s%s", programs[p].name, wishes[w].type,
				        wishes[w].exchange, wishes[w].as_admin ? " in an administrator's name" : "");
}

static void a_program_says_what_is_its_own(void **state)
{
	const char *actor = id_text(desk_account("user", true)), *other = id_text(desk_account("user", true));
	const char *dated = id_text(uuid_new()), *keyed = "8f3a1c9e-4b2d-8c5e-9a7b-0123456789ab";

	(void)state;
	ask("insert into inbox (day, command_id, state, type, status, actor_id, fp) values ((now() at time zone "
	    "'utc')::date, '%s', "
	    "'done', 'ticket.create', 201, '%s', '')",
	        dated, actor);
	ask("insert into inbox_keyed (command_id, state, type, status, actor_id, fp) values ('%s', 'done', "
	    "'ticket.create', 201, "
	    "'%s', '')",
	        keyed, actor);
	assert_true(
	        may_send("ticket", "guichet.events", "ticket.created", "ticket.created", actor_header(actor, dated)));
	assert_true(
	        may_send("ticket", "guichet.events", "ticket.created", "ticket.created", actor_header(actor, keyed)));
	assert_false(
	        may_send("ticket", "guichet.events", "ticket.created", "ticket.created", actor_header(other, dated)));
	assert_false(
	        may_send("ticket", "guichet.events", "ticket.created", "ticket.created", actor_header(other, keyed)));
	assert_true(may_send("ticket", "guichet.events", "ticket.noted", "ticket.noted", "{}"));
	assert_true(may_send("ticket", "guichet.commands", "cmd.ticket.a", "ticket.create", "{}"));
	assert_true(may_send(
	        "account", "guichet.events", "profile.updated", "profile.updated", actor_header(actor, dated)));
	assert_false(may_send(
	        "account", "guichet.events", "profile.updated", "profile.updated", actor_header(other, dated)));
	assert_true(may_send("notify", "guichet.work", "work.mail.high", "mail.due", "{}"));
	assert_true(may_send("mail", "guichet.commands", "cmd.ticket.a", "ticket.note", "{}"));
	assert_true(ingress_may_tell("user.login", actor, actor));
	assert_true(ingress_may_tell("user.made_up", actor, actor)); /* of an object that it tells of already */
	assert_false(ingress_may_tell("user.login", other, actor));
	assert_false(ingress_may_tell("user.role_changed", actor, actor));
	assert_false(ingress_may_tell("ticket.created", actor, actor));
	assert_false(may_send("ingress", "guichet.events", "user.login", "user.login", "{}"));
	assert_true(may_send("ctl", "guichet.events", "user.role_changed", "user.role_changed", "{}"));
}

/* A letter goes out again as it was written down, and in no other way. */
static void a_replay_repeats_its_letter(void **state)
{
	const char *id = id_text(uuid_new());
	const char *headers = arena_printf(
	        desk_arena, "{\"message_id\": \"%s\", \"actor\": \"%s\"}", id, id_text(desk_account("user", true)));
	const char *forged = arena_printf(
	        desk_arena, "{\"message_id\": \"%s\", \"actor\": \"%s\"}", id, id_text(desk_account("admin", true)));

	(void)state;
	ask("insert into dead_letters (id, queue, type, reason, command_id, exchange, routing_key, headers, body) "
	    "values "
	    "(gen_random_uuid(), 'cmd.ticket.0', 'ticket.close', 'x', '%s', 'guichet.commands', 'cmd.ticket.0', '%s', "
	    "'{}')",
	        id, headers);
	assert_true(may_send("ctl", "guichet.commands", "cmd.ticket.0", "ticket.close", headers));
	assert_false(may_send("ctl", "guichet.commands", "cmd.ticket.0", "ticket.delete", headers));
	assert_false(may_send("ctl", "guichet.commands", "cmd.ticket.0", "ticket.close", forged));
}

/* A partition is a table of its own: its parent's grants do not protect it, nor do they open it. */
static void a_day_is_no_way_around(void **state)
{
	struct db *db = desk_as("relay", "");

	(void)state;
	assert_false(db_script(
	        db, arena_printf(desk_arena, "delete from outbox_%s", ask("select to_char(today(), 'YYYYMMDD')"))));
	assert_string_equal(db_sqlstate(db), "42501");
	db_close(&db);
}

static void no_role_stays_in_a_transaction(void **state)
{
	(void)state;
	assert_int_equal(ask_number("select count(*) from pg_roles where rolname like 'guichet\\_%%'"), program_count);
	assert_int_equal(
	        ask_number("select count(*) from pg_roles where rolname like 'guichet\\_%%' and "
	                   "rolconfig @> '{statement_timeout=10s,idle_in_transaction_session_timeout=10s}' and "
	                   "not rolsuper and not rolcreatedb and not rolcreaterole and not rolbypassrls"),
	        program_count);
}

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
		SENTENCE("each program may run its statements", each_program_may_run_its_statements),
		SENTENCE("the relay may do its upkeep", the_relay_may_do_its_upkeep),
		SENTENCE("a read is planned once", a_read_is_planned_once),
		SENTENCE("of what is there already only columns may be changed", only_columns_are_given),
		SENTENCE("each program is refused the rest", each_program_is_refused_the_rest),
		SENTENCE("no program speaks for another, or in a name that is not its command's",
		        no_program_speaks_for_another),
		SENTENCE("a program says what is its own", a_program_says_what_is_its_own),
		SENTENCE("a replay repeats its letter", a_replay_repeats_its_letter),
		SENTENCE("a day's partition is no way around", a_day_is_no_way_around),
		SENTENCE("no role is more than it must be, or stays in a transaction", no_role_stays_in_a_transaction),
		SENTENCE("a program of the version before goes on", the_version_before_goes_on),
		SENTENCE("each function's body is sound", each_function_s_body_is_sound),
		SENTENCE("each function stands in sql/functions", each_function_stands_in_sql_functions),
		SENTENCE("migrating again waits for no reader", migrating_again_waits_for_no_reader),
		SENTENCE("migrating again changes nothing", migrating_again_changes_nothing),
	};

	return cmocka_run_group_tests_name("rights", tests, desk_open, desk_close);
}
