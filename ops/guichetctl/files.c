/* files.c - "files cleanup", "files quarantine", "files release" and "files remove".
 *
 * Rows say what is to be done; the scan worker moves and removes bytes, within a second or two.
 */
#include <inttypes.h>
#include "ops/guichetctl/commands.h"
#include "queues/file_terms.h"
#include "sql/db.h"

#define LISTED 100

/* --- cleanup ------------------------------------------------------------------------ */
static void write_cleanup(const struct ctl *ctl, bool dry, int64_t removed, int64_t bytes)
{
	if (ctl->json)
		say_json(json_pack(
		        "{s:b, s:I, s:I}", "dryRun", dry, "removed", (json_int_t)removed, "bytes", (json_int_t)bytes));
	else
		printf("%" PRId64 " files, %" PRId64 " bytes %s\n", removed, bytes,
		        dry ? "would be removed" : "are removed");
}

static enum ctl_exit cleanup_files(struct ctl *ctl, struct db *db)
{
	bool dry = option_flag(ctl, "dry-run");
	struct db_result *found;

	db_begin(db);
	found = db_send(db, QUERY_files_expire, P_INT(file_unattached_ms / 1000), P_INT(file_kept_ms / 1000),
	        P_TEXT(dry ? TEXT("true") : TEXT("false")));
	if (!db_commit(db))
		return database_failed(ctl, db, "nothing was removed");
	if (!db_rows(found))
		return say_failed(ctl, "a scan worker is just looking for such files: try again");
	write_cleanup(ctl, dry, db_int(found, 0, 0), db_int(found, 0, 1));
	return CTL_GOOD;
}

/* --- quarantine ----------------------------------------------------------------------- */
static void write_quarantine_json(const struct db_result *r)
{
	json_t *list = json_array();

	for (int i = 0; i < db_rows(r); i++)
		json_array_append_new(list,
		        json_pack("{s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
		                say_member(db_text(r, i, 0)), "name", say_member(db_text(r, i, 1)), "size",
		                (json_int_t)db_int(r, i, 2), "mimeType", say_member(db_text(r, i, 3)), "state",
		                say_member(db_text(r, i, 4)), "note", say_member(db_text(r, i, 5)), "engine",
		                say_member(db_text(r, i, 6)), "scannedAt", say_member(db_text(r, i, 7)), "uploadedBy",
		                say_member(db_text(r, i, 8)), "ticketId", say_member(db_text(r, i, 9))));
	say_json(json_pack("{s:o}", "files", list));
}

static void write_quarantine(const struct db_result *r)
{
	for (int i = 0; i < db_rows(r); i++) {
		say_text(stdout, db_text(r, i, 0), 38);
		say_text(stdout, db_text(r, i, 7), 22);
		say_text(stdout, db_text(r, i, 4), 13);
		say_text(stdout, db_text(r, i, 5), 40);
		say_text(stdout, db_text(r, i, 1), 0);
		printf("\n");
	}
}

static enum ctl_exit list_quarantine(struct ctl *ctl, struct db *db)
{
	struct db_result *found;

	db_reset(db);
	found = db_send(db, QUERY_ctl_quarantine, P_INT(option_number(ctl, "limit", LISTED)));
	if (!db_sync(db))
		return database_failed(ctl, db, "the quarantine cannot be read");
	if (ctl->json)
		write_quarantine_json(found);
	else
		write_quarantine(found);
	return CTL_GOOD;
}

/* --- release, remove -------------------------------------------------------------------- */
static void write_changed(const struct ctl *ctl, const struct db_result *r, const char *did)
{
	json_t *list = json_array();

	for (int i = 0; i < db_rows(r); i++) {
		json_array_append_new(list, say_member(db_text(r, i, 0)));
		if (ctl->json)
			continue;
		printf("%s ", did);
		say_text(stdout, db_text(r, i, 0), 38);
		say_text(stdout, db_text(r, i, 1), 0);
		printf("\n");
	}
	if (ctl->json)
		say_json(json_pack("{s:O}", did, list));
	json_decref(list);
}

static enum ctl_exit change(struct ctl *ctl, struct db *db, enum query query, const char *did)
{
	struct uuid id, event = uuid_new();
	struct db_result *changed;

	if (!uuid_parse(text_of(ctl->operands[0]), &id))
		return say_failed(ctl, "%s is no id of a file", ctl->operands[0]);
	db_begin(db);
	changed = db_send(db, query, P_UUID(&id), P_UUID(&event));
	if (!db_commit(db))
		return database_failed(ctl, db, "nothing was changed");
	if (!db_rows(changed))
		return say_failed(ctl, "there is no file %s in quarantine", ctl->operands[0]);
	write_changed(ctl, changed, did);
	return CTL_GOOD;
}

static enum ctl_exit release_file(struct ctl *ctl, struct db *db)
{
	return change(ctl, db, QUERY_ctl_file_release, "released");
}

static enum ctl_exit remove_file(struct ctl *ctl, struct db *db)
{
	return change(ctl, db, QUERY_ctl_file_remove, "removed");
}

/* --- all of them -------------------------------------------------------------------------- */
static enum ctl_exit with_database(struct ctl *ctl, enum ctl_exit (*run)(struct ctl *ctl, struct db *db))
{
	struct db *db = database_open(ctl);
	enum ctl_exit code = db ? run(ctl, db) : CTL_WRONG;

	db_close(&db);
	return code;
}

static enum ctl_exit cleanup(struct ctl *ctl)
{
	return with_database(ctl, cleanup_files);
}

static enum ctl_exit quarantine(struct ctl *ctl)
{
	return with_database(ctl, list_quarantine);
}

/* Both are for one file, and meant. */
static enum ctl_exit with_one(struct ctl *ctl, enum ctl_exit (*run)(struct ctl *ctl, struct db *db))
{
	if (ctl->operand_count != 1) {
		say("name one file by its id");
		return CTL_USAGE;
	}
	if (!option_flag(ctl, "yes")) {
		say("read files %s --help first, then say --yes", ctl->command->verb);
		return CTL_USAGE;
	}
	return with_database(ctl, run);
}

static enum ctl_exit release(struct ctl *ctl)
{
	return with_one(ctl, release_file);
}

static enum ctl_exit remove_for_good(struct ctl *ctl)
{
	return with_one(ctl, remove_file);
}

static const struct option_row cleanup_options[] = {
	{ "dry-run", OPTION_FLAG, .help = "only count" },
	{ 0 },
};
static const struct option_row quarantine_options[] = {
	{ "limit", OPTION_NUMBER, .shown = "N", .help = "the latest N, 100 unless given" },
	{ 0 },
};
static const struct option_row yes_options[] = {
	{ "yes", OPTION_FLAG, .help = "do it" },
	{ 0 },
};
static struct setting *const cleanup_settings[] = { db_settings, file_terms_settings, NULL };
static struct setting *const settings[] = { db_settings, NULL };

const struct command_row files_commands[] = {
	{ "files", "cleanup", NULL, "removes files that nobody needs any more",
	        "What was uploaded and attached to nothing for FILES_UNATTACHED_FOR, what was deleted\n"
	        "FILES_DELETED_FOR ago, and what has lain in quarantine as long; 10,000 at a time. The scan\n"
	        "workers do the same by themselves, every FILES_CLEANUP_EVERY, and remove the bytes.",
	        cleanup_options, cleanup_settings, cleanup },
	{ "files", "quarantine", NULL, "lists infected files, and those that could not be looked into", NULL,
	        quarantine_options, settings, quarantine },
	{ "files", "release", "FILE", "gives a file in quarantine back, with all of the same content",
	        "The scan worker puts it among the clean ones without another look, and no later signatures\n"
	        "take it back. For false alarms, and for what is encrypted and known.",
	        yes_options, settings, release },
	{ "files", "remove", "FILE", "removes the bytes of a file in quarantine for good", NULL, yes_options, settings,
	        remove_for_good },
	{ 0 },
};
