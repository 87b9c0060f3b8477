/* recompute.c - a policy or a calendar has changed: every open ticket that it concerns is asked to compute its clocks
 * anew.
 *
 * A slice of tickets a turn, in the order of their ids; how far it has come stands in the timer's row, so that whoever
 * goes on, after whatever has happened, goes on there. Another change begins from the first ticket. The commands are
 * small and stand in the lanes between all others.
 */
#include "workers/timer/timer.h"

#include "base/clock.h"
#include "workers/outbox.h"

/* A recomputation that goes on. */
struct walk {
	struct uuid subject, after;
	struct text of;
	int64_t version, now_us;
};

static struct uuid command_id(const struct walk *walk, const struct uuid *ticket)
{
	return uuid_derive((const struct text[]){ TEXT("guichet.recompute"),
	                           { (const char *)walk->subject.bytes, sizeof walk->subject.bytes },
	                           { (const char *)&walk->version, sizeof walk->version },
	                           { (const char *)ticket->bytes, sizeof ticket->bytes } },
	        4);
}

static void write_order(const struct walk *walk, struct uuid ticket, struct arena *arena, struct rows *outbox)
{
	struct said said = { .id = command_id(walk, &ticket), .now_us = walk->now_us };
	struct ticket_recompute order = { .ticket_id = ticket };

	outbox_command(rows_begin(outbox), &said, COMMAND_ticket_recompute, &order,
	        lane_queue(arena, "cmd.ticket.", uuid_last_digit(&ticket)));
	rows_end(outbox);
}

/* False: there is nothing to walk, or the database failed. */
static bool take(struct ticker *t, struct walk *out)
{
	struct db_result *rows = db_send_params(t->trunk.db, QUERY_recompute_take, 0, NULL);

	if (!db_sync(t->trunk.db) || !db_rows(rows))
		return false;
	*out = (struct walk){ .subject = db_uuid(rows, 0, 0),
		.of = db_text(rows, 0, 1),
		.version = db_int(rows, 0, 2),
		.after = db_uuid(rows, 0, 3),
		.now_us = db_int(rows, 0, 4) };
	return true;
}

static void write_slice(struct ticker *t, const struct walk *walk, const struct db_result *tickets)
{
	struct timer *own = t->own;
	struct rows outbox;

	rows_init(&outbox, t->trunk.arena);
	for (int i = 0; i < db_rows(tickets); i++) {
		struct uuid ticket = db_uuid(tickets, i, 0);

		if (!db_bool(tickets, i, 1))
			continue;
		write_order(walk, ticket, t->trunk.arena, &outbox);
		flight_add(&own->flight, command_id(walk, &ticket), clock_mono_ms());
	}
	if (outbox.count)
		db_send(t->trunk.db, QUERY_outbox_store, P_TEXT(rows_done(&outbox)));
}

/* The number of tickets that were looked at. */
static int walk_on(struct ticker *t, const struct walk *walk)
{
	struct db_result *tickets = db_send(t->trunk.db, QUERY_recompute_walk, P_TEXT(walk->of), P_UUID(&walk->subject),
	        P_UUID(&walk->after), P_INT(TIMER_SLICE));
	struct uuid last = { { 0 } };
	int count;

	if (!db_sync(t->trunk.db))
		return -1;
	count = db_rows(tickets);
	write_slice(t, walk, tickets);
	if (count == TIMER_SLICE)
		last = db_uuid(tickets, count - 1, 0);
	db_send(t->trunk.db, QUERY_recompute_go_on, P_UUID(&walk->subject), P_UUID(&last));
	return db_commit(t->trunk.db) ? count : -1;
}

int timer_recompute(struct ticker *t)
{
	struct walk walk;
	int count;

	db_begin(t->trunk.db);
	if (!take(t, &walk)) {
		bool fine = db_fault(t->trunk.db) == DB_FINE;

		db_rollback(t->trunk.db);
		return fine ? 0 : -1;
	}
	count = walk_on(t, &walk);
	if (count > 0)
		timer_poke_relay(t->own);
	return count;
}
