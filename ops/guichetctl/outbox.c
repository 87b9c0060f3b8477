/* outbox.c - "outbox status" and "outbox rebase".
 *
 * The cursor is a transaction id, and a logical restore (pg_dump, pg_restore) goes
 * into a cluster that counts its transactions anew: then cursor and rows speak of
 * another cluster's, and the relay refuses to go on. Rebase (outbox_rebase() in the
 * database) gives them ids of this cluster.
 */
#include "ops/guichetctl/outbox.h"

#include <inttypes.h>
#include "ops/guichetctl/commands.h"
#include "sql/db.h"

bool outbox_read(struct db *db, struct outbox_state *out)
{
	struct db_result *r;
	struct text xid;

	db_reset(db);
	r = db_send_params(db, QUERY_ctl_outbox_status, 0, NULL);
	if (!db_sync(db))
		return false;
	xid = db_text(r, 0, 0);
	*out = (struct outbox_state){ .id = db_int(r, 0, 1),
		.moved_s = db_int(r, 0, 2),
		.is_foreign = db_bool(r, 0, 3),
		.waiting = db_int(r, 0, 4),
		.oldest_s = db_is_null(r, 0, 5) ? -1 : db_int(r, 0, 5) };
	snprintf(out->xid, sizeof out->xid, "%.*s", (int)xid.len, xid.data ? xid.data : "");
	return true;
}

static void write_state(const struct ctl *ctl, const struct outbox_state *s)
{
	if (ctl->json) {
		say_json(json_pack("{s:I, s:o, s:{s:s, s:I}, s:I, s:b}", "waiting", (json_int_t)s->waiting,
		        "oldestSeconds", s->oldest_s < 0 ? json_null() : json_integer(s->oldest_s), "cursor", "xid",
		        s->xid, "id", (json_int_t)s->id, "cursorMovedSecondsAgo", (json_int_t)s->moved_s,
		        "cursorFromFuture", s->is_foreign));
		return;
	}
	printf("waiting   %s%" PRId64 " rows\n", s->waiting == OUTBOX_COUNT_MAX ? "at least " : "", s->waiting);
	if (s->oldest_s >= 0)
		printf("oldest    %" PRId64 " s\n", s->oldest_s);
	printf("cursor    %s:%" PRId64 ", moved %" PRId64 " s ago\n", s->xid, s->id, s->moved_s);
	if (s->is_foreign)
		printf("The cursor is of another cluster, as after a logical restore: run outbox rebase.\n");
}

static enum ctl_exit status(struct ctl *ctl)
{
	struct db *db = database_open(ctl);
	struct outbox_state state;
	enum ctl_exit code;

	if (!db)
		return CTL_WRONG;
	if (outbox_read(db, &state)) {
		write_state(ctl, &state);
		code = state.is_foreign ? CTL_WRONG : CTL_GOOD;
	} else {
		code = database_failed(ctl, db, "the outbox cannot be read");
	}
	db_close(&db);
	return code;
}

/* As a script, which has ten minutes: the rows of 30 days may have to be written anew. */
static enum ctl_exit rebase_cursor(struct ctl *ctl, struct db *db)
{
	struct outbox_state state;

	if (!outbox_read(db, &state))
		return database_failed(ctl, db, "the outbox cannot be read");
	if (!state.is_foreign) {
		say("the cursor is of this cluster: there is nothing to do");
		write_state(ctl, &state);
		return CTL_GOOD;
	}
	say("rebasing: this may take minutes");
	db_begin(db);
	db_script(db, query_texts[QUERY_ctl_outbox_rebase].sql);
	if (!db_commit(db) || !outbox_read(db, &state))
		return database_failed(ctl, db, "the outbox was not rebased");
	say("rebased: the relay goes on within a second");
	write_state(ctl, &state);
	return CTL_GOOD;
}

static enum ctl_exit rebase(struct ctl *ctl)
{
	enum ctl_exit code;
	struct db *db;

	if (!option_flag(ctl, "yes")) {
		say("read outbox rebase --help first, then say --yes");
		return CTL_USAGE;
	}
	db = database_open(ctl);
	code = db ? rebase_cursor(ctl, db) : CTL_WRONG;
	db_close(&db);
	return code;
}

static const struct option_row rebase_options[] = {
	{ "yes", OPTION_FLAG, .help = "do it" },
	{ 0 },
};
static struct setting *const settings[] = { db_settings, NULL };

const struct command_row outbox_commands[] = {
	{ "outbox", "status", NULL, "tells how many rows wait for the relay, and its cursor", NULL, NULL, settings,
	        status },
	{ "outbox", "rebase", NULL, "sets the relay's cursor right after a logical restore",
	        "Needed after pg_restore into another cluster, and only then: there transaction ids start anew,\n"
	        "the cursor speaks of another cluster's, and the relay says so and waits. In one transaction rows\n"
	        "that were not sent, and those written since the restore, get the id of this transaction (in the\n"
	        "order of their row ids), rows that were sent are put behind the cursor, and the cursor is moved\n"
	        "to just below the oldest transaction that is still open. Some rows may be sent twice; consumers\n"
	        "recognise them by their ids. Run it as the owner of the database; everything may keep running.\n"
	        "Does nothing when the cursor is of this cluster.",
	        rebase_options, settings, rebase },
	{ 0 },
};
