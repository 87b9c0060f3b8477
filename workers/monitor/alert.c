/* alert.c - see alert.h. */
#include "workers/monitor/alert.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

#define CLEAR_MS 5000 /* not seen for so long: it is over */

#define ALERT(name, severity, for_s, list, subject, member, more_than, french, french_todo, english, english_todo)     \
	{ #name, SEVERITY_##severity, for_s, list, subject, member, more_than, french, french_todo, english,           \
		english_todo },
const struct alert_row alert_rows[] = {
#include "workers/monitor/alerts.def"
};
const int alert_row_count = sizeof alert_rows / sizeof *alert_rows;

static double number(const json_t *value)
{
	return json_is_true(value) ? 1 : json_number_value(value);
}

static struct alert *find(struct alerts *alerts, const struct alert_row *row, const char *subject)
{
	for (int i = 0; i < alerts->count; i++)
		if (alerts->all[i].row == row && !alerts->all[i].over && strcmp(alerts->all[i].subject, subject) == 0)
			return &alerts->all[i];
	return NULL;
}

/* NULL: there are too many. */
static struct alert *add(
        struct alerts *alerts, const struct alert_row *row, const char *subject, int64_t now_ms, int64_t now_us)
{
	struct alert *a;

	if (alerts->count == ALERTS_MOST)
		return NULL;
	a = &alerts->all[alerts->count++];
	*a = (struct alert){ .row = row, .since_ms = now_ms, .since_us = now_us };
	snprintf(a->subject, sizeof a->subject, "%s", subject);
	return a;
}

static void see(
        struct alerts *alerts, const struct alert_row *row, const json_t *object, int64_t now_ms, int64_t now_us)
{
	const char *named = row->subject ? json_string_value(json_object_get(object, row->subject)) : "";
	double value = number(json_object_get(object, row->member));
	struct alert *a;

	if (!named || value <= row->more_than)
		return;
	a = find(alerts, row, named);
	if (!a)
		a = add(alerts, row, named, now_ms, now_us);
	if (!a)
		return;
	json_decref(a->object);
	a->object = json_deep_copy(object);
	a->value = value;
	a->seen_ms = now_ms;
	if (!a->firing && now_ms - a->since_ms >= row->for_s * (int64_t)1000) {
		a->firing = true;
		a->id = uuid_new();
	}
}

/* Of a list the object that the alert is about; NULL: there is none any more. */
static const json_t *object_of(const struct alert *a, const json_t *list)
{
	size_t index;
	json_t *object;

	json_array_foreach(list, index, object)
	{
		const char *named = json_string_value(json_object_get(object, a->row->subject));

		if (named && strcmp(named, a->subject) == 0)
			return object;
	}
	return NULL;
}

/* Could what it is about not be looked at, because the database or the broker is away? */
static bool is_dark(const struct alert *a, const json_t *snapshot)
{
	const json_t *list = json_object_get(snapshot, a->row->list), *object = list, *value;

	if (a->row->subject && json_is_array(list) && !(object = object_of(a, list)))
		return false;
	value = json_object_get(object, a->row->member);
	return !value || json_is_null(value);
}

/* One that never fired is no longer spoken of; one that did is over when it has not been seen for a while, though
 * somebody could look. */
static void end_unseen(struct alerts *alerts, const json_t *snapshot, int64_t now_ms)
{
	for (int i = 0; i < alerts->count; i++) {
		struct alert *a = &alerts->all[i];

		if (a->firing && a->seen_ms < now_ms && is_dark(a, snapshot))
			a->seen_ms = now_ms;
		if (a->seen_ms < now_ms && (!a->firing || now_ms - a->seen_ms >= CLEAR_MS))
			a->over = true;
	}
}

void alerts_look(struct alerts *alerts, const json_t *snapshot, int64_t now_ms, int64_t now_us)
{
	alerts_forget(alerts);
	for (int r = 0; r < alert_row_count; r++) {
		const struct alert_row *row = &alert_rows[r];
		const json_t *list = json_object_get(snapshot, row->list);
		size_t index;
		json_t *object;

		if (!row->subject)
			see(alerts, row, list, now_ms, now_us);
		else
			json_array_foreach(list, index, object) see(alerts, row, object, now_ms, now_us);
	}
	end_unseen(alerts, snapshot, now_ms);
}

void alerts_disown(struct alerts *alerts)
{
	for (int i = 0; i < alerts->count; i++) {
		alerts->all[i].over |= alerts->all[i].written;
		alerts->all[i].written = false;
	}
	alerts_forget(alerts);
}

/* How long it takes a process that begins to look until it could see it: since when a queue or a program is as it is
 * is known to who watched. */
static int64_t blind_ms(const struct alert_row *row)
{
	bool is_watched = strcmp(row->list, "queues") == 0 || strcmp(row->list, "programs") == 0;

	return is_watched && strstr(row->member, "Seconds") ? (int64_t)(row->more_than * 1000) : 0;
}

bool alerts_remember(
        struct alerts *alerts, struct text name, struct text subject, struct uuid id, int64_t since_us, int64_t now_ms)
{
	char named[ALERT_SUBJECT_BYTES];

	snprintf(named, sizeof named, "%.*s", (int)subject.len, subject.data);
	for (int r = 0; r < alert_row_count; r++) {
		struct alert *a;

		if (!text_equal(name, text_of(alert_rows[r].name)))
			continue;
		a = find(alerts, &alert_rows[r], named);
		if (!a)
			a = add(alerts, &alert_rows[r], named, now_ms, since_us);
		if (!a)
			return true;
		a->id = id;
		a->firing = a->written = true;
		a->seen_ms = now_ms + blind_ms(a->row);
		a->since_us = since_us;
		return true;
	}
	return false;
}

void alerts_forget(struct alerts *alerts)
{
	int kept = 0;

	for (int i = 0; i < alerts->count; i++) {
		if (!alerts->all[i].over || alerts->all[i].written)
			alerts->all[kept++] = alerts->all[i];
		else
			json_decref(alerts->all[i].object);
	}
	alerts->count = kept;
}

void alerts_clear(struct alerts *alerts)
{
	for (int i = 0; i < alerts->count; i++)
		json_decref(alerts->all[i].object);
	alerts->count = 0;
}

/* --- texts ----------------------------------------------------------------------------- */
static void write_member(const struct alert *a, struct text name, struct buffer *out)
{
	char key[64];
	const json_t *value;

	snprintf(key, sizeof key, "%.*s", (int)name.len, name.data);
	value = json_object_get(a->object, key);
	if (text_equal(name, TEXT("subject")))
		buffer_string(out, a->subject);
	else if (text_equal(name, TEXT("value")))
		buffer_printf(out, "%.0f", a->value);
	else if (json_is_string(value))
		buffer_string(out, json_string_value(value));
	else
		buffer_printf(out, "%.0f", number(value));
}

struct text alert_says(const struct alert *a, const char *pattern, struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, 256);
	while (*pattern) {
		size_t plain = strcspn(pattern, "{");
		const char *end;

		buffer_append(&out, pattern, plain);
		pattern += plain;
		if (!*pattern)
			break;
		end = strchr(pattern, '}');
		write_member(a, (struct text){ pattern + 1, (size_t)(end - pattern - 1) }, &out);
		pattern = end + 1;
	}
	return buffer_view(&out);
}

static json_t *both(const struct alert *a, const char *french, const char *english, struct arena *arena)
{
	struct text fr = alert_says(a, french, arena), en = alert_says(a, english, arena);

	return json_pack("{s:s%, s:s%}", "fr", fr.data, fr.len, "en", en.data, en.len);
}

json_t *alerts_json(const struct alerts *alerts, struct arena *arena)
{
	json_t *list = json_array();

	for (int i = 0; i < alerts->count; i++) {
		const struct alert *a = &alerts->all[i];
		char id[UUID_TEXT_BYTES], since[CLOCK_TEXT_BYTES];

		if (!a->firing || a->over)
			continue;
		uuid_format(&a->id, id);
		clock_format(a->since_us, since);
		json_array_append_new(list,
		        json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:o, s:o}", "id", id, "name", a->row->name, "subject",
		                a->subject, "severity", alert_severity_word(a->row->severity), "since", since, "value",
		                a->value, "message", both(a, a->row->french, a->row->english, arena), "todo",
		                both(a, a->row->french_todo, a->row->english_todo, arena)));
	}
	return list;
}
