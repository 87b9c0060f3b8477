/* sla_holidays.c - "sla holidays import": the holidays of an iCalendar for a working calendar.
 *
 * What it would change is shown first and counted day by day; the change itself is the command calendar.update, sent by
 * the outbox in the desk's own name, so that it is a version, an event of the trail, and has open tickets computed
 * anew.
 */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/day.h"
#include "base/process.h"
#include "base/trust.h"
#include "ops/guichetctl/commands.h"
#include "ops/guichetctl/fetch.h"
#include "ops/guichetctl/holiday_feed.h"
#include "queues/contract.h"
#include "queues/envelope.h"
#include "sql/db.h"

#define YEARS 3
#define HOLIDAYS_MOST 400
#define APPLIED_WITHIN_MS 15000
#define APPLIED_LOOK_MS 50
#define DAY_US (86400LL * 1000000)

struct import {
	struct ctl *ctl;
	struct db *db;
	struct uuid calendar_id;
	int64_t version;
	json_t *before, *after, *added, *removed; /* lists of days and rules */
	struct holiday_feed feed;
};

static bool has(const json_t *list, const char *day)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item) if (!strcmp(json_string_value(item), day)) return true;
	return false;
}

/* --- what is there ------------------------------------------------------------------------ */
static bool find_calendar(struct import *in)
{
	const char *wanted = option_text(in->ctl, "calendar");
	struct db_result *rows = db_send(in->db, QUERY_ctl_calendar_find, P_TEXT(text_of(wanted)));

	if (!db_sync(in->db))
		return database_failed(in->ctl, in->db, "the calendar cannot be read") == CTL_GOOD;
	if (!db_rows(rows))
		return say_failed(in->ctl, "there is no calendar with the id or the name '%s'", wanted) == CTL_GOOD;
	in->calendar_id = db_uuid(rows, 0, 0);
	in->version = db_int(rows, 0, 1);
	in->before = json_loadb(db_text(rows, 0, 2).data, db_text(rows, 0, 2).len, 0, NULL);
	db_reset(in->db);
	return true;
}

static bool read_feed(struct import *in)
{
	int64_t years = option_number(in->ctl, "years", YEARS);
	struct text ical = fetch(in->ctl, in->ctl->operands[1]);
	int year, month, day;

	if (!ical.data)
		return false;
	day_to_date(clock_unix_us() / DAY_US, &year, &month, &day);
	if (years < 1 || years > 20)
		return say_failed(in->ctl, "--years is 1 to 20") == CTL_GOOD;
	if (!holiday_feed_read(ical, day_of_date(year, 1, 1), day_of_date(year + (int)years - 1, 12, 31), &in->feed))
		return say_failed(in->ctl, "%s is no iCalendar, or has no event", in->ctl->operands[1]) == CTL_GOOD;
	if (in->feed.passed_over)
		say("%d events were passed over: they have a time of the day, or are cancelled", in->feed.passed_over);
	return true;
}

/* --- what changes ---------------------------------------------------------------------------- */
static void compare(struct import *in)
{
	json_t *item;
	size_t i;

	in->after = option_flag(in->ctl, "replace") ? json_array() : json_deep_copy(in->before);
	in->added = json_array();
	in->removed = json_array();
	for (int n = 0; n < in->feed.count; n++) {
		int year, month, day;
		char text[32];

		day_to_date(in->feed.days[n], &year, &month, &day);
		snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
		if (!has(in->after, text))
			json_array_append_new(in->after, json_string(text));
		if (!has(in->before, text))
			json_array_append_new(in->added, json_string(text));
	}
	json_array_foreach(in->before, i, item) if (!has(in->after, json_string_value(item)))
	        json_array_append(in->removed, item);
}

static void show(const struct import *in, bool applied)
{
	json_t *item;
	size_t i;

	if (in->ctl->json) {
		say_json(json_pack("{s:O, s:O, s:b}", "added", in->added, "removed", in->removed, "applied", applied));
		return;
	}
	json_array_foreach(in->added, i, item) printf("+ %s\n", json_string_value(item));
	json_array_foreach(in->removed, i, item) printf("- %s\n", json_string_value(item));
	printf("%zu added, %zu removed%s\n", json_array_size(in->added), json_array_size(in->removed),
	        applied ? "" : "; nothing was changed");
}

/* --- changing it ------------------------------------------------------------------------------- */
static bool send_update(struct import *in, struct uuid command)
{
	char *holidays = json_dumps(in->after, JSON_COMPACT);
	const struct record *record = &commands[COMMAND_calendar_update].record;
	struct calendar_update fields = {
		.calendar_id = in->calendar_id, .if_match = in->version, .holidays = text_of(holidays)
	};
	struct envelope envelope = { .id = command, .type = text_of(record->type), .accepted_at = clock_unix_us() };
	struct message message = { .redelivered = false };
	struct buffer body, row;

	buffer_init(&body, in->ctl->arena, 1024);
	buffer_init(&row, in->ctl->arena, 2048);
	contract_write(record, &fields, &body);
	free(holidays);
	envelope.body = buffer_view(&body);
	envelope_fingerprint(envelope.type, envelope.body, envelope.fp);
	envelope_write(&envelope, in->ctl->arena, &message);
	buffer_string(&row, "[{");
	buffer_json_member(&row, "exchange", TEXT("guichet.commands"));
	buffer_json_member(&row, "routing_key", TEXT("cmd.desk"));
	buffer_json_member(&row, "type", envelope.type);
	buffer_json_name(&row, "headers");
	message_headers_json(&message, &row);
	buffer_json_member(&row, "body", envelope.body);
	buffer_string(&row, "}]");
	db_begin(in->db);
	db_send(in->db, QUERY_outbox_store, P_TEXT(buffer_view(&row)));
	return db_commit(in->db);
}

/* The relay and the desk worker have some seconds. */
static enum ctl_exit wait_until_applied(struct import *in, struct uuid command)
{
	for (int i = 0; i < APPLIED_WITHIN_MS / APPLIED_LOOK_MS; i++) {
		struct db_result *rows;

		db_reset(in->db);
		rows = db_send(in->db, QUERY_ctl_command_outcome, P_UUID(&command));
		if (!db_sync(in->db))
			return database_failed(in->ctl, in->db, "the outcome cannot be read");
		if (db_rows(rows) && text_equal(db_text(rows, 0, 0), TEXT("done")))
			return CTL_GOOD;
		if (db_rows(rows))
			return say_failed(in->ctl, "the change was refused: %.*s", (int)db_text(rows, 0, 1).len,
			        db_text(rows, 0, 1).data);
		process_nap_ms(APPLIED_LOOK_MS);
	}
	return say_failed(
	        in->ctl, "the change is on its way, and not applied yet: do the relay and the desk worker run?");
}

static enum ctl_exit change(struct import *in)
{
	struct uuid command = uuid_new();
	bool same = !json_array_size(in->added) && !json_array_size(in->removed);
	enum ctl_exit code;

	if (in->feed.overflowed || json_array_size(in->after) > HOLIDAYS_MOST)
		return say_failed(in->ctl, "a calendar has %d holidays at most: ask for fewer --years", HOLIDAYS_MOST);
	if (same || option_flag(in->ctl, "dry-run")) {
		show(in, false);
		return CTL_GOOD;
	}
	if (!send_update(in, command))
		return database_failed(in->ctl, in->db, "nothing was changed");
	code = wait_until_applied(in, command);
	if (code == CTL_GOOD)
		show(in, true);
	return code;
}

static enum ctl_exit run(struct import *in)
{
	enum ctl_exit code = CTL_WRONG;

	if (find_calendar(in) && read_feed(in)) {
		compare(in);
		code = change(in);
	}
	json_decref(in->before);
	json_decref(in->after);
	json_decref(in->added);
	json_decref(in->removed);
	return code;
}

static enum ctl_exit holidays(struct ctl *ctl)
{
	struct import in = { .ctl = ctl };
	enum ctl_exit code;

	if (ctl->operand_count != 2 || strcmp(ctl->operands[0], "import") != 0) {
		say("sla holidays import wants one file or address");
		return CTL_USAGE;
	}
	in.db = database_open(ctl);
	code = in.db ? run(&in) : CTL_WRONG;
	db_close(&in.db);
	return code;
}

static const struct option_row options[] = {
	{ "calendar", OPTION_TEXT, "ID", NULL, true, "the working calendar, by its id or its name" },
	{ "years", OPTION_NUMBER, "N", .help = "of this year and the years after it, N in all (default 3)" },
	{ "replace", OPTION_FLAG, .help = "the calendar's holidays become those of the feed; else they are added" },
	{ "dry-run", OPTION_FLAG, .help = "only show what would change" },
	{ 0 },
};
static struct setting *const settings[] = { db_settings, trust_settings, NULL };

const struct command_row sla_holidays_commands[] = {
	{ "sla", "holidays", "import FILE|URL", "takes the holidays of an iCalendar over into a working calendar",
	        "Events of whole days are holidays, also those that come again by a rule; others are passed over. What "
	        "is\n"
	        "added and removed is listed. The calendar gets another version, the trail an event, and open tickets "
	        "are\n"
	        "computed anew.",
	        options, settings, holidays },
	{ 0 },
};
