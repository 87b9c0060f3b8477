/* publish.c - sends a stretch of outbox rows and hears what the broker says of each. */
#include "workers/relay/relay.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/trace.h"
#include "queues/topology.h"

#define CONFIRM_MS 30000

/* A stretch that is being published. The row places[i] has the tag first + i. */
struct window {
	struct stretch *stretch;
	const struct db_result *rows;
	uint64_t first;
	int places[STRETCH]; /* of the rows that were sent */
	bool heard[STRETCH]; /* has the broker confirmed or refused it */
	struct span **spans; /* of the rows; NULL: nobody keeps it */
	struct arena *arena;
	int sent, settled;
};

void publish_message(const struct db_result *rows, int row, struct message *out)
{
	int64_t accepted_at = 0, replays = 0;

	text_to_int(db_text(rows, row, 11), &accepted_at);
	text_to_int(db_text(rows, row, 15), &replays);
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
		.origin = db_text(rows, row, 14),
		.content_type = TEXT(CONTENT_TYPE),
		.timestamp = (uint64_t)(clock_unix_ms() / 1000),
		.accepted_at = accepted_at,
		.replays = replays };
}

/* The broker confirms a returned row as well, afterwards. It stays marked as returned. */
static void settle_tag(struct window *w, uint64_t tag, bool positive)
{
	uint64_t place = tag - w->first;
	enum row_fate *fate;

	if (tag < w->first || place >= (uint64_t)w->sent || w->heard[place])
		return;
	w->heard[place] = true;
	w->settled++;
	fate = &w->stretch->fates[w->places[place]];
	if (*fate == ROW_SILENT)
		*fate = positive ? ROW_CONFIRMED : ROW_REFUSED;
}

static void hear_confirm(struct window *w, const struct broker_event *event)
{
	if (!event->positive)
		log_warn("the broker refused a message: its queue is full or unwell",
		        LOG_INT("tag", (int64_t)event->tag));
	for (uint64_t tag = event->multiple ? w->first : event->tag; tag <= event->tag; tag++)
		settle_tag(w, tag, event->positive);
}

/* A return has no tag, so the row is found by what it says. The return comes before the confirm. */
static void take_back(struct window *w, const struct message *message)
{
	for (int i = 0; i < w->sent; i++) {
		enum row_fate *fate = &w->stretch->fates[w->places[i]];
		struct message sent;

		publish_message(w->rows, w->places[i], &sent);
		if (*fate != ROW_SILENT || !text_equal(sent.message_id, message->message_id) ||
		        !text_equal(sent.exchange, message->exchange) ||
		        !text_equal(sent.routing_key, message->routing_key))
			continue;
		*fate = ROW_RETURNED;
		return;
	}
}

/* True while the connection stands. */
static bool take_events(struct broker *broker, struct window *w, int wait_ms, struct arena *arena)
{
	struct broker_event event;

	do {
		broker_next(broker, wait_ms, arena, &event);
		if (event.kind == BROKER_CONFIRM)
			hear_confirm(w, &event);
		else if (event.kind == BROKER_RETURN)
			take_back(w, &event.message);
		wait_ms = 0;
	} while (event.kind != BROKER_NOTHING && event.kind != BROKER_LOST);
	return event.kind != BROKER_LOST;
}

static bool is_ahead(const struct ahead *ahead, int64_t id)
{
	for (int i = 0; i < ahead->count; i++)
		if (ahead->ids[i] == id)
			return true;
	return false;
}

/* False: the connection is lost. */
static bool send_rows(struct broker *broker, struct window *w, const struct ahead *ahead)
{
	for (int row = 0; row < w->stretch->count; row++) {
		struct message message;
		uint64_t tag;

		publish_message(w->rows, row, &message);
		if (is_ahead(ahead, db_int(w->rows, row, 1))) {
			w->stretch->fates[row] = ROW_CONFIRMED;
			continue;
		}
		if (!topology_has_exchange(message.exchange) || !broker_can_carry(&message)) {
			w->stretch->fates[row] = topology_has_exchange(message.exchange) ? ROW_UNFIT : ROW_STRAY;
			continue;
		}
		w->spans[row] = span_begin(w->arena, message.traceparent, SPAN_PRODUCER, "relay %.*s",
		        (int)message.type.len, message.type.data);
		message.traceparent = span_context(w->spans[row], message.traceparent);
		w->stretch->fates[row] = ROW_SILENT; /* also when the write fails: some of it may have arrived */
		if (!broker_publish(broker, &message, &tag))
			return false;
		if (!w->first)
			w->first = tag;
		w->places[w->sent++] = row;
	}
	return true;
}

static void look_back(const struct db_result *rows, struct stretch *stretch, struct ahead *ahead)
{
	stretch->confirmed = 0;
	while (stretch->confirmed < stretch->count && stretch->fates[stretch->confirmed] == ROW_CONFIRMED)
		stretch->confirmed++;
	ahead->count = 0;
	for (int row = stretch->confirmed; row < stretch->count; row++)
		if (stretch->fates[row] == ROW_CONFIRMED)
			ahead->ids[ahead->count++] = db_int(rows, row, 1);
}

void publish_rows(struct broker *broker, const struct db_result *rows, struct arena *arena, struct ahead *ahead,
        struct stretch *out)
{
	struct window w = {
		.stretch = out, .rows = rows, .spans = ARENA_ARRAY(arena, struct span *, STRETCH), .arena = arena
	};
	int64_t deadline;

	*out = (struct stretch){ .count = db_rows(rows) < STRETCH ? db_rows(rows) : STRETCH };
	broker_gather(broker, true);
	out->lost = !send_rows(broker, &w, ahead);
	broker_gather(broker, false);
	deadline = clock_mono_ms() + CONFIRM_MS;
	while (!out->lost && w.settled < w.sent && clock_mono_ms() < deadline)
		out->lost = !take_events(broker, &w, 1000, arena);
	if (w.settled < w.sent)
		out->lost = true; /* the broker was silent for too long; a confirm that comes later would be taken for
		                     another row's */
	for (int row = 0; row < out->count; row++)
		span_end(w.spans[row], out->fates[row] != ROW_CONFIRMED);
	look_back(rows, out, ahead);
}
