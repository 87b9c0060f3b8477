/* backup.c - one backup, in its order: see backup.h. */
#include "ops/backup/backup.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "ops/backup/parts.h"
#include "ops/guichetctl/topology.h"
#include "sql/db.h"

static const char *home;
static int64_t keep;

struct setting backup_settings[] = {
	{ "BACKUPS", SETTING_TEXT, &home, "", .max = 3000,
	        .help = "the folder of backups; migrate takes one there first when there is something to migrate" },
	{ "BACKUPS_KEEP", SETTING_INT, &keep, "7", .min = 1, .max = 1000,
	        .help = "how many of the last backups stay in BACKUPS" },
	{ 0 },
};

const char *backup_home(void)
{
	return home;
}

/* --- the work --------------------------------------------------------------------------------- */
bool work_fail(struct work *work, const char *format, ...)
{
	char why[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof why, format, args);
	va_end(args);
	if (!work->why)
		work->why = arena_printf(work->arena, "%s", why);
	return false;
}

void work_tell(struct work *work, const char *format, ...)
{
	char line[1024];
	va_list args;

	if (!work->progress)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	work->progress(work->context, line);
}

char *work_path(struct work *work, const char *name)
{
	return arena_printf(work->arena, "%s/%s", work->folder, name);
}

/* --- its folder --------------------------------------------------------------------------------- */
static char *new_name(struct arena *arena, const struct uuid *id)
{
	time_t now = time(NULL);
	struct tm parts;
	char moment[24], text[UUID_TEXT_BYTES];

	gmtime_r(&now, &parts);
	strftime(moment, sizeof moment, "%Y%m%dT%H%M%SZ", &parts);
	uuid_format(id, text);
	return arena_printf(arena, "%s/%s-%s", home, moment, text + UUID_TEXT_BYTES - 9);
}

/* Whoever reads of it later stands elsewhere. */
static const char *whole_name(struct arena *arena, const char *to)
{
	char here[PATH_MAX];

	return *to == '/' || !getcwd(here, sizeof here) ? to : arena_printf(arena, "%s/%s", here, to);
}

static bool make_folder(struct work *work)
{
	struct dirent *entry;
	bool is_empty = true;
	DIR *dir;

	if (mkdir(work->folder, 0700) == 0)
		return true;
	if (errno != EEXIST)
		return work_fail(work, "%s: %s", work->folder, strerror(errno));
	dir = opendir(work->folder);
	while (dir && (entry = readdir(dir)))
		is_empty =
		        is_empty && entry->d_name[0] == '.' && (!entry->d_name[1] || strcmp(entry->d_name, "..") == 0);
	if (!dir)
		return work_fail(work, "%s: %s", work->folder, strerror(errno));
	closedir(dir);
	return is_empty || work_fail(work, "%s is not empty: a backup has a folder of its own", work->folder);
}

/* --- the list of backups -------------------------------------------------------------------------- */
/* What is written there is for who asks how old the last one is. A schema from before that list does not stop a backup.
 */
static void note_begin(struct work *work, const struct uuid *id)
{
	struct db *db = db_open(work->database);

	db_begin(db);
	db_send(db, QUERY_backup_begin, P_UUID(id), P_TEXT(text_of(work->folder)));
	db_commit(db);
	db_close(&db);
}

static void note_end(struct work *work, const struct uuid *id, const char *said)
{
	struct db *db = db_open(work->database);

	db_begin(db);
	db_send(db, QUERY_backup_end, P_UUID(id), P_TEXT(text_of(work->why ? "failed" : "done")), P_INT(work->bytes),
	        P_INT(work->objects), P_TEXT(text_mend(work->arena, text_of(said))));
	db_commit(db);
	db_close(&db);
}

/* --- its parts -------------------------------------------------------------------------------------- */
static bool write_topology(struct work *work, const char *vhost)
{
	json_t *wanted = topology_wanted(vhost, "", TEXT(""));
	char *text = json_dumps(wanted, JSON_INDENT(1));
	bool is_written;

	if (!text)
		abort();
	is_written = file_write(work, BACKUP_TOPOLOGY, text, strlen(text));
	free(text);
	json_decref(wanted);
	return is_written;
}

static int64_t schema_of(struct work *work, struct db *db)
{
	struct db_result *r = db_send_params(db, QUERY_schema_version, 0, NULL);

	if (db_sync(db))
		return db_int(r, 0, 0);
	work_fail(work, "the database has no schema of Guichet: %s", db_message(db));
	return 0;
}

static void take(struct work *work, const struct backup_wishes *wishes)
{
	const int64_t began_us = clock_unix_us();
	struct store *store = store_open();
	const char *snapshot = NULL;
	json_t *counts = NULL;
	struct db *held = NULL;
	int major = 0;
	int64_t schema;

	work_tell(work, "files, first time");
	if (objects_copy(work, store))
		held = database_hold_snapshot(work, &snapshot, &major);
	if (held) {
		schema = schema_of(work, held);
		counts = database_counts(work, snapshot);
		if (!work->why && database_dump(work, snapshot, major)) {
			work_tell(work, "files, what has come meanwhile");
			if (objects_copy(work, store) && objects_check(work, snapshot) &&
			        objects_prune(work, snapshot) && write_topology(work, wishes->vhost) &&
			        objects_list(work))
				manifest_write(work, schema, major, counts, began_us);
		}
		db_close(&held);
	}
	json_decref(counts);
	store_close(&store);
}

struct backup_result backup_run(struct arena *arena, const struct backup_wishes *wishes)
{
	struct uuid id = uuid_is_none(&wishes->id) ? uuid_new() : wishes->id;
	struct work work = { .arena = arena,
		.database = wishes->database,
		.progress = wishes->progress,
		.context = wishes->context,
		.folder = wishes->to ? whole_name(arena, wishes->to) : new_name(arena, &id) };
	const char *said = "";

	note_begin(&work, &id);
	if (make_folder(&work))
		take(&work, wishes);
	if (work.why)
		said = work.why;
	else if (work.missing)
		said = arena_printf(arena,
		        "%lld files that the database names are not in the store, the first is %s (guichetctl store "
		        "check)",
		        (long long)work.missing, work.missing_first);
	note_end(&work, &id, said);
	if (!work.why && !wishes->to)
		keep_last(&work, home, keep);
	return (struct backup_result){ .is_done = !work.why,
		.folder = work.folder,
		.bytes = work.bytes,
		.objects = work.objects,
		.missing = work.missing,
		.why = said };
}
