/* contract.c - the validator and the canonical writer. See contract.h.
 *
 * Each shape has one reader; what a reader refuses becomes a problem with a
 * pointer to the member. Nothing is corrected silently but white space around a
 * LINE, and the case of a WORD and an e-mail address.
 */
#include "queues/contract.h"

#include <ctype.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 8

/* What a reader knows while it reads one member. */
struct reading {
	const struct field *field;
	struct text value; /* of a JSON string, a path segment or a query parameter */
	struct arena *arena;
	void *place;
	struct problems *problems;
};

/* Cuts at a whole character: what a client sent may be long and in any script. */
static void cut_whole(char *text, size_t capacity)
{
	size_t len = strnlen(text, capacity);

	while (len && !text_is_utf8((struct text){ text, len }, NULL))
		len--;
	text[len] = 0;
}

/* RFC 6901 section 3: ~ is ~0 and / is ~1. */
static void write_pointer(const char *member, char *out, size_t capacity)
{
	size_t n = 0;

	if (*member)
		out[n++] = '/';
	for (; *member && n < capacity - 2; member++) {
		if (*member == '~' || *member == '/') {
			out[n++] = '~';
			out[n++] = *member == '~' ? '0' : '1';
		} else {
			out[n++] = *member;
		}
	}
	out[n] = 0;
	cut_whole(out, capacity);
}

void problem_add(struct problems *problems, const char *member, const char *code, const char *format, ...)
{
	struct problem *p;
	va_list args;

	if (problems->count++ >= PROBLEM_MAX)
		return;
	p = &problems->items[problems->count - 1];
	p->code = code;
	write_pointer(member, p->pointer, sizeof p->pointer);
	va_start(args, format);
	vsnprintf(p->detail, sizeof p->detail, format, args);
	va_end(args);
	cut_whole(p->detail, sizeof p->detail);
}

void *field_of(const struct field *field, void *record_struct)
{
	return (char *)record_struct + field->offset;
}

bool field_is_present(const struct field *field, const void *record_struct)
{
	const void *place = (const char *)record_struct + field->offset;

	switch (field->kind->shape) {
	case SHAPE_UUID:
		return !uuid_is_none(place);
	case SHAPE_WORD:
		return *(const unsigned *)place != 0;
	case SHAPE_NUMBER:
		return *(const int64_t *)place != 0;
	case SHAPE_LIST:
		return ((const struct text_list *)place)->items != NULL;
	default:
		return ((const struct text *)place)->data != NULL;
	}
}

static const struct uuid cleared_uuid = { { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 } };

bool uuid_is_cleared(const struct uuid *id)
{
	return uuid_equal(id, &cleared_uuid);
}

void field_forget(const struct field *field, void *record_struct)
{
	void *place = field_of(field, record_struct);

	switch (field->kind->shape) {
	case SHAPE_UUID:
		memset(place, 0, sizeof(struct uuid));
		break;
	case SHAPE_WORD:
		*(unsigned *)place = 0;
		break;
	case SHAPE_NUMBER:
		*(int64_t *)place = 0;
		break;
	case SHAPE_LIST:
		*(struct text_list *)place = (struct text_list){ NULL, 0 };
		break;
	default:
		*(struct text *)place = TEXT_NONE;
	}
}

/* null for a CLEARABLE field: what stands for "take it away". */
static void clear(const struct field *field, void *place)
{
	if (field->kind->shape == SHAPE_UUID)
		*(struct uuid *)place = cleared_uuid;
	else
		*(struct text *)place = TEXT("");
}

static bool refuse(struct reading *r, const char *code, const char *detail)
{
	char member[FIELD_JSON_BYTES];

	field_json_name(r->field->name, member);
	problem_add(r->problems, member, code, "%s", detail);
	return false;
}

static bool refuse_length(struct reading *r)
{
	char detail[80];

	snprintf(detail, sizeof detail, "must have %lld to %lld characters", (long long)r->field->kind->least,
	        (long long)r->field->kind->most);
	return refuse(r, "length", detail);
}

static bool has_control(struct text t, bool multi_line)
{
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		if ((c < 0x20 || c == 0x7f) && !(multi_line && (c == '\n' || c == '\t' || c == '\r')))
			return true;
	}
	return false;
}

static bool read_text(struct reading *r)
{
	bool multi_line = r->field->kind->shape == SHAPE_TEXT;
	struct text t = r->field->kind->shape == SHAPE_SECRET ? r->value : text_trim(r->value);
	size_t chars;

	if (!text_is_utf8(t, &chars))
		return refuse(r, "format", "must be valid UTF-8 without NUL");
	if ((int64_t)chars < r->field->kind->least || (int64_t)chars > r->field->kind->most)
		return refuse_length(r);
	if (has_control(t, multi_line))
		return refuse(r, "format", "must not hold control characters");
	*(struct text *)r->place = text_copy(r->arena, multi_line ? r->value : t);
	return true;
}

/* An address as a desk needs it: one @, a dotted or bare domain, no blanks; not
 * the whole of RFC 5322. Stored in lower case. */
static bool read_email(struct reading *r)
{
	struct text t = text_trim(r->value);
	const char *at = t.len ? memchr(t.data, '@', t.len) : NULL;
	char *copy;

	if ((int64_t)t.len < r->field->kind->least || (int64_t)t.len > r->field->kind->most)
		return refuse_length(r);
	if (!at || at == t.data || at == t.data + t.len - 1 || memchr(at + 1, '@', (size_t)(t.data + t.len - at - 1)) ||
	        at - t.data > 64)
		return refuse(r, "format", "must be an e-mail address");
	for (size_t i = 0; i < t.len; i++)
		if (!isgraph((unsigned char)t.data[i]) || strchr("<>()[]\\,;:\"", t.data[i]))
			return refuse(r, "format", "must be an e-mail address");
	copy = text_dup(r->arena, t);
	for (char *c = copy; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	*(struct text *)r->place = (struct text){ copy, t.len };
	return true;
}

static bool read_uuid(struct reading *r)
{
	if (!uuid_parse(r->value, r->place) || uuid_is_none(r->place))
		return refuse(r, "format", "must be a UUID");
	return true;
}

static bool read_word(struct reading *r)
{
	const struct kind *kind = r->field->kind;
	char detail[160] = "must be one of";

	for (int i = 1; i < kind->word_count; i++) {
		if (text_equal_nocase(r->value, text_of(kind->words[i]))) {
			*(unsigned *)r->place = (unsigned)i;
			return true;
		}
		strncat(detail, " ", sizeof detail - strlen(detail) - 1);
		strncat(detail, kind->words[i], sizeof detail - strlen(detail) - 1);
	}
	return refuse(r, "value", detail);
}

static bool set_number(struct reading *r, int64_t number)
{
	char detail[80];

	if (number < r->field->kind->least || number > r->field->kind->most) {
		snprintf(detail, sizeof detail, "must be between %lld and %lld", (long long)r->field->kind->least,
		        (long long)r->field->kind->most);
		return refuse(r, "range", detail);
	}
	*(int64_t *)r->place = number;
	return true;
}

static bool read_number(struct reading *r)
{
	int64_t number;

	if (!text_to_int(r->value, &number))
		return refuse(r, "type", "must be a whole number");
	return set_number(r, number);
}

static bool read_value(struct reading *r)
{
	switch (r->field->kind->shape) {
	case SHAPE_UUID:
		return read_uuid(r);
	case SHAPE_WORD:
		return read_word(r);
	case SHAPE_EMAIL:
		return read_email(r);
	case SHAPE_NUMBER:
		return read_number(r);
	default:
		return read_text(r);
	}
}

bool contract_set(const struct record *record, const struct field *field, struct text value, struct arena *arena,
        void *out, struct problems *problems)
{
	struct reading r = { field, value, arena, field_of(field, out), problems };

	(void)record;
	return read_value(&r);
}

static bool has_item(const struct text_list *list, struct text item)
{
	for (int i = 0; i < list->count; i++)
		if (text_equal(list->items[i], item))
			return true;
	return false;
}

static bool read_list(struct reading *r, json_t *value)
{
	struct text_list list = { ARENA_ARRAY(r->arena, struct text, LIST_ITEMS_MAX + 1), 0 };
	size_t chars;

	if (!json_is_array(value))
		return refuse(r, "type", "must be a list of strings");
	if ((int64_t)json_array_size(value) > r->field->kind->most)
		return refuse(r, "length", "must have at most 20 items");
	for (size_t i = 0; i < json_array_size(value); i++) {
		json_t *item = json_array_get(value, i);
		struct text t = text_trim((struct text){ json_string_value(item), json_string_length(item) });

		if (!json_is_string(item))
			return refuse(r, "type", "must be a list of strings");
		if (!text_is_utf8(t, &chars) || chars < 1 || chars > LIST_ITEM_CHARS || has_control(t, false))
			return refuse(r, "length", "each item must have 1 to 50 characters and no control character");
		if (!has_item(&list, t))
			list.items[list.count++] = text_copy(r->arena, t);
	}
	*(struct text_list *)r->place = list;
	return true;
}

static bool read_json(struct reading *r, json_t *value)
{
	const struct kind *kind = r->field->kind;

	if (kind->shape == SHAPE_LIST)
		return read_list(r, value);
	if (json_is_string(value)) {
		r->value = (struct text){ json_string_value(value), json_string_length(value) };
		return kind->shape == SHAPE_NUMBER ? refuse(r, "type", "must be a number") : read_value(r);
	}
	if (kind->shape == SHAPE_NUMBER)
		return json_is_integer(value) ? set_number(r, json_integer_value(value))
		                              : refuse(r, "type", "must be a whole number");
	if (kind->words == flag_words && json_is_boolean(value)) {
		*(unsigned *)r->place = json_is_true(value) ? FLAG_TRUE : FLAG_FALSE;
		return true;
	}
	return refuse(r, "type", kind->words == flag_words ? "must be true or false" : "must be a string");
}

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

	if (body.len > BODY_MAX) {
		problem_add(problems, "", "length", "the body must not exceed %d bytes", BODY_MAX);
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
	return field && (source == FROM_MESSAGE || field->need == REQUIRED || field->need == OPTIONAL ||
			       field->need == CLEARABLE);
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
	bool seen[64], given[64];
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
		clear(field, r.place);
	} else if (!json_is_null(value)) {
		m->given[at] = true;
		read_json(&r, value);
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
		else if (source == FROM_CLIENT && json_is_object(value) && field_is_in_group(record, NULL, text_of(name)))
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

static void write_list(struct buffer *out, const char *name, const struct text_list *list)
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
		write_list(out, name, place);
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
