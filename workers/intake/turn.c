/* turn.c - claim, read, settle; woken by messages, at least once a second.
 *
 *   claim a few ─► each: bytes from the store ─► guichetmail ─► settle (one transaction)
 *        ▲                     │ away: waits        │ dies: three times, then put aside
 *        └── until nothing is due
 *
 * A mail that is not settled waits, longer each time, and no other waits behind it. Now and then it is looked what
 * became of what was asked of tickets: a command that its lane has refused sends its mail back to be decided again.
 */
#include "workers/intake/turn.h"

#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/mail_reader.h"
#include "base/metrics.h"
#include "base/trace.h"
#include "workers/intake/settle.h"
#include "workers/intake/keep.h"
#include "workers/rows.h"

#define CLAIM 8
#define KILLS_MOST 3
#define LOOK_MS 3000
#define WAIT_MOST_S 900

struct intake {
	struct store *store;
	struct mail_reader *reader;
	int64_t look_after_ms;
	struct taken taken[CLAIM];
	int count;
};

static struct metric killed = { .name = "guichet_inbound_readers_killed_total",
	.labels = "",
	.help = "Readers that a mail has ended",
	.kind = METRIC_COUNTER };
static struct metric waiting = {
	.name = "guichet_inbound_waiting", .labels = "", .help = "Mails that have no outcome yet", .kind = METRIC_GAUGE
};
static struct metric oldest = { .name = "guichet_inbound_oldest_waiting_seconds",
	.labels = "",
	.help = "Age of the oldest of them",
	.kind = METRIC_GAUGE };

/* --- claim -------------------------------------------------------------------------------------- */
static struct text_list texts_of(struct text json, struct arena *arena)
{
	json_t *array = json.data ? json_loadb(json.data, json.len, 0, NULL) : NULL;
	struct text_list list = { ARENA_ARRAY(arena, struct text, json_array_size(array) + 1), 0 };

	for (size_t i = 0; i < json_array_size(array); i++)
		list.items[list.count++] = text_copy(arena, text_of(json_string_value(json_array_get(array, i))));
	json_decref(array);
	return list;
}

static struct taken read_taken(const struct db_result *rows, int row, struct arena *arena)
{
	struct text approval = db_text(rows, row, 9);

	return (struct taken){
		.id = db_uuid(rows, row, 0),
		.door = text_copy(arena, db_text(rows, row, 1)),
		.peer = text_copy(arena, db_text(rows, row, 2)),
		.envelope_from = db_is_null(rows, row, 3) ? TEXT_NONE : text_copy(arena, db_text(rows, row, 3)),
		.recipients = texts_of(db_text(rows, row, 4), arena),
		.size = db_int(rows, row, 5),
		.attempts = db_int(rows, row, 6),
		.kills = db_int(rows, row, 7),
		.rounds = db_int(rows, row, 8),
		.approved = text_equal(approval, TEXT("approved")),
		.rejected = text_equal(approval, TEXT("rejected")),
		.outcome = word_find(db_text(rows, row, 10), inbound_outcome_words, inbound_outcome_count),
		.ticket_id = db_uuid(rows, row, 11),
		.comment_id = db_uuid(rows, row, 12),
		.accepted_us = db_int(rows, row, 13),
		.traceparent = text_copy(arena, db_text(rows, row, 14)),
		.sender_id = db_uuid(rows, row, 15),
		.now_us = db_int(rows, row, 16),
		.sha256_hex = text_copy(arena, db_text(rows, row, 17)),
		.approved_by = db_uuid(rows, row, 18),
		.let_in = db_bool(rows, row, 19),
	};
}

/* The rows lie in an arena of their own: settling a mail empties the ticker's. */
static bool claim(struct ticker *t)
{
	struct intake *in = t->own;
	struct db_result *rows;

	in->count = 0;
	db_reset(t->trunk.db);
	db_send_params(t->trunk.db, QUERY_intake_let_go, 0, NULL);
	rows = db_send(t->trunk.db, QUERY_intake_claim, P_INT(CLAIM));
	if (!db_sync(t->trunk.db))
		return ticker_database_failed(t);
	ticker_database_answered(t);
	for (int i = 0; i < db_rows(rows) && in->count < CLAIM; i++)
		in->taken[in->count++] = read_taken(rows, i, t->trunk.arena);
	return in->count > 0;
}

/* --- one mail -------------------------------------------------------------------------------------- */
/* 2 s, 4 s, ... a quarter of an hour. */
static bool wait_for(struct ticker *t, const struct taken *taken, const char *why, bool was_killed)
{
	int64_t wait_s = 2LL << (taken->attempts < 9 ? taken->attempts : 9);

	log_warn("a mail waits", LOG_UUID("inbound_id", &taken->id), LOG_TEXT("reason", why));
	db_reset(t->trunk.db);
	db_send(t->trunk.db, QUERY_intake_wait, P_UUID(&taken->id), P_TEXT(text_of(why)),
	        P_INT(wait_s < WAIT_MOST_S ? wait_s : WAIT_MOST_S), P_INT(was_killed));
	return db_sync(t->trunk.db) || ticker_database_failed(t);
}

/* Only that the database is not there is nobody's fault. Whatever else goes wrong with one mail, no other waits behind
 * it. */
static bool goes_wrong_alone(struct ticker *t, const struct taken *taken)
{
	enum db_fault fault = db_fault(t->trunk.db);

	if (fault == DB_LOST)
		return false;
	log_error("the database refuses what a mail says", LOG_UUID("inbound_id", &taken->id),
	        LOG_TEXT("error", db_message(t->trunk.db)));
	if (fault == DB_WAIT && !trunk_database_answers(&t->trunk))
		return false;
	db_rollback(t->trunk.db);
	return true;
}

static bool put_aside(struct ticker *t, const struct taken *taken, int message, const char *why)
{
	struct intake *in = t->own;

	log_error("a mail is put aside", LOG_UUID("inbound_id", &taken->id), LOG_TEXT("reason", why));
	switch (settle_aside(t, in->store, taken, message, why)) {
	case SETTLED_DONE:
		return true;
	case SETTLED_NOT_NOW:
		return wait_for(t, taken, "the store takes nothing now", false);
	default:
		return goes_wrong_alone(t, taken) ? wait_for(t, taken, "it cannot be put aside", false)
		                                  : ticker_database_failed(t);
	}
}

/* What the database refuses three times is put aside. */
static bool refused(struct ticker *t, const struct taken *taken, int message)
{
	bool for_good = db_fault(t->trunk.db) == DB_MESSAGE && taken->attempts >= KILLS_MOST;

	if (!goes_wrong_alone(t, taken))
		return ticker_database_failed(t);
	return for_good ? put_aside(t, taken, message, "the database refuses what it says")
	                : wait_for(t, taken, "the database refuses what it says", false);
}

static bool settle(struct ticker *t, const struct taken *taken, struct text json, int message, int parts)
{
	struct intake *in = t->own;
	struct letter *letter = ARENA_NEW(t->trunk.arena, struct letter);
	struct text raw;

	if (!letter_read(json, t->trunk.arena, letter))
		return put_aside(t, taken, message, "its reader gave no answer that can be read");
	raw = keep_map(message);
	if (!raw.data)
		return wait_for(t, taken, "the message cannot be mapped", false);
	letter_hash(letter, raw, t->trunk.arena);
	keep_unmap(raw);
	switch (settle_letter(t, in->store, taken, letter, message, parts)) {
	case SETTLED_DONE:
		return true;
	case SETTLED_NOT_NOW:
		return wait_for(t, taken, "the store takes nothing now", false);
	default:
		return refused(t, taken, message);
	}
}

static bool read_and_settle(struct ticker *t, const struct taken *taken, int message, int parts)
{
	struct intake *in = t->own;
	struct text json;

	if (taken->kills >= KILLS_MOST)
		return put_aside(t, taken, message, "it has ended its reader three times");
	switch (mail_reader_ask(
	        in->reader, message, parts, taken->envelope_from, t->trunk.arena, trunk_pump, t, &json)) {
	case MAIL_READ:
		return settle(t, taken, json, message, parts);
	case MAIL_READ_KILLED:
		metric_add(&killed, 1);
		return wait_for(t, taken, "it has ended its reader", true);
	default:
		return wait_for(t, taken, "no reader starts", false);
	}
}

static bool take_up_row(struct ticker *t, const struct taken *taken)
{
	struct intake *in = t->own;
	int message = keep_file_new(), parts = keep_file_new();
	enum store_outcome fetched = message == -1 || parts == -1 ? STORE_FULL : keep_fetch(in->store, taken, message);
	bool good;

	fault_point("intake.claimed");
	if (fetched == STORE_DONE)
		good = read_and_settle(t, taken, message, parts);
	else if (fetched == STORE_ABSENT && taken->attempts >= KILLS_MOST)
		good = put_aside(t, taken, message, "its bytes are not in the store");
	else
		good = wait_for(t, taken, store_error(), false);
	if (message != -1)
		close(message);
	if (parts != -1)
		close(parts);
	return good;
}

/* What the mail asks for is below its span. */
static bool take_up(struct ticker *t, const struct taken *row)
{
	struct taken taken = *row;
	struct span *span = span_begin(
	        t->trunk.arena, row->traceparent, SPAN_CONSUMER, "intake %.*s", (int)row->door.len, row->door.data);
	bool good;

	taken.traceparent = span_context(span, row->traceparent);
	good = take_up_row(t, &taken);
	span_end(span, !good);
	return good;
}

/* --- what became of what was asked --------------------------------------------------------------------- */
static bool look_after(struct ticker *t)
{
	struct intake *in = t->own;
	struct id_set done = { 0 }, refused = { 0 };
	struct db_result *rows, *figures;

	if (clock_mono_ms() < in->look_after_ms)
		return true;
	in->look_after_ms = clock_mono_ms() + LOOK_MS;
	db_reset(t->trunk.db);
	rows = db_send_params(t->trunk.db, QUERY_intake_unapplied, 0, NULL);
	figures = db_send_params(t->trunk.db, QUERY_intake_figures, 0, NULL);
	if (!db_sync(t->trunk.db))
		return ticker_database_failed(t);
	metric_set(&waiting, db_rows(figures) ? db_int(figures, 0, 1) : 0);
	metric_set(&oldest, db_rows(figures) ? db_int(figures, 0, 2) : 0);
	for (int i = 0; i < db_rows(rows); i++)
		id_set_add(text_equal(db_text(rows, i, 1), TEXT("done")) ? &done : &refused, t->trunk.arena,
		        db_uuid(rows, i, 0));
	if (!done.count && !refused.count)
		return true;
	db_send(t->trunk.db, QUERY_intake_applied, P_TEXT(id_set_literal(&done, t->trunk.arena)),
	        P_TEXT(id_set_literal(&refused, t->trunk.arena)));
	return db_sync(t->trunk.db) || ticker_database_failed(t);
}

bool turn_work(struct ticker *t)
{
	struct intake *in = t->own;

	arena_reset(t->trunk.arena);
	if (!look_after(t) || !claim(t))
		return false;
	for (int i = 0; i < in->count; i++) {
		if (!take_up(t, &in->taken[i]))
			return false;
		trunk_pump(t);
	}
	return true;
}

bool turn_hold(struct ticker *t)
{
	(void)t;
	return true;
}

bool turn_open(struct ticker *t)
{
	struct intake *in = calloc(1, sizeof *in);

	if (!in)
		abort();
	in->store = store_open();
	in->reader = mail_reader_open();
	t->own = in;
	return true;
}

void turn_close(struct ticker *t)
{
	struct intake *in = t->own;

	mail_reader_close(&in->reader);
	store_close(&in->store);
	free(in);
}
