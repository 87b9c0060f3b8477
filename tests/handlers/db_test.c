/* db_test.c - the two ways to speak to PostgreSQL, against a real one.
 *
 * DATABASE_URL names a database whose owner we are, with the right to end
 * another of our sessions; tables are made in a schema of the test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/clock.h"
#include "sql/db.h"
#include "sql/db_loop.h"
#include "sql/migrate.h"

static char url[1024];
static struct db *db;
static struct db *other;

const struct migration migrations[] = {
	{ "0001_first", "CREATE TABLE IF NOT EXISTS db_test_first (id int);\n" },
	{ "0002_second", "ALTER TABLE db_test_first ADD COLUMN IF NOT EXISTS a int;\n"
	                 "INSERT INTO db_test_first VALUES (1, 2);\n" },
	{ NULL, NULL },
};
const int migration_count = 2;
const char *const migration_functions_sql = "";
const char *const migration_roles_sql =
        "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'guichet_db_test')\n"
        "THEN CREATE ROLE guichet_db_test; END IF; END $$;\n";
const char *const migration_grants_sql = "GRANT SELECT ON db_test_first TO guichet_db_test";

static const char tables_sql[] = "CREATE TABLE db_test_words (word text NOT NULL CHECK (word <> 'bad'));"
                                 "CREATE TABLE inbox_test (id int PRIMARY KEY);"
                                 "CREATE TABLE db_test_late (id int, UNIQUE (id) DEFERRABLE INITIALLY DEFERRED);"
                                 "CREATE TABLE db_test_shape (a int); INSERT INTO db_test_shape VALUES (1);"
                                 "CREATE FUNCTION db_test_raise(code text) RETURNS void LANGUAGE plpgsql AS"
                                 " $$ BEGIN RAISE EXCEPTION 'as asked' USING ERRCODE = code; END $$";

static int64_t words(void)
{
	struct db_result *rows;

	db_reset(other);
	rows = db_send(other, QUERY_test_count);
	assert_true(db_sync(other));
	return db_int(rows, 0, 0);
}

static int set_up(void **state)
{
	const char *base = getenv("DATABASE_URL");
	struct db *first;

	(void)state;
	if (!base) {
		fprintf(stderr, "db_test: DATABASE_URL is not set\n");
		return -1;
	}
	/* libpq's options switch every session of ours to the schema. */
	snprintf(url, sizeof(url), "%s%coptions=-csearch_path%%3Ddb_test", base, strchr(base, '?') ? '&' : '?');
	first = db_open(base);
	db_script(first,
	        "SET client_min_messages = warning; DROP SCHEMA IF EXISTS db_test CASCADE; CREATE SCHEMA db_test");
	if (db_fault(first) != DB_FINE)
		return -1;
	db_close(&first);
	db = db_open(url);
	other = db_open(url);
	return db_script(other, tables_sql) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	db_script(other, "DROP SCHEMA db_test CASCADE; DROP ROLE IF EXISTS guichet_db_test");
	db_close(&db);
	db_close(&other);
	return 0;
}

static int each(void **state)
{
	(void)state;
	db_on_wait(db, NULL, NULL);
	db_revive(db);
	db_rollback(db);
	db_reset(other);
	return db_script(other, "TRUNCATE db_test_words, inbox_test, db_test_late") ? 0 : -1;
}

/* --- db ----------------------------------------------------------------------------- */

static void values_come_back_as_they_went(void **state)
{
	struct uuid id = uuid_new();
	struct uuid back;
	struct db_result *text, *rest, *null;

	(void)state;
	text = db_send(db, QUERY_test_echo, P_TEXT(TEXT("d\xc3\xa9j\xc3\xa0 \\ 'vu'")));
	rest = db_send(db, QUERY_test_uuid, P_UUID(&id), P_INT(-7));
	null = db_send(db, QUERY_test_echo, P_NULL);
	assert_true(db_sync(db));
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
		db_begin(db);
		db_send(db, QUERY_test_add, P_TEXT(TEXT("one")));
		db_send(db, QUERY_test_add, P_TEXT(TEXT("two")));
		seen = db_send(db, QUERY_test_count);
		assert_true(db_sync(db));
		assert_int_equal(db_int(seen, 0, 0), 2 * (i + 1));
		assert_true(db_bool(seen, 0, 1));
		assert_true(db_commit(db));
	}
	assert_int_equal(words(), 4);
}

static void the_first_failure_is_the_one_reported(void **state)
{
	struct db_result *after;

	(void)state;
	db_begin(db);
	db_send(db, QUERY_test_divide, P_INT(0));
	db_send(db, QUERY_test_no_table);
	after = db_send(db, QUERY_test_echo, P_TEXT(TEXT("x")));
	assert_false(db_sync(db));
	assert_int_equal(db_fault(db), DB_MESSAGE);
	assert_string_equal(db_sqlstate(db), "22012");
	assert_string_equal(db_message(db), "division by zero");
	assert_int_equal(db_rows(after), 0);
	after = db_send(db, QUERY_test_echo, P_TEXT(TEXT("x")));
	assert_false(db_sync(db));
	assert_int_equal(db_rows(after), 0);
	db_rollback(db);
	assert_int_equal(db_fault(db), DB_FINE);
	/* Statements whose PREPARE was skipped are prepared now. */
	after = db_send(db, QUERY_test_echo, P_TEXT(TEXT("x")));
	assert_true(db_sync(db));
	assert_int_equal(db_rows(after), 1);
}

static void a_commit_after_a_failure_rolls_back(void **state)
{
	(void)state;
	db_begin(db);
	db_send(db, QUERY_test_add, P_TEXT(TEXT("good")));
	assert_true(db_sync(db));
	db_send(db, QUERY_test_add, P_TEXT(TEXT("bad")));
	assert_false(db_sync(db));
	assert_false(db_commit(db));
	assert_string_equal(db_sqlstate(db), "23514");
	assert_int_equal(words(), 0);

	db_begin(db);
	db_send(db, QUERY_test_add, P_TEXT(TEXT("good")));
	db_send(db, QUERY_test_add, P_TEXT(TEXT("bad")));
	assert_false(db_commit(db));
	assert_int_equal(db_fault(db), DB_MESSAGE);
	/* It holds no lock any more, although nobody has rolled back. */
	assert_true(db_script(other, "BEGIN; LOCK TABLE db_test_words IN ACCESS EXCLUSIVE MODE NOWAIT; COMMIT"));
	assert_int_equal(words(), 0);
	db_begin(db);
	db_send(db, QUERY_test_add, P_TEXT(TEXT("good")));
	assert_true(db_commit(db));
	assert_int_equal(words(), 1);
}

static void a_commit_that_fails_itself_is_false(void **state)
{
	(void)state;
	db_begin(db);
	db_send(db, QUERY_test_late, P_INT(1));
	db_send(db, QUERY_test_late, P_INT(1));
	assert_true(db_sync(db));
	assert_false(db_commit(db));
	assert_string_equal(db_sqlstate(db), "23505");
	assert_int_equal(db_fault(db), DB_MESSAGE);
	/* Outside a transaction the implicit one ends at the sync. */
	db_rollback(db);
	db_send(db, QUERY_test_late, P_INT(2));
	db_send(db, QUERY_test_late, P_INT(2));
	assert_false(db_sync(db));
	assert_string_equal(db_sqlstate(db), "23505");
	db_reset(db);
	db_send(db, QUERY_test_late, P_INT(2));
	assert_true(db_sync(db));
}

static enum db_fault fault_of(const char *sqlstate)
{
	db_reset(db);
	db_send(db, QUERY_test_raise, P_TEXT(text_of(sqlstate)));
	assert_false(db_sync(db));
	assert_string_equal(db_sqlstate(db), sqlstate);
	return db_fault(db);
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
	db_reset(db);
	db_send(db, QUERY_test_inbox, P_INT(1));
	db_send(db, QUERY_test_inbox, P_INT(1));
	assert_false(db_sync(db));
	assert_int_equal(db_fault(db), DB_RACE);
}

static void a_nul_in_a_text_is_the_messages_fault(void **state)
{
	(void)state;
	db_send(db, QUERY_test_echo, P_TEXT(TEXT("a\0b")));
	assert_false(db_sync(db));
	assert_int_equal(db_fault(db), DB_MESSAGE);
	assert_string_equal(db_sqlstate(db), "22021");
}

static void more_than_64_statements_are_refused(void **state)
{
	(void)state;
	db_begin(db);
	for (int i = 0; i < 64; i++)
		db_send(db, QUERY_test_add, P_TEXT(TEXT("w")));
	assert_true(db_commit(db));
	db_begin(db);
	for (int i = 0; i < 65; i++)
		db_send(db, QUERY_test_add, P_TEXT(TEXT("w")));
	assert_false(db_commit(db));
	assert_int_equal(db_fault(db), DB_BROKEN);
	assert_int_equal(words(), 64);
}

static int64_t pid_of(struct db *whose)
{
	struct db_result *rows;

	db_reset(whose);
	rows = db_send(whose, QUERY_test_pid);
	assert_true(db_sync(whose));
	/* The text of the query came through awk and C as it was written. */
	assert_true(text_equal(db_text(rows, 0, 1), TEXT("back\\slash \"quoted\"")));
	return db_int(rows, 0, 0);
}

static void kill_backend(int64_t pid)
{
	struct db_result *rows;

	db_reset(other);
	rows = db_send(other, QUERY_test_kill, P_INT(pid));
	assert_true(db_sync(other));
	assert_true(db_bool(rows, 0, 0));
}

static void a_killed_backend_is_lost_and_revived(void **state)
{
	int64_t pid = pid_of(db);

	(void)state;
	db_begin(db);
	db_send(db, QUERY_test_add, P_TEXT(TEXT("gone")));
	assert_true(db_sync(db));
	kill_backend(pid);
	db_send(db, QUERY_test_add, P_TEXT(TEXT("gone")));
	assert_false(db_commit(db));
	assert_int_equal(db_fault(db), DB_LOST);
	db_begin(db);
	assert_int_equal(db_fault(db), DB_LOST);
	assert_false(db_commit(db));
	assert_int_equal(words(), 0);
	assert_true(db_revive(db));
	assert_int_equal(db_fault(db), DB_FINE);
	db_begin(db);
	db_send(db, QUERY_test_add, P_TEXT(TEXT("back")));
	assert_true(db_commit(db));
	assert_int_equal(words(), 1);
}

static void big_results_do_not_deadlock(void **state)
{
	enum { BYTES = 8 << 20, TIMES = 4 };
	char *big = malloc(BYTES);
	struct db_result *rows[TIMES];

	(void)state;
	memset(big, 'x', BYTES);
	for (int i = 0; i < TIMES; i++)
		rows[i] = db_send(db, QUERY_test_echo, P_TEXT(((struct text){ .data = big, .len = BYTES })));
	assert_true(db_sync(db));
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
	db_on_wait(db, count_up, &turns);
	db_send(db, QUERY_test_sleep, P_TEXT(TEXT("0.9")));
	assert_true(db_sync(db));
	assert_in_range(turns, 3, 5);
}

static void a_changed_table_costs_one_connection(void **state)
{
	struct db_result *rows;

	(void)state;
	db_send(db, QUERY_test_shape);
	assert_true(db_sync(db));
	assert_true(db_script(other, "ALTER TABLE db_test_shape ADD COLUMN IF NOT EXISTS b int DEFAULT 5"));
	db_send(db, QUERY_test_shape);
	assert_false(db_sync(db));
	assert_int_equal(db_fault(db), DB_WAIT);
	db_reset(db);
	assert_true(db_revive(db));
	rows = db_send(db, QUERY_test_shape);
	assert_true(db_sync(db));
	assert_int_equal(db_int(rows, 0, 1), 5);
}

static void the_next_host_is_tried(void **state)
{
	struct db *far;
	char hosts[1200];
	const char *at = strrchr(url, '@');
	const char *authority = at ? at + 1 : strstr(url, "://") + 3;

	(void)state;
	if (*authority == '/' || *authority == '?')
		skip();
	snprintf(hosts, sizeof(hosts), "%.*s127.0.0.1:1,%s", (int)(authority - url), url, authority);
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
	assert_true(migrate_roles(db, TEXT("one:lane"), passwords, NULL) && migrate_run(db, NULL));
	assert_true(migrate_roles(db, TEXT("one:lane"), passwords, NULL) && migrate_run(db, NULL));
	assert_true(db_script(other, "SELECT 1 / (count(*) = 1)::int FROM db_test_first"));
	assert_true(db_script(other, "SELECT 1 / (count(*) = 2)::int FROM schema_migrations"));
	assert_true(
	        db_script(other, "SELECT 1 / has_table_privilege('guichet_db_test', 'db_test_first', 'select')::int"));
	assert_false(migrate_roles(db, TEXT("one:lane"), TEXT("no colon"), NULL));
	assert_true(db_script(other, "UPDATE schema_migrations SET checksum = 'x' WHERE name = '0001_first'"));
	assert_false(migrate_run(db, NULL));
	assert_true(db_script(other, "DELETE FROM schema_migrations; DROP TABLE db_test_first"));
	assert_true(migrate_run(db, NULL));
	assert_true(db_script(other, "INSERT INTO schema_migrations VALUES ('9999_later', now(), 'x')"));
	assert_false(migrate_run(db, NULL));
	assert_int_equal(migrate_expected(), 2);
}

/* --- db_loop ------------------------------------------------------------------------ */

struct answer {
	int calls;
	enum db_fault fault;
	char sqlstate[6];
	int64_t number;
	size_t bytes;
};

static void keep(void *arg, enum db_fault fault, const char *sqlstate, const struct db_result *result)
{
	struct answer *a = arg;

	a->calls++;
	a->fault = fault;
	snprintf(a->sqlstate, sizeof(a->sqlstate), "%s", sqlstate);
	a->number = db_int(result, 0, 0);
	a->bytes = db_text(result, 0, 0).len;
}

/* One turn of the owner's loop. */
static void turn(struct db_loop *loop)
{
	struct pollfd p = { .fd = db_loop_fd(loop) };

	db_loop_flush(loop);
	p.fd = db_loop_fd(loop);
	p.events = (short)((db_loop_wants_read(loop) ? POLLIN : 0) | (db_loop_wants_write(loop) ? POLLOUT : 0));
	if (poll(&p, 1, 50) > 0)
		db_loop_ready(loop);
	db_loop_tick(loop);
}

static struct db_loop *loop_up_for(bool reads)
{
	struct db_loop *loop = db_loop_new(url, reads);
	int64_t deadline_ms = clock_mono_ms() + 5000;

	assert_int_equal(db_loop_fd(loop), -1);
	assert_true(db_loop_connect(loop));
	while (db_loop_state(loop) != DB_LOOP_UP && clock_mono_ms() < deadline_ms)
		turn(loop);
	assert_int_equal(db_loop_state(loop), DB_LOOP_UP);
	return loop;
}

static struct db_loop *loop_up(void)
{
	return loop_up_for(false);
}

static void settle(struct db_loop *loop)
{
	int64_t deadline_ms = clock_mono_ms() + 10000;

	while (db_loop_waiting(loop) > 0 && clock_mono_ms() < deadline_ms)
		turn(loop);
	assert_int_equal(db_loop_waiting(loop), 0);
}

#define SEND(loop, query, answer, ...)                                                                                 \
	db_loop_send(loop, query, sizeof((struct db_param[]){ __VA_ARGS__ }) / sizeof(struct db_param),                \
	        (struct db_param[]){ __VA_ARGS__ }, keep, answer)

static void a_failing_request_leaves_its_neighbours_alone(void **state)
{
	struct db_loop *loop = loop_up();
	struct answer a[7] = { { 0 } };

	(void)state;
	for (int round = 1; round <= 2; round++) {
		assert_true(SEND(loop, QUERY_test_divide, &a[0], P_INT(1)));
		assert_true(SEND(loop, QUERY_test_divide, &a[1], P_INT(0)));
		assert_true(SEND(loop, QUERY_test_no_table, &a[2]));
		assert_true(SEND(loop, QUERY_test_late, &a[3], P_INT(round)));
		assert_true(SEND(loop, QUERY_test_late, &a[4], P_INT(round)));
		assert_true(SEND(loop, QUERY_test_echo, &a[5], P_TEXT(TEXT("42"))));
		settle(loop);
		assert_int_equal(a[0].fault, DB_FINE);
		assert_int_equal(a[0].number, 1);
		assert_string_equal(a[1].sqlstate, "22012");
		assert_int_equal(a[2].fault, DB_BROKEN);
		assert_int_equal(a[3].fault, DB_FINE);
		assert_string_equal(a[4].sqlstate, "23505");
		assert_int_equal(a[5].number, 42);
		for (int i = 0; i < 6; i++)
			assert_int_equal(a[i].calls, round);
	}
	assert_false(SEND(loop, QUERY_test_echo, &a[6], P_TEXT(TEXT("a\0b"))));
	assert_int_equal(a[6].calls, 0);
	db_loop_free(&loop);
	assert_null(loop);
}

/* What shares a Sync with an error has not run; whoever only reads does not notice. */
static void reads_of_one_turn_do_not_share_an_error(void **state)
{
	struct db_loop *loop = loop_up_for(true);
	struct answer a[8] = { { 0 } };

	(void)state;
	for (int round = 1; round <= 3; round++) {
		assert_true(SEND(loop, QUERY_test_divide, &a[0], P_INT(1)));
		assert_true(SEND(loop, QUERY_test_divide, &a[1], P_INT(0)));
		assert_true(SEND(loop, QUERY_test_echo, &a[2], P_TEXT(TEXT("42"))));
		assert_true(SEND(loop, QUERY_test_no_table, &a[3]));
		assert_true(SEND(loop, QUERY_test_echo, &a[4], P_TEXT(TEXT("43"))));
		db_loop_flush(loop);
		assert_true(SEND(loop, QUERY_test_echo, &a[5], P_TEXT(TEXT("44"))));
		assert_true(SEND(loop, QUERY_test_uuid, &a[6], P_NULL, P_NULL));
		assert_true(SEND(loop, QUERY_test_divide, &a[7], P_INT(1)));
		settle(loop);
		assert_int_equal(a[0].number, 1);
		assert_string_equal(a[1].sqlstate, "22012");
		assert_int_equal(a[2].number, 42);
		assert_int_equal(a[3].fault, DB_BROKEN);
		assert_int_equal(a[4].number, 43);
		assert_int_equal(a[5].number, 44);
		assert_int_equal(a[6].fault, DB_FINE);
		assert_int_equal(a[7].number, 1);
		for (int i = 0; i < 8; i++)
			assert_int_equal(a[i].calls, round);
	}
	db_loop_free(&loop);
}

static void losing_a_connection_calls_everyone_back(bool reads)
{
	struct db_loop *loop = loop_up_for(reads);
	struct answer pid = { 0 }, a[5] = { { 0 } };

	assert_true(SEND(loop, QUERY_test_pid, &pid));
	settle(loop);
	assert_true(SEND(loop, QUERY_test_sleep, &a[0], P_TEXT(TEXT("30"))));
	assert_true(SEND(loop, QUERY_test_echo, &a[1], P_TEXT(TEXT("x"))));
	assert_true(SEND(loop, QUERY_test_echo, &a[3], P_TEXT(TEXT("y"))));
	db_loop_flush(loop);
	assert_true(SEND(loop, QUERY_test_echo, &a[4], P_TEXT(TEXT("z"))));
	db_loop_flush(loop);
	kill_backend(pid.number);
	settle(loop);
	assert_int_equal(db_loop_state(loop), DB_LOOP_DOWN);
	assert_int_equal(db_loop_fd(loop), -1);
	for (int i = 0; i < 5; i += i == 1 ? 2 : 1) {
		assert_int_equal(a[i].calls, 1);
		assert_int_equal(a[i].fault, DB_LOST);
	}
	assert_false(SEND(loop, QUERY_test_echo, &a[2], P_NULL));
	assert_true(db_loop_connect(loop));
	while (db_loop_state(loop) == DB_LOOP_CONNECTING)
		turn(loop);
	assert_true(SEND(loop, QUERY_test_echo, &a[2], P_TEXT(TEXT("7"))));
	settle(loop);
	assert_int_equal(a[2].number, 7);
	db_loop_free(&loop);
}

static void losing_the_connection_calls_everyone_back(void **state)
{
	(void)state;
	losing_a_connection_calls_everyone_back(false);
	losing_a_connection_calls_everyone_back(true);
}

static void the_queue_is_bounded_and_big_answers_pass(void **state)
{
	enum { BYTES = DB_LOOP_BYTES / 4, BIG = 3 };
	struct db_loop *loop = loop_up();
	struct answer big = { 0 }, small = { 0 };
	char *bytes = malloc(BYTES);

	(void)state;
	memset(bytes, 'x', BYTES);
	for (int i = 0; i < BIG; i++)
		assert_true(SEND(loop, QUERY_test_echo, &big, P_TEXT(((struct text){ .data = bytes, .len = BYTES }))));
	assert_false(SEND(loop, QUERY_test_echo, &big, P_TEXT(((struct text){ .data = bytes, .len = BYTES }))));
	for (int i = BIG; i < DB_LOOP_QUEUE; i++)
		assert_true(SEND(loop, QUERY_test_echo, &small, P_TEXT(TEXT("1"))));
	assert_false(SEND(loop, QUERY_test_echo, &small, P_TEXT(TEXT("1"))));
	settle(loop);
	assert_int_equal(big.calls, BIG);
	assert_int_equal(big.bytes, BYTES);
	assert_int_equal(small.calls, DB_LOOP_QUEUE - BIG);
	free(bytes);
	/* Freed with requests outstanding: they are told. */
	assert_true(SEND(loop, QUERY_test_echo, &big, P_NULL));
	db_loop_free(&loop);
	assert_int_equal(big.fault, DB_LOST);
}

static void a_host_that_refuses_leaves_the_loop_down(void **state)
{
	struct db_loop *loop = db_loop_new("postgresql://127.0.0.1:1/none", false);

	(void)state;
	assert_true(db_loop_connect(loop));
	while (db_loop_state(loop) == DB_LOOP_CONNECTING)
		turn(loop);
	assert_int_equal(db_loop_state(loop), DB_LOOP_DOWN);
	db_loop_free(&loop);
	loop = db_loop_new("postgresql://x:%ZZ@h/none", false);
	assert_false(db_loop_connect(loop));
	db_loop_free(&loop);
}

/* The resolver of this program knows a name with two addresses; of the first the caller decides what is there. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	typeof(getaddrinfo) *real = (typeof(getaddrinfo) *)dlsym(RTLD_NEXT, "getaddrinfo");
	int error;

	if (!name || strcmp(name, "two.example") != 0)
		return real(name, service, hints, out);
	error = real("127.0.0.2", service, hints, out);
	return error ? error : real("127.0.0.1", service, hints, &(*out)->ai_next);
}

/* Until the loop stands; how often it had to begin. */
static int attempts_until_up(struct db_loop *loop, int64_t limit_ms)
{
	int64_t deadline_ms = clock_mono_ms() + limit_ms;
	int attempts = 0;

	while (db_loop_state(loop) != DB_LOOP_UP && clock_mono_ms() < deadline_ms) {
		if (db_loop_state(loop) == DB_LOOP_DOWN) {
			unsigned before = db_loop_socket(loop);

			attempts++;
			assert_true(db_loop_connect(loop));
			assert_int_not_equal(db_loop_socket(loop), before);
		}
		turn(loop);
	}
	assert_int_equal(db_loop_state(loop), DB_LOOP_UP);
	return attempts;
}

static int listen_silently(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

	inet_pton(AF_INET, "127.0.0.2", &address.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void the_other_address_of_a_name_is_tried(void **state)
{
	const char *at = strstr(url, "127.0.0.1:");
	struct db_loop *loop;
	char named[1200];
	struct db *far;
	int fd;

	(void)state;
	if (!at)
		skip();
	snprintf(named, sizeof(named), "%.*stwo.example%s", (int)(at - url), url, at + strlen("127.0.0.1"));
	far = db_open(named); /* refused first */
	assert_int_equal(db_fault(far), DB_FINE);
	db_close(&far);
	loop = db_loop_new(named, true);
	assert_int_equal(attempts_until_up(loop, 2000), 2);
	db_loop_free(&loop);
	fd = listen_silently(atoi(at + strlen("127.0.0.1:")));
	loop = db_loop_new(named, true);
	assert_int_equal(attempts_until_up(loop, 10000), 2);
	db_loop_free(&loop);
	close(fd);
}

#define SENTENCE(title, test)                                                                                          \
	{                                                                                                              \
		.name = (title), .test_func = (test), .setup_func = each                                               \
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
		SENTENCE(
		        "a failing request leaves its neighbours alone", a_failing_request_leaves_its_neighbours_alone),
		SENTENCE("reads of one turn do not share an error", reads_of_one_turn_do_not_share_an_error),
		SENTENCE("losing the connection calls everyone back", losing_the_connection_calls_everyone_back),
		SENTENCE("the queue is bounded, in bytes too, and big answers pass",
		        the_queue_is_bounded_and_big_answers_pass),
		SENTENCE("a host that refuses leaves the loop down", a_host_that_refuses_leaves_the_loop_down),
		SENTENCE("of a name with two addresses the second serves when the first refuses or is silent",
		        the_other_address_of_a_name_is_tried),
	};

	return cmocka_run_group_tests_name("db", tests, set_up, tear_down);
}
