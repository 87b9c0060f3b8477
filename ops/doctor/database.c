/* database.c - PostgreSQL itself: is it there, does it take writes and connections, is its clock ours, are schema and
 * roles this version's. What it knows of the programs is asked over the same connection (programs.c, backlog.c).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "ops/doctor/examiner.h"
#include "ops/doctor/tables.h"
#include "queues/programs.h"
#include "sql/db.h"
#include "sql/migrate.h"

#define VERSION_LEAST 150000
#define CONNECTIONS_WARN_PERCENT 80
#define CLOCK_WARN_MS 2000
#define CLOCK_FAIL_MS 30000
#define TRANSACTION_WARN_S 60
#define TRANSACTION_FAIL_S 3600
#define PARTITIONS_WARN_DAYS 7
#define PARTITIONS_FAIL_DAYS 2

static const char connections_todo[] =
        "See who holds them (guichetctl diagnose db) and end what is not needed; otherwise raise max_connections "
        "(ALTER SYSTEM SET max_connections = 300) and restart PostgreSQL";

/* --- no connection --------------------------------------------------------------------- */
static void judge_refusal(struct examiner *e, const char *why)
{
	const char *fatal = strstr(why, "FATAL:");

	if (strstr(why, "too many clients") || strstr(why, "too many connections") ||
	        strstr(why, "connection slots are reserved"))
		examiner_find(e, DOCTOR_FAIL, "database.connections", "database", connections_todo,
		        "all connections of PostgreSQL are used up, so that it refuses new ones: %s",
		        fatal ? fatal : why);
	else if (strstr(why, "authentication") || strstr(why, "does not exist") ||
	         strstr(why, "not permitted to log in"))
		examiner_find(e, DOCTOR_FAIL, "database.login", "database",
		        "Set DATABASE_URL to the role, password and database that exist (guichetctl roles gives "
		        "programs theirs)",
		        "PostgreSQL does not let us in: %s", fatal ? fatal : why);
	else
		examiner_find(e, DOCTOR_FAIL, "database.away", "database",
		        "Start PostgreSQL (systemctl start postgresql) and look at its log; nothing that was accepted "
		        "gets lost, it "
		        "waits in the broker",
		        "PostgreSQL cannot be reached: %s", *why ? why : "no reason is known");
	e->findings[e->count - 1].subject = "database";
}

/* libpq asks questions on those that follow. */
static char *first_line(struct examiner *e, const char *text)
{
	return arena_copy(e->arena, text, strcspn(text, "\n"));
}

/* A server that takes no writes is looked at, too. */
static char *url_for_any(struct examiner *e)
{
	return arena_printf(e->arena, "%s%starget_session_attrs=any&connect_timeout=4", servers.database,
	        strchr(servers.database, '?') ? "&" : "?");
}

/* --- the server ------------------------------------------------------------------------ */
static void judge_connections(struct examiner *e, const struct db_result *r)
{
	int64_t most = db_int(r, 0, 5), used = db_int(r, 0, 6);
	struct text holder = db_text(r, 0, 7);

	if (used * 100 >= most * CONNECTIONS_WARN_PERCENT)
		examiner_find(e, DOCTOR_WARN, "database.connections", "database", connections_todo,
		        "%" PRId64 " of the %" PRId64 " connections of PostgreSQL are used, of which %.*s", used, most,
		        (int)holder.len, holder.data ? holder.data : "");
}

static void judge_clock(struct examiner *e, int64_t theirs_us, int64_t ours_us)
{
	int64_t off_ms = (ours_us - theirs_us) / 1000, by_ms = llabs(off_ms);

	if (by_ms < CLOCK_WARN_MS)
		return;
	examiner_find(e, by_ms < CLOCK_FAIL_MS ? DOCTOR_WARN : DOCTOR_FAIL, "clock", "clock",
	        "Set the clock of the machine that is wrong (timedatectl set-ntp true) and see that NTP runs on both: "
	        "tokens and deadlines "
	        "go by it",
	        "the clock of this machine is %s %s that of PostgreSQL's machine", examiner_age(e, by_ms / 1000),
	        off_ms > 0 ? "ahead of" : "behind");
}

/* False when it takes no writes. */
static bool judge_server(struct examiner *e, const struct db_result *r, int64_t asked_us, int64_t heard_us)
{
	const char *why = NULL;

	judge_connections(e, r);
	judge_clock(e, db_int(r, 0, 8), asked_us + (heard_us - asked_us) / 2);
	if (db_int(r, 0, 1) < VERSION_LEAST)
		examiner_find(e, DOCTOR_FAIL, "database.version", "database", "Bring PostgreSQL to version 15 or newer",
		        "PostgreSQL is of version %.*s, and 15 is needed", (int)db_text(r, 0, 0).len,
		        db_text(r, 0, 0).data);
	if (db_bool(r, 0, 2))
		why = "it is a standby (pg_is_in_recovery)";
	else if (db_bool(r, 0, 4))
		why = "default_transaction_read_only is on";
	else if (db_bool(r, 0, 3))
		why = "the transaction is read-only";
	if (!why)
		return true;
	examiner_find(e, DOCTOR_FAIL, "database.read_only", "database",
	        db_bool(r, 0, 2)
	                ? "Let DATABASE_URL lead to the primary, or promote this one when the primary is gone for good"
	                : "Find out who has set it and why (a full disk?), then: ALTER SYSTEM RESET "
	                  "default_transaction_read_only; "
	                  "SELECT pg_reload_conf(), and the same for the database and the roles (\\drds in psql)",
	        "PostgreSQL takes no writes: %s", why)
	        ->subject = "database";
	return false;
}

static void judge_oldest(struct examiner *e, const struct db_result *r)
{
	int64_t age_s = db_int(r, 0, 0);

	if (db_rows(r) && age_s >= TRANSACTION_WARN_S)
		examiner_find(e, age_s < TRANSACTION_FAIL_S ? DOCTOR_WARN : DOCTOR_FAIL, "database.old_transaction",
		        "database",
		        arena_printf(e->arena, "Let it end, or end it: SELECT pg_terminate_backend(%" PRId64 ")",
		                db_int(r, 0, 1)),
		        "a transaction of %.*s (pid %" PRId64
		        ", %.*s) is open for %s, and no event younger than it goes out",
		        (int)db_text(r, 0, 2).len, db_text(r, 0, 2).data, db_int(r, 0, 1), (int)db_text(r, 0, 3).len,
		        db_text(r, 0, 3).data, examiner_age(e, age_s));
}

/* --- what is in it ---------------------------------------------------------------------- */
/* False: there is nothing that could be asked further. */
static bool judge_schema(struct examiner *e, struct db *db, const char *version)
{
	struct db_result *r = db_send_params(db, QUERY_schema_version, 0, NULL);
	bool is_there = db_sync(db);
	int64_t number = is_there ? db_int(r, 0, 0) : 0;

	if (is_there && number == migrate_expected())
		examiner_fine(e, "database", "database", "reachable, PostgreSQL %s, schema %" PRId64, version, number);
	else if (is_there && number > migrate_expected())
		examiner_find(e, DOCTOR_WARN, "database.schema", "database",
		        "Bring the programs up to date, and guichetctl with them",
		        "the schema is of version %" PRId64 ", newer than this guichetctl's %" PRId64, number,
		        migrate_expected());
	else
		examiner_find(e, DOCTOR_FAIL, "database.schema", "database",
		        "Run as the owner of the database: guichetctl migrate",
		        is_there ? "the schema is of version %" PRId64 ", and these programs want %" PRId64
		                 : "there is no schema (%" PRId64 "), and these programs want %" PRId64,
		        number, migrate_expected());
	db_reset(db);
	return number >= migrate_expected();
}

static struct text program_names(struct examiner *e)
{
	struct buffer out;

	buffer_init(&out, e->arena, 256);
	for (int i = 0; i < program_count; i++)
		buffer_printf(&out, "%s%s", i ? "," : "{", programs[i].name);
	buffer_string(&out, "}");
	return buffer_view(&out);
}

static void judge_roles(struct examiner *e, struct db *db)
{
	struct db_result *r = db_send(db, QUERY_doctor_roles, P_TEXT(program_names(e)));

	if (db_sync(db) && !db_is_null(r, 0, 0))
		examiner_find(e, DOCTOR_FAIL, "database.roles", "database",
		        "Run guichetctl roles as PostgreSQL's superuser, then guichetctl migrate as the owner",
		        "the roles of these programs are missing or lack their rights: %.*s", (int)db_text(r, 0, 0).len,
		        db_text(r, 0, 0).data);
	db_reset(db);
}

static void judge_partitions(struct examiner *e, struct db *db)
{
	struct db_result *r = db_send_params(db, QUERY_ctl_partitions, 0, NULL);
	bool is_read = db_sync(db);
	int64_t days = is_read ? db_int(r, 0, 1) : 0;

	if (is_read && days >= PARTITIONS_WARN_DAYS)
		examiner_fine(e, "partitions", "partitions", "made for %" PRId64 " days to come", days);
	else if (is_read)
		examiner_find(e, days < PARTITIONS_FAIL_DAYS ? DOCTOR_FAIL : DOCTOR_WARN, "database.partitions",
		        "database",
		        "Let the relay run, which makes them every hour, and look at its log; guichetctl migrate makes "
		        "them at once",
		        "there are partitions for %" PRId64 " more days only", days);
	db_reset(db);
}

static void ask(struct examiner *e, struct db *db)
{
	int64_t asked_us = clock_unix_us(), heard_us;
	struct db_result *r = db_send_params(db, QUERY_doctor_server, 0, NULL);
	struct db_result *oldest = db_send_params(db, QUERY_doctor_oldest, 0, NULL);
	char *version;
	bool takes_writes;

	if (!db_sync(db)) {
		examiner_find(e, DOCTOR_FAIL, "database.silent", "database",
		        "Look at PostgreSQL's log, and whether it is overloaded",
		        "PostgreSQL let us in and does not answer: %s", db_message(db))
		        ->subject = "database";
		return;
	}
	heard_us = clock_unix_us();
	version = arena_copy(e->arena, db_text(r, 0, 0).data, db_text(r, 0, 0).len);
	takes_writes = judge_server(e, r, asked_us, heard_us);
	judge_oldest(e, oldest);
	db_reset(db);
	if (!judge_schema(e, db, version))
		return;
	judge_roles(e, db);
	judge_partitions(e, db);
	if (takes_writes) /* else nobody can say that he lives */
		tables_judge_programs(e, db);
	tables_judge_backlog(e, db);
}

void examine_database(struct examiner *e)
{
	struct db *db;

	if (!examiner_has(e, "database", "DATABASE_URL", servers.database))
		return;
	db = db_open(url_for_any(e));
	if (db_fault(db) != DB_FINE)
		judge_refusal(e, examiner_words(e, first_line(e, db_refusal(db))));
	else if (!db_script(db, "set statement_timeout = '3s'; set lock_timeout = '1s'"))
		judge_refusal(e, examiner_words(e, db_message(db)));
	else
		ask(e, db);
	db_close(&db);
}
