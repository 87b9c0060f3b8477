/* restore.c - a backup becomes a database and a store again: see backup.h.
 *
 * Everything is read and compared before anything is written. The dump comes in one transaction, so that what is
 * interrupted leaves an empty database. For root the objects become those of whoever owns the folder of the store.
 */
#include <stdio.h>
#include <string.h>
#include "ops/backup/parts.h"
#include "queues/file_place.h"
#include "queues/programs.h"
#include "sql/db.h"
#include "sql/migrate.h"

/* --- is there room for it? ------------------------------------------------------------------------------ */
static bool on_object(void *context, const char *key, int64_t size, int64_t modified_at)
{
	(void)key;
	(void)size;
	(void)modified_at;
	*(bool *)context = true;
	return false;
}

static bool store_is_empty(struct work *work, struct store *store)
{
	static const char *const buckets[] = { BUCKET_TICKETS, BUCKET_AVATARS, BUCKET_TEMP, BUCKET_MAIL };
	bool has_some = false;

	for (size_t i = 0; i < sizeof buckets / sizeof *buckets && !has_some; i++)
		store_list(store, buckets[i], on_object, &has_some);
	return !has_some ||
	       work_fail(work, "the store is not empty: name another by STORE_URL, or say --replace to write over it");
}

static bool has_roles(struct work *work, struct db *db)
{
	for (int i = 0; i < program_count; i++) {
		char *role = arena_printf(work->arena, "guichet_%s", programs[i].name);
		struct db_result *r;

		db_reset(db);
		r = db_send(db, QUERY_migrate_role_exists, P_TEXT(text_of(role)));
		if (!db_sync(db))
			return work_fail(work, "the roles cannot be read: %s", db_message(db));
		if (db_rows(r) == 0)
			return work_fail(work,
			        "the role %s is missing: run guichetctl roles as PostgreSQL's superuser first", role);
	}
	return true;
}

/* Empties it with replace; false: nothing was changed. */
static bool database_is_free(struct work *work, struct db *db, bool replace)
{
	struct db_result *r;
	int64_t tables;

	db_reset(db);
	r = db_send_params(db, QUERY_backup_tables, 0, NULL);
	if (!db_sync(db))
		return work_fail(work, "the database cannot be read: %s", db_message(db));
	if (!db_is_null(r, 0, 1))
		return work_fail(work, "these programs are connected to the database, and must be stopped first: %.*s",
		        (int)db_text(r, 0, 1).len, db_text(r, 0, 1).data);
	tables = db_int(r, 0, 0);
	if (tables && !replace)
		return work_fail(work,
		        "the database is not empty (%lld tables): make another, or say --replace to drop what is in it",
		        (long long)tables);
	db_reset(db);
	if (!tables)
		return true;
	work_tell(work, "dropping %lld tables", (long long)tables);
	return db_script(db, "drop schema public cascade; create schema public authorization pg_database_owner; grant "
	                     "usage on schema public to public") ||
	       work_fail(work, "the schema cannot be dropped (is this the owner of the database?): %s", db_message(db));
}

/* --- afterwards ------------------------------------------------------------------------------------------- */
static void on_migrated(struct work *work, struct db *db)
{
	struct db_result *state;
	bool is_foreign;

	db_reset(db);
	db_send_params(db, QUERY_backup_forget_running, 0, NULL);
	state = db_send_params(db, QUERY_ctl_outbox_status, 0, NULL);
	if (!db_sync(db)) {
		work_fail(work, "the outbox cannot be read: %s", db_message(db));
		return;
	}
	is_foreign = db_bool(state, 0, 3);
	db_reset(db);
	if (!is_foreign)
		return;
	work_tell(work, "rebasing the outbox");
	db_begin(db);
	db_script(db, query_texts[QUERY_ctl_outbox_rebase].sql);
	if (!db_commit(db))
		work_fail(work, "the outbox was not rebased (guichetctl outbox rebase --yes): %s", db_message(db));
}

static const char *compare_counts(struct work *work, const json_t *before)
{
	json_t *now = database_counts(work, NULL), *count;
	struct buffer out;
	const char *table;

	buffer_init(&out, work->arena, 128);
	json_object_foreach((json_t *)(uintptr_t)before, table, count)
	{
		json_int_t was = json_integer_value(count), is = json_integer_value(json_object_get(now, table));

		/* What the outbox holds is rewritten by its rebase, and may be more. */
		if (was != is && strcmp(table, "outbox") != 0)
			buffer_printf(&out, "%s%s has %lld rows and had %lld", out.len ? ", " : "", table,
			        (long long)is, (long long)was);
	}
	json_decref(now);
	return buffer_cstr(&out);
}

static void bring_back(struct work *work, struct store *store, bool replace)
{
	struct db *db = db_open(work->database);

	if (db_fault(db) != DB_FINE)
		work_fail(work, "there is no connection to the database: %s", db_refusal(db));
	else if (has_roles(work, db) && database_is_free(work, db, replace) && database_restore(work)) {
		work_tell(work, "files");
		if (objects_restore(work, store))
			work_tell(work, "migrating");
		else
			work->why = arena_printf(work->arena,
			        "%s (the database is back already: mend that, and run it again with --replace)",
			        work->why);
		if (!work->why && !migrate_run(db, NULL))
			work_fail(work, "the database is restored and not migrated: run guichetctl migrate, then "
			                "outbox rebase --yes");
		if (!work->why)
			on_migrated(work, db);
	}
	db_close(&db);
}

struct restore_result restore_run(struct arena *arena, const struct restore_wishes *wishes)
{
	struct work work = { .arena = arena,
		.folder = wishes->from,
		.database = wishes->database,
		.progress = wishes->progress,
		.context = wishes->context };
	json_t *manifest = manifest_read(&work);
	struct restore_result result = { .counted = "" };

	if (manifest) {
		struct store *store;

		work_tell(&work, "comparing all files with their digests");
		objects_restore(&work, NULL);
		owner_become();
		store = store_open();
		owner_leave();
		if (!work.why && (wishes->replace || store_is_empty(&work, store)))
			bring_back(&work, store, wishes->replace);
		if (!work.why)
			result.counted = compare_counts(&work, json_object_get(manifest, "counts"));
		store_close(&store);
	}
	json_decref(manifest);
	result.is_done = !work.why;
	result.objects = work.objects;
	result.bytes = work.bytes;
	result.why = work.why ? work.why : "";
	return result;
}
