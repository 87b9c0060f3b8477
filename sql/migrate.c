/* migrate.c - see migrate.h. */
#include "sql/migrate.h"

#include <openssl/sha.h>
#include <string.h>
#include "base/arena.h"
#include "base/process.h"

#define CHECKSUM_BYTES (2 * SHA256_DIGEST_LENGTH + 1)
#define LOCK_SQL "SELECT pg_advisory_lock(hashtext('guichet'), hashtext('migrate'))"
/* Behind a lock that is waited for everybody waits: as briefly as upkeep does it, and again. */
#define BRIEFLY_SQL "SET LOCAL lock_timeout = '200ms'"
#define LOCK_NOT_AVAILABLE "55P03"
#define AGAIN_MS 1000
/* A function may call one that is made after it; a test checks the bodies when all are there. */
#define UNCHECKED_SQL "SET LOCAL check_function_bodies = off;\n"
#define UNLOCK_SQL "SELECT pg_advisory_unlock(hashtext('guichet'), hashtext('migrate'))"

static const char table_sql[] = "CREATE TABLE IF NOT EXISTS schema_migrations (\n"
                                "	name text PRIMARY KEY,\n"
                                "	applied_at timestamptz NOT NULL DEFAULT now(),\n"
                                "	checksum text NOT NULL)";

struct run {
	struct db *db;
	struct arena *arena;
	FILE *progress;
	int applied;
};

static void say(struct run *run, const char *what, const char *name, const char *why)
{
	if (run->progress)
		fprintf(run->progress, "%s%s%s%s%s\n", what, *name ? " " : "", name, *why ? ": " : "", why);
}

/* Always false. */
static bool refuse(struct run *run, const char *what, const char *name, const char *why)
{
	say(run, what, name, why);
	return false;
}

static void checksum(const char *sql, char out[CHECKSUM_BYTES])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)sql, strlen(sql), digest);
	text_hex(digest, sizeof(digest), out);
}

static const struct migration *find(struct text name)
{
	for (int i = 0; i < migration_count; i++) {
		if (text_equal(text_of(migrations[i].name), name))
			return &migrations[i];
	}
	return NULL;
}

/* Whether what the database says was applied is what we would have applied. */
static bool check_applied(struct run *run, const struct db_result *applied)
{
	char expected[CHECKSUM_BYTES];

	for (int i = 0; i < db_rows(applied); i++) {
		const char *name = text_dup(run->arena, db_text(applied, i, 0));
		const struct migration *m = find(text_of(name));

		if (!m)
			return refuse(run, "refused", name, "applied to the database, but unknown to this version");
		checksum(m->sql, expected);
		if (!text_equal(text_of(expected), db_text(applied, i, 1)))
			return refuse(run, "refused", name,
			        "its text has changed since it was applied; write a new migration instead");
	}
	run->applied = db_rows(applied);
	return true;
}

static bool is_applied(const struct db_result *applied, const char *name)
{
	for (int i = 0; i < db_rows(applied); i++) {
		if (text_equal(db_text(applied, i, 0), text_of(name)))
			return true;
	}
	return false;
}

/* One transaction, begun again as long as somebody, like pg_dump, holds a table. sum NULL: is not recorded. */
static bool run_script(struct run *run, const char *name, const char *sql, const char *sum)
{
	struct db *db = run->db;

	for (int tries = 0;; tries++) {
		db_begin(db);
		db_script(db, BRIEFLY_SQL);
		db_script(db, sql);
		if (sum)
			db_send(db, QUERY_migrate_record, P_TEXT(text_of(name)), P_TEXT(text_of(sum)));
		if (db_commit(db))
			return true;
		if (strcmp(db_sqlstate(db), LOCK_NOT_AVAILABLE) != 0)
			return refuse(run, "failed", name, db_message(db));
		if (tries == 0)
			say(run, "waiting", name, "somebody holds a table (pg_dump?)");
		db_rollback(db);
		process_nap_ms(AGAIN_MS);
	}
}

static bool apply(struct run *run, const struct migration *m)
{
	char sum[CHECKSUM_BYTES];

	checksum(m->sql, sum);
	if (!run_script(run, m->name, m->sql, sum))
		return false;
	run->applied++;
	say(run, "applied", m->name, "");
	return true;
}

static bool apply_missing(struct run *run)
{
	struct db *db = run->db;
	bool *missing = ARENA_ARRAY(run->arena, bool, (size_t)migration_count + 1);
	struct db_result *applied;

	db_reset(db);
	applied = db_send(db, QUERY_migrate_applied);
	if (!db_sync(db))
		return refuse(run, "failed", "", db_message(db));
	if (!check_applied(run, applied))
		return false;
	/* db_begin forgets the rows, so they are read before. */
	for (int i = 0; i < migration_count; i++)
		missing[i] = !is_applied(applied, migrations[i].name);
	for (int i = 0; i < migration_count; i++) {
		if (missing[i] && !apply(run, &migrations[i]))
			return false;
	}
	return true;
}

static bool make_functions(struct run *run)
{
	return run_script(
	        run, "functions", arena_printf(run->arena, "%s%s", UNCHECKED_SQL, migration_functions_sql), NULL);
}

/* role: lower case, digits and _ only, so it needs no quotes. */
static bool set_password(struct run *run, const char *role, struct text password)
{
	struct db *db = run->db;
	struct db_result *exists;
	struct text quoted;

	db_begin(db);
	exists = db_send(db, QUERY_migrate_role_exists, P_TEXT(text_of(role)));
	db_sync(db);
	quoted = db_quote_literal(db, run->arena, password);
	if (db_rows(exists) == 1 && quoted.data)
		db_script(db, arena_printf(run->arena, "ALTER ROLE %s LOGIN PASSWORD %s", role, quoted.data));
	else if (db_fault(db) == DB_FINE)
		say(run, "skipped", role, "no such role");
	return db_commit(db) || refuse(run, "failed", role, "its password could not be set");
}

static bool set_line(struct run *run, struct text line, int number)
{
	const char *colon = memchr(line.data, ':', line.len);
	const char *where = arena_printf(run->arena, "line %d", number);
	struct text program;

	if (!colon || colon == line.data || colon == line.data + line.len - 1)
		return refuse(run, "passwords", where, "expected program:password");
	program = (struct text){ .data = line.data, .len = (size_t)(colon - line.data) };
	for (size_t i = 0; i < program.len; i++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_", program.data[i]))
			return refuse(run, "passwords", where, "a program is named with a-z, 0-9 and _");
	}
	return set_password(run, arena_printf(run->arena, "guichet_%.*s", (int)program.len, program.data),
	        (struct text){ .data = colon + 1, .len = line.len - program.len - 1 });
}

static bool set_passwords(struct run *run, struct text passwords)
{
	int number = 0;

	while (passwords.len > 0) {
		const char *end = memchr(passwords.data, '\n', passwords.len);
		size_t len = end ? (size_t)(end - passwords.data) : passwords.len;
		struct text line = text_trim((struct text){ .data = passwords.data, .len = len });

		number++;
		if (line.len > 0 && !set_line(run, line, number))
			return false;
		len += end ? 1 : 0;
		passwords.data += len;
		passwords.len -= len;
	}
	return true;
}

static bool lock(struct run *run, bool with_table)
{
	db_rollback(run->db);
	if (db_script(run->db, LOCK_SQL) && (!with_table || db_script(run->db, table_sql)))
		return true;
	say(run, "failed", "", db_message(run->db));
	return false;
}

/* Without a connection the lock is gone already. */
static void unlock(struct run *run)
{
	db_rollback(run->db);
	db_script(run->db, UNLOCK_SQL);
}

/* The text is quoted by the server, so it is taken as it is. */
static bool make_roles(struct run *run, struct text names)
{
	struct text quoted = db_quote_literal(run->db, run->arena, names);

	return quoted.data && run_script(run, "roles",
	                              arena_printf(run->arena, "SET LOCAL guichet.programs = %s;\n%s", quoted.data,
	                                      migration_roles_sql),
	                              NULL);
}

bool migrate_roles(struct db *db, struct text programs, struct text passwords, FILE *progress)
{
	struct run run = { .db = db, .progress = progress, .arena = arena_new(4096) };
	bool done = lock(&run, false) && make_roles(&run, programs) && set_passwords(&run, passwords);

	unlock(&run);
	arena_free(&run.arena);
	return done;
}

bool migrate_run(struct db *db, FILE *progress)
{
	struct run run = { .db = db, .progress = progress, .arena = arena_new(4096) };
	bool done = lock(&run, true) && apply_missing(&run) && make_functions(&run) &&
	            run_script(&run, "grants", migration_grants_sql, NULL);

	unlock(&run);
	if (done)
		say(&run, "schema is at", arena_printf(run.arena, "%d", run.applied), "");
	arena_free(&run.arena);
	return done;
}

int64_t migrate_expected(void)
{
	return migration_count;
}
