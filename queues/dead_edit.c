/* dead_edit.c - see dead_edit.h. */
#include "queues/dead_edit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define CHANGED_MAX 20

static const struct record *record_of(struct text type)
{
	const struct command *command = command_find(type);

	if (command)
		return &command->record;
	for (int i = 0; i < WORK_COUNT; i++)
		if (text_equal(type, text_of(work_records[i].type)))
			return &work_records[i];
	return NULL;
}

/* What it said, without what is no member of a message; an empty object when it was no JSON. */
static json_t *object_of(struct text body)
{
	json_t *object = json_loadb(body.data, body.len, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(object))
		return object;
	json_decref(object);
	return json_object();
}

/* Lists of texts stay lists; an object stands in a message as its text. */
static json_t *value_for(const struct record *record, const char *member, json_t *value)
{
	const struct field *field = field_find(record, text_of(member));
	char *text;
	json_t *as_text;

	if (!field || field->kind->shape != SHAPE_TEXT || !(json_is_object(value) || json_is_array(value)))
		return json_incref(value);
	text = json_dumps(value, JSON_COMPACT);
	as_text = json_string(text);
	free(text);
	return as_text;
}

static void merge(const struct record *record, json_t *object, json_t *set)
{
	const char *member;
	json_t *value;

	json_object_foreach(set, member, value)
	{
		if (json_is_null(value))
			json_object_del(object, member);
		else
			json_object_set_new(object, member, value_for(record, member, value));
	}
}

static bool subject_stays(
        const struct record *record, const json_t *before, const json_t *after, struct problems *problems)
{
	int known = problems->count;
	char member[FIELD_JSON_BYTES];

	for (int i = 0; i < record->count; i++) {
		json_t *was;

		if (record->fields[i].need != FROM_PATH && record->fields[i].need != MINTED)
			continue;
		field_json_name(record->fields[i].name, member);
		was = json_object_get(before, member);
		if (was && !json_equal(was, json_object_get(after, member)))
			problem_add(problems, member, "unchangeable", "what a message is about cannot be changed");
	}
	return problems->count == known;
}

static struct text names_of_changed(struct arena *arena, const json_t *before, const json_t *after)
{
	const json_t *sides[2] = { after, before };
	struct buffer out;
	const char *member;
	json_t *value;
	int count = 0;

	buffer_init(&out, arena, 256);
	buffer_string(&out, "[");
	for (int side = 0; side < 2; side++)
		json_object_foreach((json_t *)sides[side], member, value)
		{
			const json_t *other = json_object_get(sides[1 - side], member);

			if ((side == 1 && other) || (other && json_equal(value, other)) || count == CHANGED_MAX ||
			        strlen(member) > LIST_ITEM_CHARS)
				continue;
			buffer_string(&out, count++ ? "," : "");
			buffer_json_text(&out, text_copy(arena, text_of(member)));
		}
	buffer_string(&out, "]");
	return buffer_view(&out);
}

static bool finish(struct arena *arena, const struct record *record, const json_t *before, const json_t *after,
        struct dead_edit *out, struct problems *problems)
{
	void *members = arena_alloc(arena, record->bytes + 1);
	char *text = json_dumps(after, JSON_COMPACT);
	uint8_t fp[FINGERPRINT_BYTES];
	struct buffer body;
	bool good;

	memset(members, 0, record->bytes);
	good = contract_read(record, text_of(text), FROM_MESSAGE, arena, members, problems);
	free(text);
	if (!good)
		return false;
	buffer_init(&body, arena, 1024);
	contract_write(record, members, &body);
	out->body = buffer_view(&body);
	if (out->body.len > BODY_MAX) {
		problem_add(problems, "", "length", "is longer than a message may be");
		return false;
	}
	envelope_fingerprint(text_of(record->type), out->body, fp);
	text_hex(fp, sizeof fp, out->fp);
	out->changed = names_of_changed(arena, before, after);
	return true;
}

bool dead_edit(struct arena *arena, struct text type, struct text body, struct text set, bool whole,
        struct dead_edit *out, struct problems *problems)
{
	const struct record *record = record_of(type);
	json_t *changes, *before, *after;
	bool good;

	if (!record) {
		problem_add(problems, "", "type", "only commands and work can be changed: an event tells what was");
		return false;
	}
	changes = contract_parse(set, problems);
	if (!changes)
		return false;
	before = object_of(body);
	after = whole ? json_object() : json_copy(before);
	merge(record, after, changes);
	good = subject_stays(record, before, after, problems) && finish(arena, record, before, after, out, problems);
	json_decref(changes);
	json_decref(before);
	json_decref(after);
	return good;
}
