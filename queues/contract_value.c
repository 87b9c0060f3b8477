/* contract_value.c - one value of one field: what is taken, and what is wrong with it.
 *
 * Each shape has one reader, here or in contract_list.c and contract_moment.c; what a reader refuses becomes a problem
 * with a pointer to the member. Nothing is corrected silently but white space around a LINE and what turns its
 * direction, the case of a WORD and of an item of a list, and the spelling of an e-mail address (address.h). What
 * cannot be seen is no value: blanks and format characters alone count as nothing.
 */
#include "base/unicode.h"
#include "queues/address.h"
#include "queues/contract_private.h"
#include "queues/ticket_number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool reading_refuse(struct reading *r, const char *code, const char *detail)
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
	return reading_refuse(r, "length", detail);
}

enum looks reading_looks(struct text t, bool multi_line)
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

struct text reading_without_turns(struct arena *arena, struct text line)
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
	struct text t = kind->shape == SHAPE_LINE ? text_trim(reading_without_turns(r->arena, r->value)) : r->value;
	enum looks looks = reading_looks(t, kind->shape == SHAPE_TEXT);
	size_t chars;

	if (!text_is_utf8(t, &chars))
		return reading_refuse(r, "format", "must be valid UTF-8 without NUL");
	if ((int64_t)chars < kind->least || (int64_t)chars > kind->most)
		return refuse_length(r);
	if (looks == LOOKS_BROKEN)
		return reading_refuse(r, "format", "must not hold control characters");
	if (looks == LOOKS_EMPTY && kind->least && kind->shape != SHAPE_SECRET)
		return reading_refuse(r, "length", "must have a character that can be seen");
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
		                                             : reading_refuse(r, "format", "must be an e-mail address");
	*(struct text *)r->place = address;
	return true;
}

static bool read_uuid(struct reading *r)
{
	enum loader loader = r->field->kind->loader;

	if ((loader == LOAD_TICKET || loader == LOAD_SECOND) && ticket_number_parse(r->value, r->place))
		return true;
	if (!uuid_parse(r->value, r->place) || uuid_is_none(r->place) || uuid_is_cleared(r->place))
		return reading_refuse(r, "format", "must be a UUID");
	return true;
}

bool reading_refuse_word(struct reading *r)
{
	const struct kind *kind = r->field->kind;
	char detail[240] = "must be one of";

	for (int i = 1; i < kind->word_count; i++) {
		strncat(detail, " ", sizeof detail - strlen(detail) - 1);
		strncat(detail, kind->words[i], sizeof detail - strlen(detail) - 1);
	}
	return reading_refuse(r, "value", detail);
}

unsigned reading_find_word(const struct kind *kind, struct text value)
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
	unsigned word = reading_find_word(r->field->kind, r->value);

	*(unsigned *)r->place = word;
	return word || reading_refuse_word(r);
}

static bool set_number(struct reading *r, int64_t number)
{
	char detail[80];

	if (number < r->field->kind->least || number > r->field->kind->most) {
		snprintf(detail, sizeof detail, "must be between %lld and %lld", (long long)r->field->kind->least,
		        (long long)r->field->kind->most);
		return reading_refuse(r, "range", detail);
	}
	*(int64_t *)r->place = number;
	return true;
}

static bool read_number(struct reading *r)
{
	int64_t number;

	if (!text_to_int(r->value, &number))
		return reading_refuse(r, "type", "must be a whole number");
	return set_number(r, number);
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
		return reading_take_few(r);
	case SHAPE_MOMENT:
		return reading_take_moment(r);
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
		return reading_take_list(r, value);
	if ((kind == &kind_of_data || kind == &kind_of_document) && (json_is_object(value) || json_is_array(value)))
		return read_data(r, value);
	if (json_is_string(value)) {
		r->value = (struct text){ json_string_value(value), json_string_length(value) };
		return kind->shape == SHAPE_NUMBER ? reading_refuse(r, "type", "must be a number") : reading_take(r);
	}
	if (kind->shape == SHAPE_NUMBER)
		return json_is_integer(value) ? set_number(r, json_integer_value(value))
		                              : reading_refuse(r, "type", "must be a whole number");
	if (kind->words == flag_words && json_is_boolean(value)) {
		*(unsigned *)r->place = json_is_true(value) ? FLAG_TRUE : FLAG_FALSE;
		return true;
	}
	return reading_refuse(r, "type", kind->words == flag_words ? "must be true or false" : "must be a string");
}
