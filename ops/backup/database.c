/* database.c - the database of a backup: one snapshot for the dump, the counts and the list of files; and the way back.
 */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include "ops/backup/parts.h"
#include "sql/db.h"

/* --- the URL without its password ------------------------------------------------------------- */
struct login {
	char *url, *password;
};

/* False: why has been said. */
static bool split(struct work *work, struct login *out)
{
	CURLU *url = curl_url();
	char *text = NULL;
	bool is_read = curl_url_set(url, CURLUPART_URL, work->database, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;

	if (is_read && curl_url_get(url, CURLUPART_PASSWORD, &text, CURLU_URLDECODE) == CURLUE_OK) {
		out->password = arena_printf(work->arena, "%s", text);
		curl_free(text);
		curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
	} else {
		out->password = arena_printf(work->arena, "%s", "");
	}
	text = NULL;
	if (is_read && curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK)
		out->url = arena_printf(work->arena, "%s", text);
	curl_free(text);
	curl_url_cleanup(url);
	/* Several hosts, or a socket: it is libpq's to read, and only a URL without a password may be seen. */
	if (!is_read && !strchr(work->database, '@')) {
		out->url = arena_printf(work->arena, "%s", work->database);
		is_read = true;
	}
	return is_read ||
	       work_fail(work, "DATABASE_URL: the host and the password cannot be told apart: name one host");
}

/* --- snapshots ---------------------------------------------------------------------------------- */
static struct db *open_or_fail(struct work *work)
{
	struct db *db = db_open(work->database);

	if (db_fault(db) == DB_FINE)
		return db;
	work_fail(work, "there is no connection to the database: %s", db_refusal(db));
	db_close(&db);
	return NULL;
}

bool database_see(struct db *db, struct arena *arena, const char *snapshot)
{
	if (!snapshot)
		return true;
	return db_script(
	        db, arena_printf(arena,
	                    "set transaction isolation level repeatable read, read only; set transaction snapshot '%s'",
	                    snapshot));
}

struct db *database_hold_snapshot(struct work *work, const char **out_snapshot, int *out_major)
{
	struct db *db = open_or_fail(work);
	struct db_result *r;

	if (!db)
		return NULL;
	db_script(db, "set idle_in_transaction_session_timeout = 0");
	db_begin(db);
	db_script(db, "set transaction isolation level repeatable read, read only");
	r = db_send_params(db, QUERY_backup_snapshot, 0, NULL);
	if (db_sync(db)) {
		*out_snapshot = text_dup(work->arena, db_text(r, 0, 0));
		*out_major = (int)db_int(r, 0, 1);
		return db;
	}
	work_fail(work, "the database gives no snapshot: %s", db_message(db));
	db_close(&db);
	return NULL;
}

json_t *database_counts(struct work *work, const char *snapshot)
{
	struct db *db = open_or_fail(work);
	json_t *counts = json_object();
	struct db_result *r;

	if (!db)
		return counts;
	db_begin(db);
	database_see(db, work->arena, snapshot);
	r = db_send_params(db, QUERY_backup_counts, 0, NULL);
	if (db_commit(db))
		for (int i = 0; i < db_rows(r); i++)
			json_object_set_new(
			        counts, text_dup(work->arena, db_text(r, i, 0)), json_integer(db_int(r, i, 1)));
	else
		work_fail(work, "the rows cannot be counted: %s", db_message(db));
	db_close(&db);
	return counts;
}

/* --- there and back -------------------------------------------------------------------------------- */
static bool is_new_enough(struct work *work, const char *program, int least)
{
	int major = child_major(work, program);

	if (work->why)
		return false;
	return major >= least ||
	       work_fail(work, "%s is of version %d, and the database of %d: install postgresql-client-%d", program,
	               major, least, least);
}

bool database_dump(struct work *work, const char *snapshot, int server_major)
{
	char *path = work_path(work, BACKUP_DUMP);
	struct login login = { NULL, NULL };
	const char *words[] = { "pg_dump", "-Fc", "--no-password", "--no-unlogged-table-data",
		"--lock-wait-timeout=60s", arena_printf(work->arena, "--snapshot=%s", snapshot), "-f", path, "-d", NULL,
		NULL };

	if (!is_new_enough(work, "pg_dump", server_major) || !split(work, &login))
		return false;
	words[9] = login.url;
	work_tell(work, "pg_dump into %s", path);
	return child_run(work, words, login.password, path);
}

bool database_restore(struct work *work)
{
	struct login login = { NULL, NULL };
	const char *words[] = { "pg_restore", "--no-password", "--no-owner", "--exit-on-error", "--single-transaction",
		"-d", NULL, work_path(work, BACKUP_DUMP), NULL };

	if (!child_major(work, "pg_restore") || !split(work, &login))
		return false;
	words[6] = login.url;
	work_tell(work, "pg_restore of %s", words[7]);
	return child_run(work, words, login.password, NULL);
}
