/* queues.c - the queues as they were seen: what the broker counts, what their readers hold, who lets them rest. */
#include "workers/monitor/monitor.h"

static int64_t count(const json_t *object, const char *member, int64_t otherwise)
{
	const json_t *value = json_object_get(object, member);

	return json_is_number(value) ? (int64_t)json_number_value(value) : otherwise;
}

static struct queue_seen read_queue(const json_t *counted)
{
	const json_t *ever = json_object_get(counted, "message_stats");

	return (struct queue_seen){ .exists = counted != NULL,
		.ready = count(counted, "messages_ready", 0),
		.unacked = count(counted, "messages_unacknowledged", 0),
		.consumers = count(counted, "consumers", 0),
		.published = count(ever, "publish", -1),
		.acked = count(ever, "ack", -1) };
}

static bool rests(const json_t *pauses, const char *queue, const struct program *reader)
{
	return monitor_find(pauses, "target", queue) || (reader && monitor_find(pauses, "target", reader->name));
}

/* Whose standing still is no fault of its reader: it rests, or (pauses is NULL) the database is away. */
static bool cannot_move(const struct queue_watch *w, const json_t *pauses)
{
	return !pauses || rests(pauses, w->name, program_reading(text_of(w->name)));
}

/* What its reader holds is known exactly; what nobody holds by watching. */
static int64_t oldest_s(const struct queue_watch *w, const json_t *heads, int64_t now_ms)
{
	int64_t held = count(heads, w->name, 0), watched = watch_oldest_s(w, now_ms);

	if (w->seen.ready + w->seen.unacked == 0)
		return 0;
	return held > watched ? held : watched;
}

static json_t *describe(const struct queue_watch *w, const json_t *seen, int64_t now_ms)
{
	const struct program *reader = program_reading(text_of(w->name));
	const json_t *pauses = json_object_get(seen, "pauses"); /* NULL: the database is away */
	bool paused = rests(pauses, w->name, reader);
	int64_t forecast = watch_forecast_s(w);

	return json_pack("{s:s, s:s?, s:b, s:b, s:I, s:I, s:I, s:f, s:f, s:I, s:o, s:I, s:o}", "name", w->name,
	        "program", reader ? reader->name : NULL, "exists", !w->gone_ms, "isPaused", paused, "ready",
	        (json_int_t)w->seen.ready, "unacked", (json_int_t)w->seen.unacked, "consumers",
	        (json_int_t)w->seen.consumers, "inPerSecond", watch_in(w), "outPerSecond", watch_out(w),
	        "oldestSeconds", (json_int_t)oldest_s(w, json_object_get(seen, "heads"), now_ms), "stalledSeconds",
	        pauses ? json_integer(paused ? 0 : watch_stalled_s(w, now_ms)) : json_null(), "goneSeconds",
	        (json_int_t)watch_gone_s(w, now_ms), "forecastSeconds",
	        forecast < 0 ? json_null() : json_integer(forecast));
}

void monitor_see_queues(struct monitor *m, json_t *seen, int64_t now_ms)
{
	json_t *counted = json_object_get(seen, "queues"), *list;

	if (!json_is_array(counted)) { /* the broker is away */
		for (int i = 0; i < m->queue_count; i++)
			watch_miss(&m->queues[i], now_ms);
		json_object_del(seen, "queues");
		return;
	}
	list = json_array();
	for (int i = 0; i < m->queue_count; i++) {
		struct queue_seen queue = read_queue(monitor_find(counted, "name", m->queues[i].name));

		watch_see(&m->queues[i], now_ms, &queue);
		if (cannot_move(&m->queues[i], json_object_get(seen, "pauses")))
			watch_miss(&m->queues[i], now_ms);
		json_array_append_new(list, describe(&m->queues[i], seen, now_ms));
	}
	json_object_set_new(seen, "queues", list);
	json_object_del(seen, "heads");
}
