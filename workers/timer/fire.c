/* fire.c - a slice of what is due: deleted, and what it asks for told, in one transaction.
 *
 * Several that are due about one ticket become one command: it looks at the ticket for all that is due by then. Its id
 * follows from the first of them.
 */
#include "workers/timer/timer.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/instant.h"
#include "base/metrics.h"
#include "workers/outbox.h"

static struct metric fired = { .name = "guichet_timers_fired_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Timers that were due and became a command" };
static struct metric lateness = { .name = "guichet_timers_lateness_seconds",
	.labels = "",
	.kind = METRIC_HISTOGRAM,
	.help = "From the due time of a timer until it was fired" };
static struct metric latest = { .name = "guichet_timers_lateness_max_seconds",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "The longest of these since the program was started" };
static int64_t latest_us;

struct uuid due_id(const struct due *due)
{
	return uuid_derive((const struct text[]){ TEXT("guichet.timer"), due->kind,
	                           { (const char *)due->subject.bytes, sizeof due->subject.bytes },
	                           { (const char *)&due->due_us, sizeof due->due_us },
	                           { (const char *)&due->version, sizeof due->version } },
	        5);
}

static struct due read_due(const struct db_result *rows, int row)
{
	return (struct due){ .kind = db_text(rows, row, 0),
		.subject = db_uuid(rows, row, 1),
		.due_us = db_int(rows, row, 2),
		.version = db_int(rows, row, 3),
		.now_us = db_int(rows, row, 4) };
}

bool due_is_schedule(const struct due *due)
{
	return text_equal(due->kind, TEXT("schedule"));
}

/* One that is about the same ticket was told of already. */
static bool is_told(const struct due *dues, int place)
{
	for (int i = 0; i < place; i++)
		if (uuid_equal(&dues[i].subject, &dues[place].subject) && !due_is_schedule(&dues[i]))
			return true;
	return false;
}

static void write_tick(const struct due *due, struct arena *arena, struct rows *outbox)
{
	struct said said = { .id = due_id(due), .now_us = due->now_us };
	struct ticket_tick tick = { .ticket_id = due->subject,
		.kind = word_find(due->kind, timer_kind_words, timer_kind_count),
		.timer_version = due->version };
	char due_at[INSTANT_TEXT_BYTES];

	instant_write(due->due_us, due_at);
	tick.due_at = text_of(due_at);
	outbox_command(rows_begin(outbox), &said, COMMAND_ticket_tick, &tick,
	        lane_queue(arena, "cmd.ticket.", uuid_last_digit(&due->subject)));
	rows_end(outbox);
}

static void write_ticks(const struct due *dues, int count, struct arena *arena, struct rows *outbox)
{
	for (int i = 0; i < count; i++)
		if (!due_is_schedule(&dues[i]) && !is_told(dues, i))
			write_tick(&dues[i], arena, outbox);
}

/* Once it is committed. */
static void remember(struct timer *own, const struct due *dues, int count)
{
	int64_t now_ms = clock_mono_ms();

	for (int i = 0; i < count; i++) {
		int64_t late_us = dues[i].now_us - dues[i].due_us;

		metric_observe(&lateness, late_us);
		if (late_us > latest_us)
			latest_us = late_us;
		if (due_is_schedule(&dues[i]) || !is_told(dues, i))
			flight_add(&own->flight, due_id(&dues[i]), now_ms);
	}
	metric_add(&fired, count);
	metric_set(&latest, latest_us / 1000000);
}

/* False: the database failed. */
static bool tell(struct ticker *t, const struct due *dues, int count)
{
	struct rows outbox;

	rows_init(&outbox, t->trunk.arena);
	write_ticks(dues, count, t->trunk.arena, &outbox);
	if (!schedules_fire(t, dues, count, &outbox))
		return false;
	if (outbox.count)
		db_send(t->trunk.db, QUERY_outbox_store, P_TEXT(rows_done(&outbox)));
	fault_point("timer.committing");
	return db_commit(t->trunk.db);
}

int timer_fire(struct ticker *t)
{
	struct db_result *rows;
	struct due *dues;
	int count;

	db_begin(t->trunk.db);
	rows = db_send(t->trunk.db, QUERY_timer_take, P_INT(TIMER_SLICE));
	if (!db_sync(t->trunk.db))
		return -1;
	count = db_rows(rows);
	dues = ARENA_ARRAY(t->trunk.arena, struct due, count + 1);
	for (int i = 0; i < count; i++)
		dues[i] = read_due(rows, i);
	if (!tell(t, dues, count))
		return -1;
	fault_point("timer.committed");
	if (count) {
		remember(t->own, dues, count);
		timer_poke_relay(t->own);
	}
	return count;
}
