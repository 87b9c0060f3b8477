/* audit.c - the commands about the trail: verify (audit_verify.c), head, prune and erase. */
#include <inttypes.h>
#include "base/process.h"
#include "ops/guichetctl/audit_verify.h"
#include "ops/guichetctl/commands.h"
#include "sql/db.h"

#define HASH_CHARS 64
#define TOLD_WITHIN_MS 10000
#define TOLD_LOOK_MS 50

static enum ctl_exit head(struct ctl *ctl)
{
	struct db *db = database_open(ctl);
	enum ctl_exit code = CTL_GOOD;
	struct db_result *last;

	if (!db)
		return CTL_WRONG;
	last = db_send_params(db, QUERY_audit_head, 0, NULL);
	if (!db_sync(db))
		code = database_failed(ctl, db, "the trail cannot be read");
	else if (ctl->json)
		say_json(json_pack(
		        "{s:I, s:o}", "seq", (json_int_t)db_int(last, 0, 0), "hash", say_member(db_text(last, 0, 1))));
	else if (db_rows(last))
		printf("%" PRId64 ":%.*s\n", db_int(last, 0, 0), HASH_CHARS, db_text(last, 0, 1).data);
	else
		printf("0: nothing has been logged yet\n");
	db_close(&db);
	return code;
}

/* --- prune, erase ----------------------------------------------------------------- */
/* One slice after the other, each a transaction of its own; how many rows went, or -1. */
static int64_t delete_pruned(struct db *db)
{
	int64_t gone = 0, slice;

	do {
		struct db_result *rows;

		db_reset(db);
		rows = db_send_params(db, QUERY_ctl_audit_prune_slice, 0, NULL);
		if (!db_sync(db))
			return -1;
		slice = db_int(rows, 0, 0);
		gone += slice;
	} while (slice > 0);
	return gone;
}

/* verify wants the trail to say where it was pruned: the relay and the audit worker have some seconds to write it down.
 */
static bool wait_until_told(struct db *db, const struct uuid *event)
{
	struct db_result *told;

	for (int i = 0; i < TOLD_WITHIN_MS / TOLD_LOOK_MS; i++) {
		db_reset(db);
		told = db_send(db, QUERY_ctl_audit_told, P_UUID(event));
		if (!db_sync(db))
			return false;
		if (db_bool(told, 0, 0))
			return true;
		process_nap_ms(TOLD_LOOK_MS);
	}
	return false;
}

static enum ctl_exit prune_trail(struct ctl *ctl, struct db *db)
{
	struct uuid event = uuid_new();
	struct text head = TEXT_NONE;
	struct db_result *closed;
	int64_t seq = 0, gone;

	closed = db_send(db, QUERY_ctl_audit_prune, P_TEXT(text_of(option_text(ctl, "before"))), P_UUID(&event));
	if (!db_sync(db))
		return database_failed(ctl, db, "nothing was pruned");
	if (db_rows(closed)) {
		seq = db_int(closed, 0, 0);
		head = text_copy(ctl->arena, db_text(closed, 0, 1));
	}
	gone = delete_pruned(db);
	if (gone < 0)
		return database_failed(ctl, db, "the segment is closed, but not all of it is gone: run this again");
	if (seq && !wait_until_told(db, &event))
		say("the trail does not say so yet: until the relay and the audit worker have written it, audit verify "
		    "reports rows that are gone");
	if (ctl->json)
		say_json(json_pack("{s:I, s:I, s:o}", "pruned", (json_int_t)gone, "seq", (json_int_t)seq, "hash",
		        say_member(head)));
	else if (seq)
		printf("%" PRId64 " rows pruned; what is left follows %" PRId64 ":%.*s\n", gone, seq, (int)head.len,
		        head.data);
	else
		printf("%" PRId64 " rows pruned\n", gone);
	return CTL_GOOD;
}

static enum ctl_exit prune(struct ctl *ctl)
{
	struct db *db = database_open(ctl);
	enum ctl_exit code = db ? prune_trail(ctl, db) : CTL_WRONG;

	db_close(&db);
	return code;
}

/* An id, or the address of an account. */
static bool find_person(struct ctl *ctl, struct db *db, struct uuid *out_id)
{
	const char *user = option_text(ctl, "user");
	struct db_result *found;

	if (uuid_parse(text_of(user), out_id))
		return true;
	found = db_send(db, QUERY_ctl_user_find, P_TEXT(text_of(user)));
	if (!db_sync(db)) {
		database_failed(ctl, db, "nothing was erased");
		return false;
	}
	if (!db_rows(found)) {
		say_failed(ctl, "there is no account with the address %s", user);
		return false;
	}
	*out_id = db_uuid(found, 0, 0);
	return true;
}

static enum ctl_exit erase_person(struct ctl *ctl, struct db *db)
{
	struct uuid person, event = uuid_new();
	int64_t erased = 0, after = 0, slice;
	struct db_result *rows;

	if (!find_person(ctl, db, &person))
		return CTL_WRONG;
	do {
		db_reset(db);
		rows = db_send(db, QUERY_ctl_audit_erase_slice, P_UUID(&person), P_INT(after));
		if (!db_sync(db))
			return database_failed(ctl, db, "not all was erased: run this again");
		slice = db_int(rows, 0, 0);
		after = slice ? db_int(rows, 0, 1) : after;
		erased += slice;
	} while (slice > 0);
	db_reset(db);
	db_send(db, QUERY_ctl_audit_erased, P_UUID(&event), P_UUID(&person), P_INT(erased));
	if (!db_sync(db))
		return database_failed(ctl, db, "all is erased, and the trail was not told: run this again");
	if (ctl->json)
		say_json(json_pack("{s:I}", "erased", (json_int_t)erased));
	else
		printf("%" PRId64 " rows erased\n", erased);
	return CTL_GOOD;
}

static enum ctl_exit erase(struct ctl *ctl)
{
	struct db *db = database_open(ctl);
	enum ctl_exit code = db ? erase_person(ctl, db) : CTL_WRONG;

	db_close(&db);
	return code;
}

static const struct option_row prune_options[] = {
	{ "before", OPTION_TEXT, "DATE", .required = true, .help = "what is older goes: 2026-01-31, or with a time" },
	{ 0 },
};
static const struct option_row erase_options[] = {
	{ "user", OPTION_TEXT, "ID|ADDRESS", .required = true, .help = "whose entries are blanked" },
	{ 0 },
};

static const struct option_row verify_options[] = {
	{ "from", OPTION_NUMBER, "SEQ", .help = "begin there, and trust the row before it" },
	{ "expect", OPTION_TEXT, "SEQ:HASH", .help = "the trail must have come so far, with that hash" },
	{ 0 },
};
static struct setting *const verify_settings[] = { db_settings, audit_key_settings, NULL };
static struct setting *const head_settings[] = { db_settings, NULL };

const struct command_row audit_commands[] = {
	{ "audit", "verify", NULL, "walks the audit trail; exit code 1 at the first row that is not as it was written",
	        "Checks that no row is missing, that each has the hash of the one before, that payload and hash\n"
	        "fit AUDIT_KEY, and that the columns say what the payload says. A blanked payload is fine.\n"
	        "Rows cut off at the end show only against a head noted before (--expect).",
	        verify_options, verify_settings, audit_verify },
	{ "audit", "prune", NULL, "deletes the oldest part of the trail, and notes where the rest begins",
	        "The part is closed with its last row's hash, which is noted and told to the trail that goes on\n"
	        "(audit.pruned): audit verify begins there, and wants both to say the same. The last row stays.",
	        prune_options, head_settings, prune },
	{ "audit", "erase", NULL, "blanks what the trail says by and about a person; the chain holds",
	        "Payload, address and user agent go; which action it was, when and of which id stay.", erase_options,
	        head_settings, erase },
	{ "audit", "head", NULL, "prints the last row's SEQ:HASH, for --expect on another day", NULL, NULL,
	        head_settings, head },
	{ 0 },
};
