/* batch.c - see batch.h.
 *
 *   known already? ─► sizes ─► each into the store ─► the ledger, in one commit ─► marked ─► the cursor
 *
 * A message is known by its account, UIDVALIDITY and UID, and its id follows from them: whoever dies in between takes
 * it again, and it is there once. What fails with one message is that message's: it is noted, and tried again later
 * beside the others, for about two days. Whatever becomes of it, it stays in its mailbox.
 */
#include "workers/fetch/batch.h"

#include "base/log.h"
#include "base/process.h"
#include "base/trace.h"
#include "workers/fetch/take.h"

#define BATCH_MOST 32
#define TRIES 12 /* see fetch_trouble */

enum fate { OPEN, KNOWN, GONE, TAKEN, TROUBLED };

struct batch {
	struct ticker *t;
	struct poll *poll;
	struct arena *arena;
	int64_t uids[BATCH_MOST], sizes[BATCH_MOST];
	int count;
	enum fate fates[BATCH_MOST];
	struct inbound mails[BATCH_MOST];
	struct span *spans[BATCH_MOST]; /* from its description to the ledger; NULL: nobody keeps it */
};

/* --- which are known ---------------------------------------------------------------------- */
static void describe(struct batch *b, int i)
{
	const struct account *account = b->poll->account;
	struct text key = text_of(arena_printf(b->arena, "%s/%lld/%lld", account->name,
	        (long long)b->poll->mailbox.uidvalidity, (long long)b->uids[i]));

	b->mails[i] = (struct inbound){ .id = uuid_derive((struct text[]){ TEXT("imap"), key }, 2),
		.door = "imap",
		.peer = text_of(account->name),
		.from = TEXT_NONE,
		.recipients = &account->to,
		.recipient_count = 1,
		.door_key = key,
		.traceparent = traceparent_fresh(b->arena) };
	b->spans[i] = span_begin_first(b->arena, b->mails[i].traceparent, SPAN_CONSUMER, 0);
	span_name(b->spans[i], "mail by imap");
}

static bool find_known(struct batch *b)
{
	struct db *db = b->t->trunk.db;
	struct db_result *found;
	struct buffer keys;

	buffer_init(&keys, b->arena, 4096);
	buffer_string(&keys, "[");
	for (int i = 0; i < b->count; i++) {
		describe(b, i);
		buffer_string(&keys, i ? "," : "");
		buffer_json_text(&keys, b->mails[i].door_key);
	}
	buffer_string(&keys, "]");
	db_reset(db);
	found = db_send(db, QUERY_fetch_known, P_TEXT(buffer_view(&keys)));
	if (!db_sync(db))
		return false;
	for (int r = 0; r < db_rows(found); r++)
		for (int i = 0; i < b->count; i++)
			if (text_equal(db_text(found, r, 0), b->mails[i].door_key))
				b->fates[i] = KNOWN;
	return true;
}

/* --- troubles ------------------------------------------------------------------------------ */
/* tries: how often it is tried in all. */
static bool note_trouble(struct batch *b, int i, const char *why, int tries)
{
	struct db *db = b->t->trunk.db;
	struct db_result *row;

	b->fates[i] = TROUBLED;
	db_reset(db);
	row = db_send(db, QUERY_fetch_trouble, P_TEXT(text_of(b->poll->account->name)),
	        P_INT(b->poll->mailbox.uidvalidity), P_INT(b->uids[i]), P_TEXT(text_of(why)), P_INT(tries));
	if (!db_sync(db))
		return false;
	log_warn(db_bool(row, 0, 0) ? "a message stays in its mailbox" : "a message is tried again later",
	        LOG_TEXT("account", b->poll->account->name), LOG_INT("uid", b->uids[i]), LOG_TEXT("reason", why));
	return true;
}

static bool note_too_large(struct batch *b, int i)
{
	return note_trouble(b, i, "it is larger than MAIL_MAX_BYTES", 1);
}

/* --- into the store ------------------------------------------------------------------------ */
/* The connection is gone with that message: it may be its fault, or not. */
static void lose(struct batch *b, int i, const struct take *take)
{
	poll_fails(
	        b->poll, take->too_large ? "a message was larger than the server had said" : imap_said(b->poll->imap));
	if (take->too_large)
		note_too_large(b, i);
	else if (!process_stopping())
		note_trouble(b, i, imap_said(b->poll->imap), TRIES);
}

static bool settle(struct batch *b, int i, struct take *take, enum imap_fate fate, bool found)
{
	if (take->outcome != STORE_DONE)
		return poll_fails(b->poll, arena_printf(b->poll->arena, "the store takes nothing: %s", store_error()));
	if (fate == IMAP_LOST) {
		lose(b, i, take);
		return false;
	}
	if (fate == IMAP_REFUSED || !found)
		return note_trouble(b, i, found ? imap_said(b->poll->imap) : "the server does not give it", TRIES);
	if (!take_keep(take, &b->mails[i]))
		return poll_fails(b->poll, arena_printf(b->poll->arena, "the store takes nothing: %s", store_error()));
	b->fates[i] = TAKEN;
	return true;
}

/* False: the others cannot be taken now. */
static bool fetch_one(struct batch *b, int i)
{
	struct take take;
	enum imap_fate fate;
	bool found, good;

	take_begin(&take, b->poll->store);
	fate = mailbox_fetch(b->poll->imap, b->arena, b->uids[i], take_bytes, &take, &found);
	good = settle(b, i, &take, fate, found);
	take_end(&take);
	return good;
}

static bool fetch_all(struct batch *b)
{
	bool good = true;

	for (int i = 0; i < b->count && good; i++) {
		if (b->fates[i] == KNOWN)
			continue;
		if (b->sizes[i] < 0)
			b->fates[i] = GONE;
		else
			good = b->sizes[i] > inbound_bytes_most ? note_too_large(b, i) : fetch_one(b, i);
	}
	return good;
}

/* --- into the ledger ----------------------------------------------------------------------- */
/* Those from first on, count of them, that were taken. */
static bool write_rows(struct batch *b, int first, int count)
{
	struct db *db = b->t->trunk.db;
	struct db_result *found;
	struct buffer rows;
	int wanted = 0;

	buffer_init(&rows, b->arena, 16384);
	buffer_string(&rows, "[");
	for (int i = first; i < first + count; i++) {
		if (b->fates[i] != TAKEN)
			continue;
		buffer_string(&rows, wanted++ ? "," : "");
		inbound_write(&b->mails[i], &rows);
	}
	buffer_string(&rows, "]");
	if (!wanted)
		return true;
	db_begin(db);
	found = db_send(db, QUERY_inbound_take, P_TEXT(buffer_view(&rows)));
	if (!db_commit(db))
		return false;
	trunk_poke_relay(&b->t->trunk);
	for (int i = first; i < first + count; i++)
		if (b->fates[i] == TAKEN)
			span_end(b->spans[i], false);
	return db_rows(found) >= wanted || poll_fails(b->poll, "another program is just taking the same");
}

/* One of several says what the database refuses: each alone, so that it is the only one. */
static bool write_each(struct batch *b)
{
	for (int i = 0; i < b->count; i++) {
		if (write_rows(b, i, 1))
			continue;
		if (db_fault(b->t->trunk.db) != DB_MESSAGE)
			return false;
		db_rollback(b->t->trunk.db);
		if (!note_trouble(b, i, "the ledger refuses it", TRIES))
			return false;
	}
	return true;
}

static bool write_ledger(struct batch *b)
{
	if (write_rows(b, 0, b->count))
		return true;
	if (db_fault(b->t->trunk.db) != DB_MESSAGE)
		return false;
	db_rollback(b->t->trunk.db);
	return write_each(b);
}

/* --- and out of the mailbox ---------------------------------------------------------------- */
static bool mark(struct batch *b)
{
	int64_t uids[BATCH_MOST];
	struct uid_list list = { uids, 0 };
	enum imap_fate fate;
	int64_t taken = 0;

	for (int i = 0; i < b->count; i++) {
		taken += b->fates[i] == TAKEN;
		if (b->fates[i] == TAKEN || b->fates[i] == KNOWN)
			uids[list.count++] = b->uids[i];
	}
	metric_add(&b->poll->taken, taken);
	fate = mailbox_mark(b->poll->imap, b->arena, b->poll->account, &list);
	if (fate == IMAP_REFUSED)
		b->poll->unmarked = arena_printf(b->poll->arena, "%s", imap_said(b->poll->imap));
	return fate != IMAP_LOST || poll_fails(b->poll, imap_said(b->poll->imap));
}

/* Those that were troubles are none any more, and the cursor is behind what was dealt with. */
static bool advance(struct batch *b)
{
	struct text account = text_of(b->poll->account->name);
	struct db *db = b->t->trunk.db;
	struct buffer settled;
	int done = 0;

	buffer_init(&settled, b->arena, 512);
	buffer_string(&settled, "[");
	for (; done < b->count && b->fates[done] != OPEN; done++)
		if (b->fates[done] != TROUBLED)
			buffer_printf(&settled, "%s%lld", settled.len > 1 ? "," : "", (long long)b->uids[done]);
	buffer_string(&settled, "]");
	db_begin(db);
	db_send(db, QUERY_fetch_settled, P_TEXT(account), P_INT(b->poll->mailbox.uidvalidity),
	        P_TEXT(buffer_view(&settled)));
	if (done && !b->poll->is_fresh)
		db_send(db, QUERY_fetch_advance, P_TEXT(account), P_INT(b->poll->mailbox.uidvalidity),
		        P_INT(b->uids[done - 1]));
	return db_commit(db);
}

/* What was fetched before it went wrong is taken all the same. */
static bool take_batch(struct batch *b)
{
	struct uid_list list = { b->uids, b->count };
	bool fetched;

	if (!find_known(b))
		return false;
	if (mailbox_sizes(b->poll->imap, b->arena, &list, b->sizes) != IMAP_DONE)
		return poll_fails(b->poll, imap_said(b->poll->imap));
	fetched = fetch_all(b);
	if (db_fault(b->t->trunk.db) != DB_FINE)
		return false;
	return write_ledger(b) && mark(b) && advance(b) && fetched;
}

bool batch_take_all(struct ticker *t, const struct uid_list *list)
{
	struct arena *arena = arena_new(64 << 10);
	struct batch b = { .t = t, .poll = t->own, .arena = arena };
	bool good = true;

	for (int at = 0; at < list->count && good; at += b.count) {
		arena_reset(arena);
		b = (struct batch){ .t = t, .poll = t->own, .arena = arena };
		while (b.count < BATCH_MOST && at + b.count < list->count) {
			b.uids[b.count] = list->uids[at + b.count];
			b.count++;
		}
		good = !process_stopping() && take_batch(&b);
	}
	arena_free(&arena);
	return good;
}
