/* schedule.c - tickets that come again: what a schedule that is due asks for, and when it comes next.
 *
 * A ticket of its owner's, as if he had written it. Times that have passed while nothing ran are one ticket, not one
 * for each: the next time is the first that is still to come. A schedule that was taken away, or rests, asks for
 * nothing.
 */
#include "workers/timer/timer.h"

#include "base/log.h"
#include "base/recurrence.h"
#include "workers/outbox.h"

#define HOUR_US 3600000000LL

static const struct due *due_of(const struct due *dues, int count, struct uuid id)
{
	for (int i = 0; i < count; i++)
		if (due_is_schedule(&dues[i]) && uuid_equal(&dues[i].subject, &id))
			return &dues[i];
	return NULL;
}

static void write_ticket(
        const struct due *due, const struct db_result *rows, int row, struct arena *arena, struct rows *outbox)
{
	struct said said = { .id = due_id(due), .now_us = due->now_us };
	struct ticket_create ticket = {
		.ticket_id = uuid_derive_at(due->now_us / 1000, "schedule", &said.id, 0),
		.title = db_text(rows, row, 5),
		.description = db_text(rows, row, 6),
		.priority = word_find(db_text(rows, row, 7), ticket_priority_words, ticket_priority_count),
		.category = db_text(rows, row, 8),
		.user_id = db_uuid(rows, row, 1),
	};

	outbox_command(rows_begin(outbox), &said, COMMAND_ticket_create, &ticket,
	        lane_queue(arena, "cmd.ticket.", uuid_last_digit(&ticket.ticket_id)));
	rows_end(outbox);
}

static void write_next(const struct due *due, int64_t version, int64_t next_us, struct rows *timers)
{
	struct buffer *out = rows_begin(timers);

	buffer_json_member(out, "kind", TEXT("schedule"));
	rows_uuid(out, "subject", &due->subject);
	rows_time(out, "due_at", next_us);
	buffer_json_member_int(out, "version", version);
	rows_end(timers);
}

/* One whose time zone cannot be read waits until it can. */
static void fire_one(const struct due *due, const struct db_result *rows, int row, struct arena *arena,
        struct rows *outbox, struct rows *timers)
{
	const char *why;
	const struct zone *zone = zone_read(arena, db_text(rows, row, 3), &why);
	int64_t version = db_int(rows, row, 9), next_us;

	if (!zone) {
		log_error(
		        "a schedule waits for an hour", LOG_UUID("schedule_id", &due->subject), LOG_TEXT("zone", why));
		write_next(due, version, due->now_us + HOUR_US, timers);
		return;
	}
	write_ticket(due, rows, row, arena, outbox);
	if (recurrence_after(db_text(rows, row, 2), zone, db_int(rows, row, 4), due->now_us, &next_us))
		write_next(due, version, next_us, timers);
}

bool schedules_fire(struct ticker *t, const struct due *dues, int count, struct rows *outbox)
{
	struct id_set ids = { 0 };
	struct db_result *rows;
	struct rows timers;

	for (int i = 0; i < count; i++)
		if (due_is_schedule(&dues[i]))
			id_set_add(&ids, t->trunk.arena, dues[i].subject);
	if (!ids.count)
		return true;
	rows = db_send(t->trunk.db, QUERY_timer_schedules, P_TEXT(id_set_literal(&ids, t->trunk.arena)));
	if (!db_sync(t->trunk.db))
		return false;
	rows_init(&timers, t->trunk.arena);
	for (int i = 0; i < db_rows(rows); i++)
		fire_one(due_of(dues, count, db_uuid(rows, i, 0)), rows, i, t->trunk.arena, outbox, &timers);
	db_send(t->trunk.db, QUERY_timer_next, P_TEXT(rows_done(&timers)));
	return true;
}
