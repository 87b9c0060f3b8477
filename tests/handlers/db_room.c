/* db_room.c - see db_room.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sql/migrate.h"
#include "tests/handlers/db_room.h"

char room_url[1024];
struct db *room_db, *room_other;

/* The migrations of this program, in the place of the product's. */
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

int64_t room_words(void)
{
	struct db_result *rows;

	db_reset(room_other);
	rows = db_send(room_other, QUERY_test_count);
	assert_true(db_sync(room_other));
	return db_int(rows, 0, 0);
}

int room_open(void **state)
{
	const char *base = getenv("DATABASE_URL");
	struct db *first;

	(void)state;
	if (!base) {
		fprintf(stderr, "db_room: DATABASE_URL is not set\n");
		return -1;
	}
	/* libpq's options switch every session of ours to the schema. */
	snprintf(room_url, sizeof(room_url), "%s%coptions=-csearch_path%%3Ddb_test", base,
	        strchr(base, '?') ? '&' : '?');
	first = db_open(base);
	db_script(first,
	        "SET client_min_messages = warning; DROP SCHEMA IF EXISTS db_test CASCADE; CREATE SCHEMA db_test");
	if (db_fault(first) != DB_FINE)
		return -1;
	db_close(&first);
	room_db = db_open(room_url);
	room_other = db_open(room_url);
	return db_script(room_other, tables_sql) ? 0 : -1;
}

int room_close(void **state)
{
	(void)state;
	db_script(room_other, "DROP SCHEMA db_test CASCADE; DROP ROLE IF EXISTS guichet_db_test");
	db_close(&room_db);
	db_close(&room_other);
	return 0;
}

int room_empty(void **state)
{
	(void)state;
	db_on_wait(room_db, NULL, NULL);
	db_revive(room_db);
	db_rollback(room_db);
	db_reset(room_other);
	return db_script(room_other, "TRUNCATE db_test_words, inbox_test, db_test_late") ? 0 : -1;
}

int64_t room_pid_of(struct db *whose)
{
	struct db_result *rows;

	db_reset(whose);
	rows = db_send(whose, QUERY_test_pid);
	assert_true(db_sync(whose));
	/* The text of the query came through awk and C as it was written. */
	assert_true(text_equal(db_text(rows, 0, 1), TEXT("back\\slash \"quoted\"")));
	return db_int(rows, 0, 0);
}

void room_kill(int64_t pid)
{
	struct db_result *rows;

	db_reset(room_other);
	rows = db_send(room_other, QUERY_test_kill, P_INT(pid));
	assert_true(db_sync(room_other));
	assert_true(db_bool(rows, 0, 0));
}
