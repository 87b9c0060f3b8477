/* publish.c - sends a stretch of outbox rows and waits until the broker has them all. */
#include "workers/relay/relay.h"

#include <stdio.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"

#define CONFIRM_MS 30000

/* Which of the stretch are confirmed; tags count on from first. */
struct window {
	uint64_t first;
	int count, confirmed;
	bool is_confirmed[STRETCH];
	bool refused;
};

void cursor_set(struct cursor *cursor, struct text xid, int64_t id)
{
	snprintf(cursor->xid, sizeof cursor->xid, "%.*s", (int)xid.len, xid.data ? xid.data : "0");
	cursor->id = id;
}

static void read_row(const struct db_result *rows, int row, struct message *out)
{
	int64_t accepted_at = 0;

	text_to_int(db_text(rows, row, 11), &accepted_at);
	*out = (struct message){ .exchange = db_text(rows, row, 2),
		.routing_key = db_text(rows, row, 3),
		.type = db_text(rows, row, 4),
		.body = db_text(rows, row, 5),
		.message_id = db_text(rows, row, 6),
		.correlation_id = db_text(rows, row, 7),
		.traceparent = db_text(rows, row, 8),
		.actor = db_text(rows, row, 9),
		.fp = db_text(rows, row, 10),
		.reply_to = db_text(rows, row, 12),
		.handling = db_text(rows, row, 13),
		.content_type = TEXT(CONTENT_TYPE),
		.timestamp = (uint64_t)(clock_unix_ms() / 1000),
		.accepted_at = accepted_at };
}

static void confirm(struct window *w, const struct broker_event *event)
{
	uint64_t from = event->multiple ? w->first : event->tag;

	if (!event->positive) {
		log_warn("the broker refused a message: its queue is full or unwell", LOG_INT("tag", (int64_t)event->tag));
		w->refused = true;
	}
	for (uint64_t tag = from; tag <= event->tag; tag++) {
		uint64_t place = tag - w->first;

		if (tag < w->first || place >= (uint64_t)w->count || w->is_confirmed[place])
			continue;
		w->is_confirmed[place] = true;
		w->confirmed++;
	}
}

/* True while the connection stands. */
static bool take_events(struct broker *broker, struct window *w, int wait_ms, struct arena *arena)
{
	struct broker_event event;

	do {
		broker_next(broker, wait_ms, arena, &event);
		if (event.kind == BROKER_CONFIRM)
			confirm(w, &event);
		else if (event.kind == BROKER_RETURN || event.kind == BROKER_BLOCKED)
			w->refused = true;
		wait_ms = 0;
	} while (event.kind != BROKER_NOTHING && event.kind != BROKER_LOST);
	return event.kind != BROKER_LOST;
}

enum publish_verdict publish_rows(struct broker *broker, const struct db_result *rows, struct arena *arena)
{
	struct window w = { 0 };
	int64_t deadline;

	broker_gather(broker, true);
	for (int row = 0; row < db_rows(rows) && row < STRETCH; row++) {
		struct message message;
		uint64_t tag;

		read_row(rows, row, &message);
		if (!broker_publish(broker, &message, &tag))
			return PUBLISH_LOST;
		if (!w.first)
			w.first = tag;
		w.count++;
	}
	broker_gather(broker, false);
	deadline = clock_mono_ms() + CONFIRM_MS;
	while (w.confirmed < w.count && clock_mono_ms() < deadline)
		if (!take_events(broker, &w, 1000, arena))
			return PUBLISH_LOST;
	if (w.confirmed < w.count)
		return PUBLISH_LOST; /* silent for too long */
	return w.refused ? PUBLISH_REFUSED : PUBLISH_CONFIRMED;
}
