/* user_import.c - "user import": a file of people (CSV), as by POST /users/import: what each line would do, and with
 * --apply that is done, in the name of an administrator.
 *
 * What is wrong, or would be done, is said line by line on stdout. Ends with 65 (EX_DATAERR) when the file cannot be
 * read or has wrong lines; nothing is done then. What is done is done in slices: after a failure the same file goes on
 * where it ended, because what is done already is unchanged.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>
#include "ops/guichetctl/commands.h"
#include "queues/people_file.h"
#include "sql/db.h"

#define LOOKED_AT 500
#define DONE_AT 100
#define MOST_GONE 10
#define GONE_KNOWN 10001

struct import {
	struct ctl *ctl;
	struct db *db;
	struct uuid actor;
	struct people_file file;
	int64_t made, changed, unchanged, wrong, gone;
	json_t *lines; /* as POST /users/import tells them */
};

/* --- the file ------------------------------------------------------------------------------ */
/* NULL after having said why. One byte more than may be is read, so that it is seen. */
static char *read_file(struct ctl *ctl, size_t *out_len)
{
	char *bytes = arena_alloc(ctl->arena, PEOPLE_FILE_BYTES + 1);
	FILE *in = fopen(ctl->operands[0], "rb");

	if (in) {
		*out_len = fread(bytes, 1, PEOPLE_FILE_BYTES + 1, in);
		if (ferror(in))
			bytes = NULL;
		fclose(in);
	}
	if (in && bytes)
		return bytes;
	say_failed(ctl, "%s: %s", ctl->operands[0], strerror(errno));
	return NULL;
}

static enum ctl_exit read_lines(struct import *import)
{
	struct people_file *file = &import->file;
	size_t len;
	char *bytes = read_file(import->ctl, &len);

	if (!bytes)
		return CTL_WRONG;
	if (people_file_open(file, import->ctl->arena, (struct text){ bytes, len }))
		while (people_file_next(file))
			;
	if (file->wrong) {
		say_failed(import->ctl, "%s: line %d: %s", import->ctl->operands[0], file->csv.line, file->wrong);
		return CTL_DATA;
	}
	people_file_close(file);
	return CTL_GOOD;
}

/* --- how far it is ---------------------------------------------------------------------- */
static void show_progress(const struct import *import, const char *what, int done)
{
	int count = import->file.count, shown = done < count ? done : count;

	if (!import->ctl->json && isatty(STDERR_FILENO))
		fprintf(stderr, "\r%s: %d of %d lines%s", what, shown, count, shown == count ? "\n" : "");
}

/* --- what would be done --------------------------------------------------------------------- */
static bool take_plan(struct import *import, const struct db_result *plan)
{
	struct text list = text_of(
	        arena_printf(import->ctl->arena, "[%.*s]", (int)db_text(plan, 0, 1).len, db_text(plan, 0, 1).data));
	json_t *lines = json_loadb(list.data, list.len, 0, NULL);

	json_array_extend(import->lines, lines);
	json_decref(lines);
	import->made += db_int(plan, 0, 2);
	import->changed += db_int(plan, 0, 3);
	import->unchanged += db_int(plan, 0, 4);
	import->wrong += db_int(plan, 0, 5);
	return true;
}

static enum ctl_exit fail(struct import *import)
{
	if (db_fault(import->db) != DB_FINE)
		return database_failed(import->ctl, import->db, "the people cannot be imported");
	return say_failed(import->ctl, "%s is no administrator who may sign in", option_text(import->ctl, "as"));
}

static bool went_well(const struct db *db, const struct db_result *rows)
{
	return db_fault(db) == DB_FINE && db_rows(rows) && text_equal(db_text(rows, 0, 0), TEXT("ok"));
}

static bool look(struct import *import)
{
	for (int at = 0; at < import->file.count; at += LOOKED_AT) {
		struct db_result *plan;

		db_reset(import->db);
		plan = db_send(import->db, QUERY_person_import_plan, P_UUID(&import->actor),
		        P_TEXT(people_file_slice(&import->file, import->ctl->arena, at, LOOKED_AT)));
		db_sync(import->db);
		if (!went_well(import->db, plan) || !take_plan(import, plan))
			return false;
		show_progress(import, "looked at", at + LOOKED_AT);
	}
	return true;
}

static bool look_for_gone(struct import *import)
{
	struct db_result *gone;

	if (!option_flag(import->ctl, "sync"))
		return true;
	db_reset(import->db);
	gone = db_send(import->db, QUERY_person_import_gone, P_UUID(&import->actor),
	        P_TEXT(people_file_addresses(&import->file, import->ctl->arena)), P_INT(GONE_KNOWN));
	if (!db_sync(import->db))
		return false;
	import->gone = db_rows(gone);
	for (int i = 0; i < db_rows(gone); i++) {
		people_file_add_gone(&import->file, db_text(gone, i, 1));
		json_array_append_new(import->lines, json_pack("{s:i, s:o, s:s}", "line", 0, "email",
		                                             say_member(db_text(gone, i, 1)), "outcome", "gone"));
	}
	return true;
}

/* --- doing it -------------------------------------------------------------------------------- */
static bool do_all(struct import *import)
{
	struct text invite = option_flag(import->ctl, "no-invite") ? TEXT("false") : TEXT("true");

	for (int at = 0; at < import->file.count; at += DONE_AT) {
		struct uuid drawn = uuid_new();
		struct db_result *done;

		db_begin(import->db);
		done = db_send(import->db, QUERY_person_import, P_UUID(&import->actor),
		        P_TEXT(people_file_slice(&import->file, import->ctl->arena, at, DONE_AT)), P_TEXT(invite),
		        P_UUID(&drawn), P_TEXT(uuid_text(import->ctl->arena, &drawn)), P_NULL, P_NULL);
		if (!db_commit(import->db) || !went_well(import->db, done))
			return false;
		show_progress(import, "done", at + DONE_AT);
	}
	return true;
}

/* --- telling --------------------------------------------------------------------------------- */
static void tell_line(const json_t *line)
{
	const char *outcome = json_string_value(json_object_get(line, "outcome"));
	size_t i;
	json_t *problem;

	if (!strcmp(outcome, "unchanged"))
		return;
	printf("%6" JSON_INTEGER_FORMAT " %-9s ", json_integer_value(json_object_get(line, "line")), outcome);
	say_value(stdout, json_object_get(line, "email"));
	json_array_foreach(json_object_get(line, "problems"), i, problem)
	        printf("; %s %s", json_string_value(json_object_get(problem, "column")),
	                json_string_value(json_object_get(problem, "detail")));
	fputc('\n', stdout);
}

static void tell(const struct import *import, bool done)
{
	size_t i;
	json_t *line;

	if (import->ctl->json) {
		say_json(json_pack("{s:b, s:O, s:I, s:I, s:I, s:I, s:I}", "applied", done, "lines", import->lines,
		        "made", (json_int_t)import->made, "changed", (json_int_t)import->changed, "unchanged",
		        (json_int_t)import->unchanged, "wrong", (json_int_t)import->wrong, "gone",
		        (json_int_t)import->gone));
		return;
	}
	json_array_foreach(import->lines, i, line) tell_line(line);
	printf("%s: %" PRId64 " made, %" PRId64 " changed, %" PRId64 " unchanged, %" PRId64 " wrong, %" PRId64 " gone; "
	       "columns passed over: %.*s\n",
	        done ? "done" : "nothing done", import->made, import->changed, import->unchanged, import->wrong,
	        import->gone, (int)import->file.unknown.len, import->file.unknown.data);
}

static enum ctl_exit import_all(struct import *import)
{
	bool apply = option_flag(import->ctl, "apply");

	if (!look(import) || !look_for_gone(import))
		return fail(import);
	if (import->wrong) {
		tell(import, false);
		return CTL_DATA;
	}
	if (apply && import->gone > option_number(import->ctl, "most-gone", MOST_GONE)) {
		tell(import, false);
		say("more people are gone than --most-gone: nothing was done");
		return CTL_WRONG;
	}
	if (apply && !do_all(import))
		return fail(import);
	tell(import, apply);
	return CTL_GOOD;
}

static struct uuid find_actor(struct import *import)
{
	struct db_result *found;

	db_reset(import->db);
	found = db_send(import->db, QUERY_ctl_user_find, P_TEXT(text_of(option_text(import->ctl, "as"))));
	db_sync(import->db);
	return db_uuid(found, 0, 0);
}

static enum ctl_exit run_import(struct ctl *ctl)
{
	struct import *import = ARENA_NEW(ctl->arena, struct import);
	enum ctl_exit code;

	if (ctl->operand_count != 1) {
		say("user import wants one file");
		return CTL_USAGE;
	}
	import->ctl = ctl;
	code = read_lines(import);
	if (code != CTL_GOOD)
		return code;
	import->db = database_open(ctl);
	if (!import->db)
		return CTL_WRONG;
	import->lines = json_array();
	import->actor = find_actor(import);
	code = uuid_is_none(&import->actor) ? fail(import) : import_all(import);
	json_decref(import->lines);
	db_close(&import->db);
	return code;
}

static const struct option_row options[] = {
	{ "as", OPTION_TEXT, .shown = "ADDRESS", .required = true,
	        .help = "the administrator in whose name it is done" },
	{ "apply", OPTION_FLAG, .help = "do it; without it what would be done is said" },
	{ "sync", OPTION_FLAG, .help = "deactivate users, agents and managers whom the file has not" },
	{ "most-gone", OPTION_NUMBER, "N", .help = "how many at most; 10 unless given" },
	{ "no-invite", OPTION_FLAG, .help = "send no invitations to who is made" },
	{ 0 },
};
static struct setting *const settings[] = { db_settings, NULL };

const struct command_row user_import_commands[] = {
	{ "user", "import", "FILE", "makes and changes accounts as a CSV file says",
	        "The columns are those of GET /users/export, known by their header; email is who a line is about. A "
	        "file\n"
	        "that cannot be read or has wrong lines ends with 65, and nothing is done.",
	        options, settings, run_import },
	{ 0 },
};
