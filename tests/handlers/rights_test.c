/* rights_test.c - one role per program: what it needs it may, and more than it must be it is not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "queues/programs.h"
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
	        "account delete suspects, desk delete suspects, desk delete timers, fetch delete imap_troubles, "
	        "monitor delete alerts, monitor delete monitor_series, ticket "
	        "delete suspects, ticket "
	        "delete ticket_links, "
	        "ticket update tickets, "
	        "ticket delete timers, timer delete timers");
	assert_int_equal(
	        ask_number("select count(*) from pg_roles r join pg_database d on r.oid = d.datdba where d.datname = "
	                   "current_database() and r.rolcreaterole and not r.rolsuper"),
	        0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("each program may run its statements", each_program_may_run_its_statements),
		SENTENCE("the relay may do its upkeep", the_relay_may_do_its_upkeep),
		SENTENCE("a read is planned once", a_read_is_planned_once),
		SENTENCE("of what is there already only columns may be changed", only_columns_are_given),
		SENTENCE("no role is more than it must be, or stays in a transaction", no_role_stays_in_a_transaction),
	};

	return cmocka_run_group_tests_name("rights", tests, desk_open, desk_close);
}
