/* record.c - see record.h.
 *
 *   BEGIN ─ is the connection, and with it the lock, still ours? ─ move ─ settle ─ events, commands ─ COMMIT
 *
 * The bytes are moved first. When the commit fails they are found where they are (shelf.c), and the same is done again.
 */
#include "workers/scan/record.h"

#include <jansson.h>
#include <stdio.h>
#include "base/fault.h"
#include "base/log.h"
#include "base/metrics.h"
#include "workers/batch.h"
#include "workers/outbox.h"

static struct metric clean = { .name = "guichet_scans_total",
	.labels = "{outcome=\"clean\"}",
	.help = "Verdicts on files, by outcome",
	.kind = METRIC_COUNTER };
static struct metric infected = { .name = "guichet_scans_total",
	.labels = "{outcome=\"infected\"}",
	.help = "Verdicts on files, by outcome",
	.kind = METRIC_COUNTER };
static struct metric unscannable = { .name = "guichet_scans_total",
	.labels = "{outcome=\"unscannable\"}",
	.help = "Verdicts on files, by outcome",
	.kind = METRIC_COUNTER };
static struct metric failed = { .name = "guichet_scans_total",
	.labels = "{outcome=\"error\"}",
	.help = "Verdicts on files, by outcome",
	.kind = METRIC_COUNTER };
static struct metric deferred = { .name = "guichet_scans_total",
	.labels = "{outcome=\"pending\"}",
	.help = "Verdicts on files, by outcome",
	.kind = METRIC_COUNTER };

static struct metric *const outcomes[] = {
	[SCAN_PENDING] = &deferred,
	[SCAN_CLEAN] = &clean,
	[SCAN_INFECTED] = &infected,
	[SCAN_UNSCANNABLE] = &unscannable,
	[SCAN_ERROR] = &failed,
};

/* --- moving ----------------------------------------------------------------------------------- */
static void move(const struct scan *scan, struct content *c)
{
	if (shelf_put(scan->store, c))
		return;
	c->withdrawn = c->again && c->verdict.state == SCAN_INFECTED;
	log_error("a file cannot be moved: it waits", LOG_UUID("file_id", &c->id), LOG_TEXT("error", store_error()));
	c->verdict = verdict_say(SCAN_PENDING, "it cannot be moved now");
	c->judged = false;
}

/* --- rows ------------------------------------------------------------------------------------- */
/* 2 s, 4 s, ... an hour; soon, when it was not its fault. */
static int64_t wait_of(const struct content *c)
{
	int64_t wait_s = c->judged ? 2LL << (c->attempts < 11 ? c->attempts : 11) : 2;

	return wait_s < 3600 ? wait_s : 3600;
}

static const char *place_of(enum scan_state outcome)
{
	switch (outcome) {
	case SCAN_CLEAN:
		return "kept";
	case SCAN_INFECTED:
	case SCAN_UNSCANNABLE:
		return "quarantine";
	default:
		return "temp";
	}
}

static void write_row(struct rows *rows, const struct content *c, const char *engine)
{
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "id", &c->id);
	buffer_json_member(out, "sha256", c->sha256_hex);
	buffer_json_member(out, "state", text_of(scan_state_word(c->verdict.state)));
	buffer_json_member(out, "note", c->verdict.note[0] ? text_of(c->verdict.note) : TEXT_NONE);
	buffer_json_member(out, "engine", c->is_released ? TEXT("released") : text_of(engine));
	buffer_json_member(out, "place", text_of(place_of(c->verdict.state)));
	if (c->picture_json.data)
		buffer_json_member_raw(out, "picture", c->picture_json);
	buffer_json_member_int(out, "wait_s", wait_of(c));
	buffer_json_member_int(out, "attempts", c->judged);
	buffer_json_member_bool(out, "again", c->again);
	buffer_json_member_bool(out, "withdrawn", c->withdrawn);
	rows_end(rows);
}

static struct text rows_of(const struct scan *scan, const struct content *contents, int count)
{
	struct rows rows;

	rows_init(&rows, scan->arena);
	for (int i = 0; i < count; i++)
		write_row(&rows, &contents[i], engine_name(scan->engine));
	return rows_done(&rows);
}

/* --- telling ---------------------------------------------------------------------------------- */
/* A file whose state has changed. */
struct change {
	struct uuid id, ticket_id, uploaded_by;
	int64_t version, now_us;
	struct text name, state, note, engine, downloaded_by;
	bool was_kept, is_there;
};

static struct change read_change(const struct db_result *rows, int row)
{
	return (struct change){
		.id = db_uuid(rows, row, 0),
		.version = db_int(rows, row, 1),
		.name = db_text(rows, row, 2),
		.ticket_id = db_uuid(rows, row, 3),
		.uploaded_by = db_uuid(rows, row, 4),
		.state = db_text(rows, row, 5),
		.note = db_text(rows, row, 6),
		.engine = db_text(rows, row, 7),
		.was_kept = db_bool(rows, row, 8),
		.is_there = db_bool(rows, row, 9),
		.downloaded_by = db_text(rows, row, 10),
		.now_us = db_int(rows, row, 11),
	};
}

/* A JSON array of ids, as the database has it. */
static struct text_list ids_of(struct text json, struct arena *arena)
{
	json_t *array = json.data ? json_loadb(json.data, json.len, 0, NULL) : NULL;
	struct text_list list = { .count = (int)json_array_size(array) };

	list.items = ARENA_ARRAY(arena, struct text, (size_t)list.count + 1);
	for (int i = 0; i < list.count; i++)
		list.items[i] = text_copy(arena, text_of(json_string_value(json_array_get(array, (size_t)i))));
	json_decref(array);
	return list;
}

static struct said said_of(const struct change *change, const char *label)
{
	return (struct said){
		.id = uuid_derive_at(change->now_us / 1000, label, &change->id, (uint32_t)change->was_kept),
		.now_us = change->now_us,
		.subject = "file",
		.subject_id = change->id,
		.subject_version = change->version,
	};
}

static void tell_infected(struct rows *outbox, const struct change *change, struct arena *arena)
{
	const struct said said = said_of(change, "infected");
	struct buffer *out = rows_begin(outbox);

	outbox_event(out, &said, EVENT_file_infected,
	        &(struct file_infected){ .name = change->name,
	                .ticket_id = change->ticket_id,
	                .uploaded_by = change->uploaded_by,
	                .signature = change->note,
	                .was_shown = change->was_kept ? FLAG_TRUE : FLAG_FALSE,
	                .downloaded_by = ids_of(change->downloaded_by, arena) });
	rows_end(outbox);
	log_warn("a file is infected", LOG_UUID("file_id", &change->id), LOG_VIEW("signature", change->note));
}

static void tell_scanned(struct rows *outbox, const struct change *change)
{
	const struct said said = said_of(change, "scanned");
	struct buffer *out = rows_begin(outbox);

	outbox_event(out, &said, EVENT_file_scanned,
	        &(struct file_scanned){ .name = change->name,
	                .ticket_id = change->ticket_id,
	                .scan_state = word_find(change->state, scan_state_words, scan_state_count),
	                .engine = change->engine });
	rows_end(outbox);
}

/* Its ticket counts it no more, and its history says why. */
static void ask_to_refuse(struct rows *outbox, const struct change *change, struct arena *arena)
{
	const struct said said = said_of(change, "refuse");
	struct buffer *out = rows_begin(outbox);

	outbox_command(out, &said, COMMAND_file_refuse, &(struct file_refuse){ .file_id = change->id },
	        lane_queue(arena, "cmd.ticket.", uuid_last_digit(&change->id)));
	rows_end(outbox);
}

static struct text tellings_of(const struct db_result *changes, struct arena *arena)
{
	struct rows outbox;

	rows_init(&outbox, arena);
	for (int i = 0; i < db_rows(changes); i++) {
		const struct change change = read_change(changes, i);

		if (!text_equal(change.state, TEXT("infected"))) {
			tell_scanned(&outbox, &change);
			continue;
		}
		tell_infected(&outbox, &change, arena);
		if (!uuid_is_none(&change.ticket_id))
			ask_to_refuse(&outbox, &change, arena);
	}
	return rows_done(&outbox);
}

/* --- all of it ------------------------------------------------------------------------------------ */
bool record(struct ticker *t, const struct scan *scan, struct content *contents, int count)
{
	struct db_result *changes;
	bool tells;

	fault_point("scan.looked");
	db_begin(t->trunk.db);
	db_send_params(t->trunk.db, QUERY_scan_clock, 0, NULL);
	if (!db_sync(t->trunk.db))
		return ticker_database_failed(t);
	for (int i = 0; i < count; i++)
		move(scan, &contents[i]);
	fault_point("scan.moved");
	changes = db_send(t->trunk.db, QUERY_scan_settle, P_TEXT(rows_of(scan, contents, count)));
	if (!db_sync(t->trunk.db))
		return ticker_database_failed(t);
	tells = db_rows(changes) > 0;
	if (tells)
		db_send(t->trunk.db, QUERY_outbox_store, P_TEXT(tellings_of(changes, scan->arena)));
	if (!db_commit(t->trunk.db))
		return ticker_database_failed(t);
	ticker_database_answered(t);
	for (int i = 0; i < count; i++)
		metric_add(outcomes[contents[i].verdict.state], 1);
	if (tells)
		trunk_poke_relay(&t->trunk);
	return true;
}
