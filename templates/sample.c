/* sample.c - see sample.h. A field without a row here stands for itself: «name». */
#include "templates/sample.h"

#include <string.h>
#include "base/arena.h"

static const struct {
	const char *field, *value;
} samples[] = {
	{ "userName", "Zoé Martin" },
	{ "adminName", "Ana Agent" },
	{ "authorName", "Ana Agent" },
	{ "assigneeName", "Ana Agent" },
	{ "ticketNumber", "HD-2026-000042" },
	{ "title", "The printer is on fire" },
	{ "subjectTitle", "The printer is on fire" },
	{ "priority", "high" },
	{ "category", "hardware" },
	{ "oldStatus", "open" },
	{ "newStatus", "in_progress" },
	{ "comment", "Please unplug it.\nWe are on our way." },
	{ "resolution", "It was put out." },
	{ "additionalChanges", "- Tags: printer" },
	{ "dueTime", "2026-12-07 14:00" },
	{ "deadline", "2026-12-07 14:00" },
	{ "target", "resolution" },
	{ "percent", "75" },
	{ "level", "1" },
	{ "fileName", "tray.png" },
	{ "signature", "Eicar-Test-Signature" },
	{ "severity", "critical" },
	{ "message", "The service ticket is down." },
	{ "todo", "Start guichet-ticket." },
	{ "seconds", "90" },
	{ "actionLink", "https://desk.example/api/v1/auth/links/8f14e45f" },
	{ "link", "https://desk.example/tickets/HD-2026-000042" },
};

static json_t *value_of(struct arena *arena, const char *name)
{
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		if (!strcmp(samples[i].field, name))
			return json_string(samples[i].value);
	return json_string(arena_printf(arena, "«%s»", name));
}

/* "items.title": title of each of two items. */
static void set_member(struct arena *arena, json_t *values, const char *list, const char *name)
{
	json_t *items = json_object_get(values, list);

	if (!json_is_array(items)) {
		items = json_pack("[{}, {}]");
		json_object_set_new(values, list, items);
	}
	for (size_t i = 0; i < json_array_size(items); i++)
		json_object_set_new(json_array_get(items, i), name, value_of(arena, name));
}

json_t *sample_values(const struct template *template)
{
	struct arena *arena = arena_new(2048);
	json_t *values = json_object();

	for (const char *at = template->fields; *at; at += *at == ' ') {
		size_t len = strcspn(at, " ");
		char *name = text_dup(arena, (struct text){ at, len }), *dot = strchr(name, '.');

		at += len;
		if (dot) {
			*dot = '\0';
			set_member(arena, values, name, dot + 1);
		} else if (!json_object_get(values, name)) {
			json_object_set_new(values, name, value_of(arena, name));
		}
	}
	json_object_set_new(values, "link", value_of(arena, "link"));
	json_object_set_new(values, "attachments",
	        json_pack("[{s:s, s:s, s:s}]", "name", "tray.png", "size", "42 KB", "url",
	                "https://desk.example/files/tray"));
	json_object_set_new(values, "comments",
	        json_pack("[{s:s, s:s, s:s}]", "author", "Ana Agent", "at", "2026-12-07 09:30", "content",
	                "Is it still burning?"));
	arena_free(&arena);
	return values;
}

bool sample_read(const struct template *template, const json_t *parts, struct arena *arena, struct template_edit *out,
        struct template_fault *out_fault)
{
	struct text sources[TEMPLATE_PARTS];

	for (int i = 0; i < TEMPLATE_PARTS; i++)
		sources[i] = text_of(json_string_value(json_object_get(parts, template_part_words[i])));
	return template_parse(arena, template, sources, out, out_fault);
}

bool sample_tries(
        const struct template *template, const json_t *parts, struct arena *arena, struct template_fault *out_fault)
{
	json_t *values = sample_values(template);
	struct template_edit edit;
	struct rendered said;
	bool good = sample_read(template, parts, arena, &edit, out_fault);

	if (good && !template_fill(template, &edit, values, NULL, arena, &said)) {
		*out_fault = (struct template_fault){ json_object_get(parts, "html") ? PART_HTML : PART_TEXT,
			{ 1, 1, "filled in, it is too long" } };
		good = false;
	}
	json_decref(values);
	return good;
}
