/* record.c - what was seen, into the database: the object, every ten seconds its figures, and alerts with their events.
 */
#include "base/clock.h"
#include "workers/monitor/monitor.h"
#include "workers/outbox.h"
#include "workers/rows.h"

#define SERIES_MS 10000
#define FORGET_MS 3600000

/* --- figures of ten seconds -------------------------------------------------------------- */
static json_t *figures(const json_t *seen)
{
	json_t *queues = json_object(), *queue;
	size_t index;

	json_array_foreach(json_object_get(seen, "queues"), index, queue)
	        json_object_set_new(queues, json_string_value(json_object_get(queue, "name")),
	                json_pack("[I, O, O]",
	                        (json_int_t)(json_integer_value(json_object_get(queue, "ready")) +
	                                     json_integer_value(json_object_get(queue, "unacked"))),
	                        json_object_get(queue, "inPerSecond"), json_object_get(queue, "outPerSecond")));
	return json_pack("{s:o, s:O, s:O, s:O, s:O, s:O}", "queues", queues, "outbox",
	        json_object_get(json_object_get(seen, "outbox"), "waiting"), "mail",
	        json_object_get(json_object_get(seen, "mail"), "waiting"), "files",
	        json_object_get(json_object_get(seen, "files"), "waiting"), "webhooks",
	        json_object_get(json_object_get(seen, "webhooks"), "waiting"), "inbound",
	        json_object_get(json_object_get(seen, "inbound"), "waiting"));
}

static void send_series(struct ticker *t, const json_t *seen)
{
	struct monitor *m = t->own;
	int64_t now_ms = clock_mono_ms();
	json_t *now;

	if (now_ms >= m->series_after_ms) {
		m->series_after_ms = now_ms + SERIES_MS;
		now = figures(seen);
		db_send(t->trunk.db, QUERY_monitor_series, P_TEXT(monitor_dump(now, t->trunk.arena)));
		json_decref(now);
	}
	if (now_ms >= m->forget_after_ms) {
		m->forget_after_ms = now_ms + FORGET_MS;
		db_send_params(t->trunk.db, QUERY_monitor_forget, 0, NULL);
	}
}

/* --- alerts ------------------------------------------------------------------------------------- */
static struct text both(const struct alert *a, const char *french, const char *english, struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, 512);
	buffer_string(&out, "{");
	buffer_json_member(&out, "fr", alert_says(a, french, arena));
	buffer_json_member(&out, "en", alert_says(a, english, arena));
	buffer_string(&out, "}");
	return buffer_view(&out);
}

static void write_row(struct rows *rows, const struct alert *a, struct arena *arena)
{
	struct buffer *row = rows_begin(rows);

	rows_uuid(row, "id", &a->id);
	buffer_json_member(row, "name", text_of(a->row->name));
	buffer_json_member(row, "subject", text_of(a->subject));
	buffer_json_member(row, "severity", text_of(alert_severity_word(a->row->severity)));
	rows_time(row, "since", a->since_us);
	buffer_printf(row, ",\"value\":%.3f", a->value);
	buffer_json_member_raw(row, "message", both(a, a->row->french, a->row->english, arena));
	buffer_json_member_raw(row, "todo", both(a, a->row->french_todo, a->row->english_todo, arena));
	rows_end(rows);
}

static const struct text_list called = { (struct text[]){ { "role:admin", sizeof "role:admin" - 1 } }, 1 };

static struct said about(const struct alert *a, const char *what)
{
	struct said said = { .now_us = clock_unix_us() };

	said.id = uuid_derive_at(said.now_us / 1000, what, &a->id, 0);
	return said;
}

static void tell_fired(struct rows *outbox, const struct alert *a, struct arena *arena)
{
	struct said said = about(a, "fired");
	struct alert_fired members = { .alert_id = a->id,
		.name = text_of(a->row->name),
		.target = *a->subject ? text_of(a->subject) : TEXT_NONE,
		.severity = a->row->severity,
		.message = alert_says(a, a->row->english, arena),
		.french = alert_says(a, a->row->french, arena),
		.todo = alert_says(a, a->row->english_todo, arena),
		.french_todo = alert_says(a, a->row->french_todo, arena),
		.notify = called };

	outbox_event(rows_begin(outbox), &said, EVENT_alert_fired, &members);
	rows_end(outbox);
}

static void tell_resolved(struct rows *outbox, const struct alert *a)
{
	struct said said = about(a, "resolved");
	struct alert_resolved members = { .alert_id = a->id,
		.name = text_of(a->row->name),
		.target = *a->subject ? text_of(a->subject) : TEXT_NONE,
		.severity = a->row->severity,
		.seconds = (said.now_us - a->since_us) / 1000000,
		.notify = called };

	outbox_event(rows_begin(outbox), &said, EVENT_alert_resolved, &members);
	rows_end(outbox);
}

/* Sends what has changed; what still fires has its value renewed. True: there is something to tell. */
static bool send_alerts(struct ticker *t)
{
	struct monitor *m = t->own;
	struct arena *arena = t->trunk.arena;
	struct rows firing, outbox;
	struct id_set over = { 0 };

	rows_init(&firing, arena);
	rows_init(&outbox, arena);
	for (int i = 0; i < m->alerts.count; i++) {
		struct alert *a = &m->alerts.all[i];

		if (a->over && a->written) {
			id_set_add(&over, arena, a->id);
			tell_resolved(&outbox, a);
		}
		if (a->over || !a->firing || !a->object)
			continue;
		write_row(&firing, a, arena);
		if (!a->written)
			tell_fired(&outbox, a, arena);
	}
	if (over.count) /* first: what is over may be back already, as another alert */
		db_send(t->trunk.db, QUERY_alerts_resolve, P_TEXT(id_set_literal(&over, arena)));
	if (firing.count)
		db_send(t->trunk.db, QUERY_alerts_fire, P_TEXT(rows_done(&firing)));
	if (outbox.count)
		db_send(t->trunk.db, QUERY_outbox_store, P_TEXT(rows_done(&outbox)));
	return outbox.count > 0;
}

/* Once it is committed. */
static void mark_written(struct alerts *alerts)
{
	for (int i = 0; i < alerts->count; i++)
		alerts->all[i].written = alerts->all[i].firing && !alerts->all[i].over;
	alerts_forget(alerts);
}

bool monitor_record(struct ticker *t, const json_t *seen, struct text text)
{
	struct monitor *m = t->own;
	bool told;

	db_begin(t->trunk.db);
	db_send(t->trunk.db, QUERY_monitor_state, P_TEXT(text));
	send_series(t, seen);
	told = send_alerts(t);
	if (!db_commit(t->trunk.db))
		return false;
	mark_written(&m->alerts);
	if (told)
		trunk_poke_relay(&t->trunk);
	return true;
}

bool monitor_remember(struct ticker *t)
{
	struct monitor *m = t->own;
	struct db_result *open;
	struct id_set strange = { 0 };

	db_reset(t->trunk.db);
	open = db_send_params(t->trunk.db, QUERY_alerts_open, 0, NULL);
	if (!db_sync(t->trunk.db))
		return false;
	alerts_disown(&m->alerts);
	for (int i = 0; i < db_rows(open); i++)
		if (!alerts_remember(&m->alerts, db_text(open, i, 1), db_text(open, i, 2), db_uuid(open, i, 0),
		            db_int(open, i, 3), clock_mono_ms()))
			id_set_add(&strange, t->trunk.arena, db_uuid(open, i, 0));
	if (strange.count) /* of rows that this version no longer has */
		db_send(t->trunk.db, QUERY_alerts_resolve, P_TEXT(id_set_literal(&strange, t->trunk.arena)));
	return !strange.count || db_sync(t->trunk.db);
}
