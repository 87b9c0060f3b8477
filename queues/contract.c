/* contract.c - a whole body: which members there are, which must be, and the canonical writer. See contract.h. */
#include "queues/contract_private.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 8

/* Nesting is measured on the bytes first: jansson recurses as it parses. */
static bool too_deep(struct text body)
{
	int depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < body.len; i++) {
		char c = body.data[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']'))
			depth--;
		if (depth > DEPTH_MAX)
			return true;
	}
	return false;
}

json_t *contract_parse(struct text body, struct problems *problems)
{
	json_error_t error;
	json_t *object;

	if (body.len > WIRE_MAX) {
		problem_add(problems, "", "length", "the body must not exceed %d bytes", WIRE_MAX);
		return NULL;
	}
	if (too_deep(body)) {
		problem_add(problems, "", "json", "nested deeper than %d levels", DEPTH_MAX);
		return NULL;
	}
	object = json_loadb(body.data, body.len, JSON_REJECT_DUPLICATES, &error);
	if (!object) {
		problem_add(problems, "", "json", "not JSON at line %d, column %d: %s", error.line, error.column,
		        error.text);
		return NULL;
	}
	if (!json_is_object(object)) {
		problem_add(problems, "", "type", "must be a JSON object");
		json_decref(object);
		return NULL;
	}
	return object;
}

/* True when the client may send this member at all. */
static bool is_open(const struct field *field, enum source source)
{
	return field && (source == FROM_MESSAGE || field_is_in_body(field));
}

/* Takes the field's old value away: null, or from a client's form an empty text. */
static bool is_clearing(const struct field *field, enum source source, const json_t *value)
{
	bool text = field->kind->shape == SHAPE_LINE || field->kind->shape == SHAPE_TEXT;
	bool empty = json_is_string(value) && json_string_length(value) == 0;

	return field->need == CLEARABLE && (json_is_null(value) || (source == FROM_CLIENT && text && empty));
}

/* What is known while the members of one body are read. */
struct members {
	const struct record *record;
	enum source source;
	struct arena *arena;
	void *out;
	struct problems *problems;
	bool seen[RECORD_FIELDS_MAX], given[RECORD_FIELDS_MAX];
};

static void read_member(struct members *m, const struct field *field, const char *name, json_t *value)
{
	ptrdiff_t at = field - m->record->fields;
	struct reading r = { field, TEXT_NONE, m->arena, field_of(field, m->out), m->problems };

	if (m->seen[at]) {
		problem_add(m->problems, name, "duplicate", "is given twice, under two names");
		return;
	}
	m->seen[at] = true;
	if (is_clearing(field, m->source, value)) {
		field_clear(field, r.place);
	} else if (!json_is_null(value)) {
		m->given[at] = true;
		reading_take_json(&r, value);
	}
}

/* An object that clients put around some of the fields; a message never has one. */
static void read_group(struct members *m, const char *group, json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		const struct field *field = field_find(m->record, text_of(name));

		if (is_open(field, m->source) && field_is_in_group(m->record, field, text_of(group)))
			read_member(m, field, name, value);
		else
			problem_add(m->problems, name, "unknown", "is not a member of %s", group);
	}
}

static void require_members(struct members *m)
{
	for (int i = 0; i < m->record->count; i++) {
		const struct field *field = &m->record->fields[i];
		bool needed = field->need == REQUIRED ||
		              (m->source == FROM_MESSAGE && (field->need == FROM_PATH || field->need == MINTED));
		char member[FIELD_JSON_BYTES];

		field_json_name(field->name, member);
		if (needed && !m->given[i] && !field_is_present(field, m->out))
			problem_add(m->problems, member, "required", "is required");
	}
}

static void read_members(const struct record *record, json_t *object, enum source source, struct arena *arena,
        void *out, struct problems *problems)
{
	struct members m = { record, source, arena, out, problems, { false }, { false } };
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		const struct field *field = field_find(record, text_of(name));

		if (is_open(field, source))
			read_member(&m, field, name, value);
		else if (source == FROM_CLIENT && json_is_object(value) &&
		         field_is_in_group(record, NULL, text_of(name)))
			read_group(&m, name, value);
		else
			problem_add(problems, name, "unknown", "is not a member of this request");
	}
	require_members(&m);
}

bool contract_read(const struct record *record, struct text body, enum source source, struct arena *arena, void *out,
        struct problems *problems)
{
	int before = problems->count;
	json_t *object;

	if (source == FROM_CLIENT && text_trim(body).len == 0)
		body = TEXT("{}");
	object = contract_parse(body, problems);
	if (!object)
		return false;
	read_members(record, object, source, arena, out, problems);
	json_decref(object);
	return problems->count == before;
}

void contract_write_list(struct buffer *out, const char *name, const struct text_list *list)
{
	buffer_json_name(out, name);
	buffer_string(out, "[");
	for (int i = 0; i < list->count; i++) {
		buffer_string(out, i ? "," : "");
		buffer_json_text(out, list->items[i]);
	}
	buffer_string(out, "]");
}

static bool is_cleared(const struct field *field, const void *place)
{
	if (field->need != CLEARABLE)
		return false;
	if (field->kind->shape == SHAPE_NUMBER)
		return *(const int64_t *)place == NUMBER_CLEARED;
	return field->kind->shape == SHAPE_UUID ? uuid_is_cleared(place) : ((const struct text *)place)->len == 0;
}

static void write_field(const struct field *field, const void *place, struct buffer *out)
{
	char name[FIELD_JSON_BYTES], id[UUID_TEXT_BYTES];

	field_json_name(field->name, name);
	if (is_cleared(field, place)) {
		buffer_json_member_raw(out, name, TEXT("null"));
		return;
	}
	switch (field->kind->shape) {
	case SHAPE_UUID:
		uuid_format(place, id);
		buffer_json_member(out, name, text_of(id));
		break;
	case SHAPE_NUMBER:
		buffer_json_member_int(out, name, *(const int64_t *)place);
		break;
	case SHAPE_WORD:
		if (field->kind->words == flag_words)
			buffer_json_member_bool(out, name, *(const unsigned *)place == FLAG_TRUE);
		else
			buffer_json_member(out, name, text_of(field->kind->words[*(const unsigned *)place]));
		break;
	case SHAPE_LIST:
	case SHAPE_FEW:
		contract_write_list(out, name, place);
		break;
	default:
		buffer_json_member(out, name, *(const struct text *)place);
	}
}

void contract_write(const struct record *record, const void *in, struct buffer *out)
{
	buffer_string(out, "{");
	for (int i = 0; i < record->count; i++)
		if (field_is_present(&record->fields[i], in))
			write_field(&record->fields[i], (const char *)in + record->fields[i].offset, out);
	buffer_string(out, "}");
}
