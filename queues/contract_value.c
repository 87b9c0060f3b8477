/* contract_value.c - one value of one field: what is taken, and what is wrong with it.
 *
 * Each shape has one reader; what a reader refuses becomes a problem with a
 * pointer to the member. Nothing is corrected silently but white space around a LINE and
 * what turns its direction, the case of a WORD and of an item of a list, and the spelling of an e-mail
 * address (address.h). What cannot be seen is no value: blanks and format characters alone count as nothing.
 */
#include "base/unicode.h"
#include "queues/address.h"
#include "queues/contract_private.h"
#include "queues/ticket_number.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void problem_add_at(struct problems *problems, const char *member, int item, const char *code, const char *detail)
{
	size_t len;
	char *end;

	problem_add(problems, member, code, "%s", detail);
	if (problems->count > PROBLEM_MAX)
		return;
	end = problems->items[problems->count - 1].pointer;
	len = strlen(end);
	snprintf(end + len, sizeof problems->items->pointer - len, "/%d", item);
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
	case SHAPE_FEW:
		return ((const struct text_list *)place)->items != NULL;
	default:
		return ((const struct text *)place)->data != NULL;
	}
}

static const struct uuid cleared_uuid = { { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255 } };

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
	case SHAPE_FEW:
		*(struct text_list *)place = (struct text_list){ NULL, 0 };
		break;
	default:
		*(struct text *)place = TEXT_NONE;
	}
}

void field_clear(const struct field *field, void *place)
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

enum looks { LOOKS_GOOD, LOOKS_EMPTY, LOOKS_BROKEN };

/* Is there something to be seen in it, and nothing that moves the pen? A text may hold line ends and tabs. */
static enum looks looks_of(struct text t, bool multi_line)
{
	enum looks looks = LOOKS_EMPTY;
	uint32_t c;

	while (unicode_next(&t, &c)) {
		bool layout = c == '\n' || c == '\t' || c == '\r' || unicode_ends_line(c);

		if ((layout && !multi_line) || (!layout && unicode_is_control(c)))
			return LOOKS_BROKEN;
		if (!unicode_is_invisible(c))
			looks = LOOKS_GOOD;
	}
	return looks;
}

/* One line is shown between others: nothing in it may turn them around. What cannot be read is left for the caller
 * to refuse. */
static struct text without_turns(struct arena *arena, struct text line)
{
	struct text rest = line;
	struct buffer out;
	uint32_t c;

	buffer_init(&out, arena, line.len + 1);
	for (const char *begin = rest.data; unicode_next(&rest, &c); begin = rest.data)
		if (!unicode_turns_line(c))
			buffer_append(&out, begin, (size_t)(rest.data - begin));
	return rest.len ? line : buffer_view(&out);
}

/* A LINE is stored trimmed and without what turns its direction, the others as they came: what is stored is what is
 * counted. */
static bool read_text(struct reading *r)
{
	const struct kind *kind = r->field->kind;
	struct text t = kind->shape == SHAPE_LINE ? text_trim(without_turns(r->arena, r->value)) : r->value;
	enum looks looks = looks_of(t, kind->shape == SHAPE_TEXT);
	size_t chars;

	if (!text_is_utf8(t, &chars))
		return refuse(r, "format", "must be valid UTF-8 without NUL");
	if ((int64_t)chars < kind->least || (int64_t)chars > kind->most)
		return refuse_length(r);
	if (looks == LOOKS_BROKEN)
		return refuse(r, "format", "must not hold control characters");
	if (looks == LOOKS_EMPTY && kind->least && kind->shape != SHAPE_SECRET)
		return refuse(r, "length", "must have a character that can be seen");
	*(struct text *)r->place = text_copy(r->arena, t);
	return true;
}

static bool read_email(struct reading *r)
{
	struct text t = text_trim(r->value), address;

	if ((int64_t)t.len < r->field->kind->least || (int64_t)t.len > 4 * r->field->kind->most)
		return refuse_length(r);
	address = address_normalized(r->arena, t);
	if (!address.data)
		return (int64_t)t.len > r->field->kind->most ? refuse_length(r)
		                                             : refuse(r, "format", "must be an e-mail address");
	*(struct text *)r->place = address;
	return true;
}

static bool read_uuid(struct reading *r)
{
	enum loader loader = r->field->kind->loader;

	if ((loader == LOAD_TICKET || loader == LOAD_SECOND) && ticket_number_parse(r->value, r->place))
		return true;
	if (!uuid_parse(r->value, r->place) || uuid_is_none(r->place) || uuid_is_cleared(r->place))
		return refuse(r, "format", "must be a UUID");
	return true;
}

static bool refuse_word(struct reading *r)
{
	const struct kind *kind = r->field->kind;
	char detail[240] = "must be one of";

	for (int i = 1; i < kind->word_count; i++) {
		strncat(detail, " ", sizeof detail - strlen(detail) - 1);
		strncat(detail, kind->words[i], sizeof detail - strlen(detail) - 1);
	}
	return refuse(r, "value", detail);
}

/* The word's place in the kind's list, whatever its case, or that of the word for which older clients say it; 0: it
 * is not in it. */
static unsigned find_word(const struct kind *kind, struct text value)
{
	for (int i = 1; i < kind->word_count; i++)
		if (text_equal_nocase(value, text_of(kind->words[i])))
			return (unsigned)i;
	for (const struct synonym *s = synonyms; kind->words && s->given; s++)
		if (s->words == kind->words && text_equal_nocase(value, text_of(s->given)))
			return s->value;
	return 0;
}

static bool read_word(struct reading *r)
{
	unsigned word = find_word(r->field->kind, r->value);

	*(unsigned *)r->place = word;
	return word || refuse_word(r);
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

/* One of the values of a FEW, as it is to be kept; false: it is refused. */
static bool read_one_of_few(struct reading *r, struct text *item)
{
	const struct kind *kind = r->field->kind;
	unsigned word = find_word(kind, *item);
	struct uuid id;
	size_t chars;

	if (word) {
		*item = text_of(kind->words[word]);
		return true;
	}
	if (kind->loader == LOAD_ACCOUNT)
		return uuid_parse(*item, &id) ? (*item = uuid_text(r->arena, &id), true)
		                              : refuse(r, "format", "must be UUIDs, me or none");
	if (kind->words)
		return refuse_word(r);
	if (!text_is_utf8(*item, &chars) || chars > LIST_ITEM_CHARS || looks_of(*item, false) != LOOKS_GOOD)
		return refuse(r, "length", "each value must have 1 to 50 characters and no control character");
	if (kind == &kind_of_tags_wanted)
		*item = unicode_lower(r->arena, *item);
	*item = text_copy(r->arena, *item);
	return true;
}

/* Values with commas between; those of a parameter that is repeated come one after the other. */
static bool read_few(struct reading *r)
{
	struct text_list *list = r->place;
	struct text rest = r->value, item;

	if (!list->items)
		list->items = ARENA_ARRAY(r->arena, struct text, (size_t)r->field->kind->most);
	while (rest.len) {
		const char *comma = memchr(rest.data, ',', rest.len);
		size_t len = comma ? (size_t)(comma - rest.data) : rest.len;

		item = text_trim((struct text){ rest.data, len });
		rest = (struct text){ rest.data + len, rest.len - len };
		rest = rest.len ? (struct text){ rest.data + 1, rest.len - 1 } : rest;
		if (!item.len)
			continue;
		if (list->count == r->field->kind->most)
			return refuse(r, "length", "has too many values");
		if (!read_one_of_few(r, &item))
			return false;
		list->items[list->count++] = item;
	}
	return list->count || refuse(r, "length", "must have a value");
}

static bool has_digits(const char *from, const char *pattern, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (pattern[i] == '0' ? !isdigit((unsigned char)from[i]) : from[i] != pattern[i])
			return false;
	return true;
}

/* A zone at the end of a time: nothing, Z, or +hh:mm, whose plus a query makes a blank. */
static bool is_zone(struct text t)
{
	if (!t.len || text_equal_nocase(t, TEXT("z")))
		return true;
	return t.len == 6 && strchr("+- ", t.data[0]) && has_digits(t.data + 1, "00:00", 5);
}

static int number_at(const char *from, int digits)
{
	int n = 0;

	for (int i = 0; i < digits; i++)
		n = 10 * n + from[i] - '0';
	return n;
}

/* Is there such a day, and such a time if one follows? */
static bool is_date(struct text t)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = number_at(t.data, 4), month = number_at(t.data + 5, 2), day = number_at(t.data + 8, 2);
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap) &&
	       (t.len < 16 || (number_at(t.data + 11, 2) <= 23 && number_at(t.data + 14, 2) <= 59));
}

static bool read_moment(struct reading *r)
{
	struct text t = text_copy(r->arena, text_trim(r->value)), rest;
	bool good = t.len >= 10 && t.len <= 40 && has_digits(t.data, "0000-00-00", 10);

	if (good && t.len > 10) {
		good = t.len >= 16 && strchr("Tt ", t.data[10]) && has_digits(t.data + 11, "00:00", 5);
		rest = good ? (struct text){ t.data + 16, t.len - 16 } : TEXT_NONE;
		if (good && rest.len >= 3 && has_digits(rest.data, ":00", 3))
			rest = (struct text){ rest.data + 3, rest.len - 3 };
		if (good && rest.len && rest.data[0] == '.')
			do
				rest = (struct text){ rest.data + 1, rest.len - 1 };
			while (rest.len && isdigit((unsigned char)rest.data[0]));
		good = good && is_zone(rest);
	}
	if (!good || !is_date(t))
		return refuse(r, "format", "must be a day (2026-11-21) or a time (2026-11-21T08:00:00Z)");
	if (t.len > 16 && t.data[t.len - 6] == ' ')
		t = text_of(arena_printf(r->arena, "%.*s+%.5s", (int)t.len - 6, t.data, t.data + t.len - 5));
	*(struct text *)r->place = t;
	return true;
}

bool reading_take(struct reading *r)
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
	case SHAPE_FEW:
		return read_few(r);
	case SHAPE_MOMENT:
		return read_moment(r);
	default:
		return read_text(r);
	}
}

bool contract_set(const struct record *record, const struct field *field, struct text value, struct arena *arena,
        void *out, struct problems *problems)
{
	struct reading r = { field, value, arena, field_of(field, out), problems };

	(void)record;
	return reading_take(&r);
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
	struct text_list list = { ARENA_ARRAY(r->arena, struct text, (size_t)r->field->kind->most + 1), 0 };
	char detail[80];
	size_t chars;

	if (!json_is_array(value))
		return refuse(r, "type", "must be a list of strings");
	if ((int64_t)json_array_size(value) > r->field->kind->most) {
		snprintf(detail, sizeof detail, "must have at most %lld items", (long long)r->field->kind->most);
		return refuse(r, "length", detail);
	}
	for (size_t i = 0; i < json_array_size(value); i++) {
		json_t *item = json_array_get(value, i);
		struct text t = text_trim(
		        without_turns(r->arena, (struct text){ json_string_value(item), json_string_length(item) }));

		if (!json_is_string(item))
			return refuse(r, "type", "must be a list of strings");
		if (!text_is_utf8(t, &chars) || chars > LIST_ITEM_CHARS || looks_of(t, false) != LOOKS_GOOD)
			return refuse(r, "length", "each item must have 1 to 50 characters and no control character");
		t = unicode_lower(r->arena, t);
		if (!has_item(&list, t))
			list.items[list.count++] = text_copy(r->arena, t);
	}
	*(struct text_list *)r->place = list;
	return true;
}

/* An object or a list where a text of data is wanted: its JSON, compact. */
static bool read_data(struct reading *r, const json_t *value)
{
	char *dumped = json_dumps(value, JSON_COMPACT);
	bool good;

	r->value = text_of(dumped);
	good = reading_take(r);
	free(dumped);
	return good;
}

bool reading_take_json(struct reading *r, json_t *value)
{
	const struct kind *kind = r->field->kind;

	if (kind->shape == SHAPE_LIST)
		return read_list(r, value);
	if (kind == &kind_of_data && (json_is_object(value) || json_is_array(value)))
		return read_data(r, value);
	if (json_is_string(value)) {
		r->value = (struct text){ json_string_value(value), json_string_length(value) };
		return kind->shape == SHAPE_NUMBER ? refuse(r, "type", "must be a number") : reading_take(r);
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
