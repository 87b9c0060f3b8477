/* audit.c - "audit verify" and "audit head": whether the trail is what was written.
 *
 * Who can write the table but has not the key cannot change a row, drop one or put
 * one in. Rows cut off at the end leave a chain that holds: for that there is the
 * head, which the audit worker logs hourly and --expect compares with.
 */
#include <inttypes.h>
#include <string.h>
#include "base/clock.h"
#include "ops/guichetctl/audit_row.h"
#include "ops/guichetctl/commands.h"
#include "sql/db.h"

#define HASH_CHARS (2 * CHAIN_HASH_BYTES)
#define TOLD_MS 1000

static const char *audit_key;

static struct setting key_settings[] = {
	{ "AUDIT_KEY", SETTING_HEX, &audit_key, NULL, .min = 64, .max = 128, .secret = true,
	        .help = "the key of the audit chain, as the audit worker has it" },
	{ 0 },
};

struct verification {
	struct ctl *ctl;
	struct db *db;
	struct chain chain;
	int64_t checked, told_ms;
	int64_t expect_seq; /* 0: nothing is expected */
	uint8_t expect_hash[CHAIN_HASH_BYTES];
	int64_t pruned_seq; /* the trail begins behind it; 0: at its beginning */
	char pruned_head[32 + HASH_CHARS];
	bool vouched;       /* an event of the trail says so, too */
	const char *broken; /* what differs at broken_seq; NULL: nothing */
	int64_t broken_seq;
};

static void break_at(struct verification *v, int64_t seq, const char *what)
{
	v->broken_seq = seq;
	v->broken = what;
}

static struct audit_row read_row(const struct db_result *r, int i)
{
	return (struct audit_row){ .seq = db_int(r, i, 0),
		.action = db_text(r, i, 1),
		.actor_id = db_uuid(r, i, 2),
		.resource_id = db_uuid(r, i, 3),
		.event_id = db_uuid(r, i, 4),
		.command_id = db_uuid(r, i, 5),
		.payload = db_text(r, i, 6),
		.payload_sha256 = db_text(r, i, 7),
		.prev_hash = db_text(r, i, 8),
		.row_hash = db_text(r, i, 9),
		.origin = db_text(r, i, 10) };
}

/* Does the event audit.pruned name the place where this trail begins? */
static bool vouches(const struct verification *v, const struct audit_row *row)
{
	json_t *payload;
	const char *head;
	bool same;

	if (!v->pruned_seq || !text_equal(row->action, TEXT("AUDIT_PRUNED")) || !row->payload.data)
		return false;
	payload = json_loadb(row->payload.data, row->payload.len, 0, NULL);
	head = json_string_value(json_object_get(json_object_get(payload, "data"), "head"));
	same = head && strcmp(head, v->pruned_head) == 0;
	json_decref(payload);
	return same;
}

static void check_row(struct verification *v, const struct audit_row *row)
{
	const char *what = audit_row_check(&v->chain, row);

	if (what) {
		break_at(v, row->seq, what);
		return;
	}
	v->checked++;
	v->vouched = v->vouched || vouches(v, row);
	if (row->seq == v->expect_seq && memcmp(v->chain.hash, v->expect_hash, CHAIN_HASH_BYTES) != 0)
		break_at(v, row->seq, "its hash is not the expected one");
}

static void tell_progress(struct verification *v)
{
	if (clock_mono_ms() - v->told_ms < TOLD_MS)
		return;
	v->told_ms = clock_mono_ms();
	say("%" PRId64 " rows checked, at %" PRId64, v->checked, v->chain.seq);
}

/* The next rows after seq; NULL with the reason in the connection. */
static struct db_result *page(struct verification *v, int64_t seq)
{
	struct db_result *rows;

	db_reset(v->db);
	rows = db_send(v->db, QUERY_audit_page, P_INT(seq));
	return db_sync(v->db) ? rows : NULL;
}

/* Where the trail was pruned it begins behind the last row that went. False: the database failed. */
static bool take_segment(struct verification *v)
{
	struct db_result *segment;

	db_reset(v->db);
	segment = db_send_params(v->db, QUERY_ctl_audit_segment, 0, NULL);
	if (!db_sync(v->db))
		return false;
	if (!db_rows(segment))
		return true;
	v->chain.seq = v->pruned_seq = db_int(segment, 0, 0);
	snprintf(v->pruned_head, sizeof v->pruned_head, "%" PRId64 ":%.*s", v->pruned_seq, HASH_CHARS,
	        db_text(segment, 0, 1).data);
	if (!text_unhex(db_text(segment, 0, 1), v->chain.hash, CHAIN_HASH_BYTES))
		break_at(v, v->pruned_seq, "what was noted of the pruned segment is no hash");
	return true;
}

/* Takes the row before --from on trust: the chain starts behind it. */
static bool take_anchor(struct verification *v, int64_t from)
{
	struct db_result *rows;

	if (from <= 1)
		return take_segment(v);
	rows = page(v, from - 2);
	if (!rows)
		return false;
	if (db_int(rows, 0, 0) != from - 1 || !text_unhex(db_text(rows, 0, 9), v->chain.hash, CHAIN_HASH_BYTES))
		break_at(v, from - 1, "the row is not there, so there is nothing to start from");
	v->chain.seq = from - 1;
	return true;
}

/* False: the database failed. */
static bool walk(struct verification *v)
{
	struct db_result *rows;
	int count;

	do {
		rows = page(v, v->chain.seq);
		if (!rows)
			return false;
		count = db_rows(rows);
		for (int i = 0; i < count && !v->broken; i++) {
			struct audit_row row = read_row(rows, i);

			check_row(v, &row);
		}
		tell_progress(v);
	} while (count > 0 && !v->broken);
	if (!v->broken && v->pruned_seq && !v->vouched)
		break_at(v, v->pruned_seq + 1, "rows before it were pruned, and no event of the trail says so (yet)");
	if (!v->broken && v->chain.seq < v->expect_seq)
		break_at(v, v->chain.seq + 1, "the trail ends before the expected head");
	return true;
}

static enum ctl_exit tell_verdict(const struct verification *v)
{
	char hash[HASH_CHARS + 1];

	text_hex(v->chain.hash, CHAIN_HASH_BYTES, hash);
	if (v->ctl->json)
		say_json(json_pack("{s:b, s:I, s:I, s:s?, s:o, s:s?}", "intact", !v->broken, "checked",
		        (json_int_t)v->checked, "seq", (json_int_t)v->chain.seq, "hash", v->broken ? NULL : hash,
		        "brokenAt", v->broken ? json_integer(v->broken_seq) : json_null(), "reason", v->broken));
	else if (v->broken)
		printf("broken at seq %" PRId64 ": %s (%" PRId64 " rows before it are intact)\n", v->broken_seq,
		        v->broken, v->checked);
	else
		printf("intact: %" PRId64 " rows checked, head %" PRId64 ":%s\n", v->checked, v->chain.seq, hash);
	return v->broken ? CTL_WRONG : CTL_GOOD;
}

/* SEQ:HASH */
static bool read_expected(struct verification *v)
{
	const char *given = option_text(v->ctl, "expect"), *colon = given ? strchr(given, ':') : NULL;

	if (!given)
		return true;
	if (colon && text_to_int((struct text){ given, (size_t)(colon - given) }, &v->expect_seq) &&
	        v->expect_seq > 0 && text_unhex(text_of(colon + 1), v->expect_hash, CHAIN_HASH_BYTES))
		return true;
	say("--expect: '%s' is not SEQ:HASH, as audit head prints it", given);
	return false;
}

static enum ctl_exit verify(struct ctl *ctl)
{
	struct verification v = { .ctl = ctl, .told_ms = clock_mono_ms() };
	enum ctl_exit code;

	if (!read_expected(&v))
		return CTL_USAGE;
	v.db = database_open(ctl);
	if (!v.db)
		return CTL_WRONG;
	chain_begin(&v.chain, audit_key);
	if (take_anchor(&v, option_number(ctl, "from", 1)) && (v.broken || walk(&v)))
		code = tell_verdict(&v);
	else
		code = database_failed(ctl, v.db, "the trail cannot be read");
	db_close(&v.db);
	explicit_bzero(&v.chain, sizeof v.chain);
	return code;
}

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
static struct setting *const verify_settings[] = { db_settings, key_settings, NULL };
static struct setting *const head_settings[] = { db_settings, NULL };

const struct command_row audit_commands[] = {
	{ "audit", "verify", NULL, "walks the audit trail; exit code 1 at the first row that is not as it was written",
	        "Checks that no row is missing, that each has the hash of the one before, that payload and hash\n"
	        "fit AUDIT_KEY, and that the columns say what the payload says. A blanked payload is fine.\n"
	        "Rows cut off at the end show only against a head noted before (--expect).",
	        verify_options, verify_settings, verify },
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
