/* rows.c - the JSON arrays that feed one statement each, and lists of ids. */
#include "base/arena.h"
#include "base/clock.h"
#include "workers/rows.h"

void rows_init(struct rows *rows, struct arena *arena)
{
	buffer_init(&rows->json, arena, 1024);
	buffer_string(&rows->json, "[");
	rows->count = 0;
}

struct buffer *rows_begin(struct rows *rows)
{
	buffer_string(&rows->json, rows->count++ ? ",{" : "{");
	return &rows->json;
}

void rows_end(struct rows *rows)
{
	buffer_string(&rows->json, "}");
}

struct text rows_done(struct rows *rows)
{
	buffer_string(&rows->json, "]");
	return buffer_view(&rows->json);
}

void rows_uuid(struct buffer *out, const char *name, const struct uuid *id)
{
	char text[UUID_TEXT_BYTES];

	if (uuid_is_none(id)) {
		buffer_json_member(out, name, TEXT_NONE);
		return;
	}
	uuid_format(id, text);
	buffer_json_member(out, name, text_of(text));
}

void rows_time(struct buffer *out, const char *name, int64_t unix_us)
{
	char text[CLOCK_TEXT_BYTES];

	if (!unix_us) {
		buffer_json_member(out, name, TEXT_NONE);
		return;
	}
	clock_format(unix_us, text);
	buffer_json_member(out, name, text_of(text));
}

void id_set_add(struct id_set *set, struct arena *arena, struct uuid id)
{
	if (uuid_is_none(&id))
		return;
	for (int i = 0; i < set->count; i++)
		if (uuid_equal(&set->ids[i], &id))
			return;
	if (set->count == set->capacity) {
		struct uuid *grown = ARENA_ARRAY(arena, struct uuid, set->capacity ? 2 * set->capacity : 32);

		for (int i = 0; i < set->count; i++)
			grown[i] = set->ids[i];
		set->capacity = set->capacity ? 2 * set->capacity : 32;
		set->ids = grown;
	}
	set->ids[set->count++] = id;
}

struct text id_set_literal(const struct id_set *set, struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, 40 * (size_t)set->count + 3);
	buffer_string(&out, "{");
	for (int i = 0; i < set->count; i++) {
		char text[UUID_TEXT_BYTES];

		uuid_format(&set->ids[i], text);
		buffer_printf(&out, "%s%s", i ? "," : "", text);
	}
	buffer_string(&out, "}");
	return buffer_view(&out);
}
