/* db_test.c - a worker's way to speak to PostgreSQL (sql/db.h), against a real one; and migrations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/clock.h"
#include "sql/migrate.h"
#include "tests/handlers/db_room.h"

#define SENTENCE(title, test)                                                                                          \
	{                                                                                                              \
		.name = (title), .test_func = (test), .setup_func = room_empty                                         \
	}

static void values_come_back_as_they_went(void **state)
{
	struct uuid id = uuid_new();
	struct uuid back;
	struct db_result *text, *rest, *null;

	(void)state;
	text = db_send(room_db, QUERY_test_echo, P_TEXT(TEXT("d\xc3\xa9j\xc3\xa0 \\ 'vu'")));
	rest = db_send(room_db, QUERY_test_uuid, P_UUID(&id), P_INT(-7));
	null = db_send(room_db, QUERY_test_echo, P_NULL);
	assert_true(db_sync(room_db));
	assert_true(text_equal(db_text(text, 0, 0), TEXT("d\xc3\xa9j\xc3\xa0 \\ 'vu'")));
	back = db_uuid(rest, 0, 0);
	assert_true(uuid_equal(&back, &id));
	assert_int_equal(db_int(rest, 0, 1), -7);
	assert_true(db_is_null(null, 0, 0));
	assert_null(db_text(null, 0, 0).data);
	assert_null(db_text(text, 9, 0).data);
	assert_int_equal(db_rows(text), 1);
}

static void what_is_committed_is_there(void **state)
{
	struct db_result *seen;

	(void)state;
	for (int i = 0; i < 2; i++) {
		db_begin(room_db);
		db_send(room_db, QUERY_test_add, P_TEXT(TEXT("one")));
		db_send(room_db, QUERY_test_add, P_TEXT(TEXT("two")));
		seen = db_send(room_db, QUERY_test_count);
		assert_true(db_sync(room_db));
		assert_int_equal(db_int(seen, 0, 0), 2 * (i + 1));
		assert_true(db_bool(seen, 0, 1));
		assert_true(db_commit(room_db));
	}
	assert_int_equal(room_words(), 4);
}

static void the_first_failure_is_the_one_reported(void **state)
{
	struct db_result *after;

	(void)state;
	db_begin(room_db);
	db_send(room_db, QUERY_test_divide, P_INT(0));
	db_send(room_db, QUERY_test_no_table);
	after = db_send(room_db, QUERY_test_echo, P_TEXT(TEXT("x")));
	assert_false(db_sync(room_db));
	assert_int_equal(db_fault(room_db), DB_MESSAGE);
	assert_string_equal(db_sqlstate(room_db), "22012");
	assert_string_equal(db_message(room_db), "division by zero");
	assert_int_equal(db_rows(after), 0);
	after = db_send(room_db, QUERY_test_echo, P_TEXT(TEXT("x")));
	assert_false(db_sync(room_db));
	assert_int_equal(db_rows(after), 0);
	db_rollback(room_db);
	assert_int_equal(db_fault(room_db), DB_FINE);
	/* Statements whose PREPARE was skipped are prepared now. */
	after = db_send(room_db, QUERY_test_echo, P_TEXT(TEXT("x")));
	assert_true(db_sync(room_db));
	assert_int_equal(db_rows(after), 1);
}

static void a_commit_after_a_failure_rolls_back(void **state)
{
	(void)state;
	db_begin(room_db);
	db_send(room_db, QUERY_test_add, P_TEXT(TEXT("good")));
	assert_true(db_sync(room_db));
	db_send(room_db, QUERY_test_add, P_TEXT(TEXT("bad")));
	assert_false(db_sync(room_db));
	assert_false(db_commit(room_db));
	assert_string_equal(db_sqlstate(room_db), "23514");
	assert_int_equal(room_words(), 0);

	db_begin(room_db);
	db_send(room_db, QUERY_test_add, P_TEXT(TEXT("good")));
	db_send(room_db, QUERY_test_add, P_TEXT(TEXT("bad")));
	assert_false(db_commit(room_db));
	assert_int_equal(db_fault(room_db), DB_MESSAGE);
	/* It holds no lock any more, although nobody has rolled back. */
	assert_true(db_script(room_other, "BEGIN; LOCK TABLE db_test_words IN ACCESS EXCLUSIVE MODE NOWAIT; COMMIT"));
	assert_int_equal(room_words(), 0);
	db_begin(room_db);
	db_send(room_db, QUERY_test_add, P_TEXT(TEXT("good")));
	assert_true(db_commit(room_db));
	assert_int_equal(room_words(), 1);
}

static void a_commit_that_fails_itself_is_false(void **state)
{
	(void)state;
	db_begin(room_db);
	db_send(room_db, QUERY_test_late, P_INT(1));
	db_send(room_db, QUERY_test_late, P_INT(1));
	assert_true(db_sync(room_db));
	assert_false(db_commit(room_db));
	assert_string_equal(db_sqlstate(room_db), "23505");
	assert_int_equal(db_fault(room_db), DB_MESSAGE);
	/* Outside a transaction the implicit one ends at the sync. */
	db_rollback(room_db);
	db_send(room_db, QUERY_test_late, P_INT(2));
	db_send(room_db, QUERY_test_late, P_INT(2));
	assert_false(db_sync(room_db));
	assert_string_equal(db_sqlstate(room_db), "23505");
	db_reset(room_db);
	db_send(room_db, QUERY_test_late, P_INT(2));
	assert_true(db_sync(room_db));
}

static enum db_fault fault_of(const char *sqlstate)
{
	db_reset(room_db);
	db_send(room_db, QUERY_test_raise, P_TEXT(text_of(sqlstate)));
	assert_false(db_sync(room_db));
	assert_string_equal(db_sqlstate(room_db), sqlstate);
	return db_fault(room_db);
}

static void a_code_says_what_to_do(void **state)
{
	(void)state;
	assert_int_equal(fault_of("22P02"), DB_MESSAGE);
	assert_int_equal(fault_of("54000"), DB_MESSAGE);
	assert_int_equal(fault_of("40001"), DB_RACE);
	assert_int_equal(fault_of("40P01"), DB_RACE);
	assert_int_equal(fault_of("GU001"), DB_RACE);
	assert_int_equal(fault_of("53100"), DB_WAIT);
	assert_int_equal(fault_of("P0001"), DB_WAIT);
	/* Of a row without a partition, a column without a value, a sequence at its end: no constraint, no value. */
	assert_int_equal(fault_of("23514"), DB_WAIT);
	assert_int_equal(fault_of("23502"), DB_WAIT);
	assert_int_equal(fault_of("2200H"), DB_WAIT);
	assert_int_equal(fault_of("22P05"), DB_WAIT);
	assert_int_equal(fault_of("25006"), DB_BROKEN);
	assert_int_equal(fault_of("42501"), DB_BROKEN);
	db_reset(room_db);
	db_send(room_db, QUERY_test_inbox, P_INT(1));
	db_send(room_db, QUERY_test_inbox, P_INT(1));
	assert_false(db_sync(room_db));
	assert_int_equal(db_fault(room_db), DB_RACE);
}

static void a_nul_in_a_text_is_the_messages_fault(void **state)
{
	(void)state;
	db_send(room_db, QUERY_test_echo, P_TEXT(TEXT("a\0b")));
	assert_false(db_sync(room_db));
	assert_int_equal(db_fault(room_db), DB_MESSAGE);
	assert_string_equal(db_sqlstate(room_db), "22021");
}

static void more_than_64_statements_are_refused(void **state)
{
	(void)state;
	db_begin(room_db);
	for (int i = 0; i < 64; i++)
		db_send(room_db, QUERY_test_add, P_TEXT(TEXT("w")));
	assert_true(db_commit(room_db));
	db_begin(room_db);
	for (int i = 0; i < 65; i++)
		db_send(room_db, QUERY_test_add, P_TEXT(TEXT("w")));
	assert_false(db_commit(room_db));
	assert_int_equal(db_fault(room_db), DB_BROKEN);
	assert_int_equal(room_words(), 64);
}

static void a_killed_backend_is_lost_and_revived(void **state)
{
	int64_t pid = room_pid_of(room_db);

	(void)state;
	db_begin(room_db);
	db_send(room_db, QUERY_test_add, P_TEXT(TEXT("gone")));
	assert_true(db_sync(room_db));
	room_kill(pid);
	db_send(room_db, QUERY_test_add, P_TEXT(TEXT("gone")));
	assert_false(db_commit(room_db));
	assert_int_equal(db_fault(room_db), DB_LOST);
	db_begin(room_db);
	assert_int_equal(db_fault(room_db), DB_LOST);
	assert_false(db_commit(room_db));
	assert_int_equal(room_words(), 0);
	assert_true(db_revive(room_db));
	assert_int_equal(db_fault(room_db), DB_FINE);
	db_begin(room_db);
	db_send(room_db, QUERY_test_add, P_TEXT(TEXT("back")));
	assert_true(db_commit(room_db));
	assert_int_equal(room_words(), 1);
}

static void big_results_do_not_deadlock(void **state)
{
	enum { BYTES = 8 << 20, TIMES = 4 };
	char *big = malloc(BYTES);
	struct db_result *rows[TIMES];

	(void)state;
	memset(big, 'x', BYTES);
	for (int i = 0; i < TIMES; i++)
		rows[i] = db_send(room_db, QUERY_test_echo, P_TEXT(((struct text){ .data = big, .len = BYTES })));
	assert_true(db_sync(room_db));
	for (int i = 0; i < TIMES; i++) {
		assert_int_equal(db_text(rows[i], 0, 0).len, BYTES);
		assert_memory_equal(db_text(rows[i], 0, 0).data, big, BYTES);
	}
	free(big);
}

static void count_up(void *arg)
{
	++*(int *)arg;
}

static void the_pump_runs_while_the_database_is_slow(void **state)
{
	int turns = 0;

	(void)state;
	db_on_wait(room_db, count_up, &turns);
	db_send(room_db, QUERY_test_sleep, P_TEXT(TEXT("0.9")));
	assert_true(db_sync(room_db));
	assert_in_range(turns, 3, 5);
}

static void a_changed_table_costs_one_connection(void **state)
{
	struct db_result *rows;

	(void)state;
	db_send(room_db, QUERY_test_shape);
	assert_true(db_sync(room_db));
	assert_true(db_script(room_other, "ALTER TABLE db_test_shape ADD COLUMN IF NOT EXISTS b int DEFAULT 5"));
	db_send(room_db, QUERY_test_shape);
	assert_false(db_sync(room_db));
	assert_int_equal(db_fault(room_db), DB_WAIT);
	db_reset(room_db);
	assert_true(db_revive(room_db));
	rows = db_send(room_db, QUERY_test_shape);
	assert_true(db_sync(room_db));
	assert_int_equal(db_int(rows, 0, 1), 5);
}

static void the_next_host_is_tried(void **state)
{
	struct db *far;
	char hosts[1200];
	const char *at = strrchr(room_url, '@');
	const char *authority = at ? at + 1 : strstr(room_url, "://") + 3;

	(void)state;
	if (*authority == '/' || *authority == '?')
		skip();
	snprintf(hosts, sizeof(hosts), "%.*s127.0.0.1:1,%s", (int)(authority - room_url), room_url, authority);
	far = db_open(hosts);
	assert_int_equal(db_fault(far), DB_FINE);
	db_close(&far);
	far = db_open("postgresql://127.0.0.1:1/none");
	assert_int_equal(db_fault(far), DB_LOST);
	db_close(&far);
	far = db_open("postgresql://x:%ZZ@h/none");
	assert_int_equal(db_fault(far), DB_LOST);
	db_close(&far);
}

/* --- migrations --------------------------------------------------------------------- */

static void migrations_run_once_and_are_not_rewritten(void **state)
{
	struct text passwords = TEXT("db_test:it's \\ secret\n\nnobody:x\n");

	(void)state;
	assert_true(migrate_roles(room_db, passwords, NULL) && migrate_run(room_db, NULL));
	assert_true(migrate_roles(room_db, passwords, NULL) && migrate_run(room_db, NULL));
	assert_true(db_script(room_other, "SELECT 1 / (count(*) = 1)::int FROM db_test_first"));
	assert_true(db_script(room_other, "SELECT 1 / (count(*) = 2)::int FROM schema_migrations"));
	assert_true(db_script(
	        room_other, "SELECT 1 / has_table_privilege('guichet_db_test', 'db_test_first', 'select')::int"));
	assert_false(migrate_roles(room_db, TEXT("no colon"), NULL));
	assert_true(db_script(room_other, "UPDATE schema_migrations SET checksum = 'x' WHERE name = '0001_first'"));
	assert_false(migrate_run(room_db, NULL));
	assert_true(db_script(room_other, "DELETE FROM schema_migrations; DROP TABLE db_test_first"));
	assert_true(migrate_run(room_db, NULL));
	assert_true(db_script(room_other, "INSERT INTO schema_migrations VALUES ('9999_later', now(), 'x')"));
	assert_false(migrate_run(room_db, NULL));
	assert_int_equal(migrate_expected(), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("values come back as they went", values_come_back_as_they_went),
		SENTENCE("what is committed is there", what_is_committed_is_there),
		SENTENCE("a statement after a failure is not run and the first failure is the one reported",
		        the_first_failure_is_the_one_reported),
		SENTENCE("a commit after a failure rolls back", a_commit_after_a_failure_rolls_back),
		SENTENCE("a commit that fails itself is false", a_commit_that_fails_itself_is_false),
		SENTENCE("a code says what to do", a_code_says_what_to_do),
		SENTENCE("a NUL in a text is the message's fault", a_nul_in_a_text_is_the_messages_fault),
		SENTENCE("more than 64 statements in one sync are refused", more_than_64_statements_are_refused),
		SENTENCE("a killed backend is DB_LOST and db_revive brings it back",
		        a_killed_backend_is_lost_and_revived),
		SENTENCE("results larger than the socket buffers do not deadlock", big_results_do_not_deadlock),
		SENTENCE("the pump runs while the database is slow", the_pump_runs_while_the_database_is_slow),
		SENTENCE("a changed table costs one connection, no more", a_changed_table_costs_one_connection),
		SENTENCE("the next host is tried, and a URL that can't be read is no connection",
		        the_next_host_is_tried),
		SENTENCE("migrations run once and are not rewritten", migrations_run_once_and_are_not_rewritten),
	};

	return cmocka_run_group_tests_name("db", tests, room_open, room_close);
}
