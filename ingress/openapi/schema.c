/* schema.c - JSON Schema (2020-12, as OpenAPI 3.1 has it) from kinds, records and things.
 *
 * A kind's limits become minLength, maximum, enum ...; a CLEARABLE field allows
 * null; an old name is a deprecated member of the same schema. Where a required
 * member has old names, one of the names is required.
 */
#include "ingress/openapi/private.h"

#include <ctype.h>
#include <string.h>
#include "queues/answers.h"

char *openapi_name(struct arena *arena, const char *type, bool upper)
{
	char *out = arena_alloc(arena, strlen(type) + 1), *end = out;

	for (; *type; type++) {
		if (*type == '.' || *type == '_') {
			upper = true;
			continue;
		}
		*end++ = upper ? (char)toupper((unsigned char)*type) : *type;
		upper = false;
	}
	return out;
}

void openapi_next(struct buffer *out)
{
	if (out->data[out->len - 1] != '[')
		buffer_string(out, ",");
}

/* --- types of answers.def ------------------------------------------------------------ */
static const struct {
	const char *type, *json, *format;
} scalars[] = {
	{ "text", "string", NULL },
	{ "number", "integer", NULL },
	{ "decimal", "number", NULL },
	{ "flag", "boolean", NULL },
	{ "uuid", "string", "uuid" },
	{ "time", "string", "date-time" },
	{ "email", "string", "email" },
};

static void write_json_type(struct buffer *out, const char *json, bool nullable)
{
	if (nullable)
		buffer_printf(out, "\"type\":[\"%s\",\"null\"]", json);
	else
		buffer_json_member(out, "type", text_of(json));
}

static void write_words(struct buffer *out, const char *const *words, int count, bool nullable)
{
	buffer_json_name(out, "enum");
	buffer_string(out, "[");
	for (int i = 1; i < count; i++) {
		openapi_next(out);
		buffer_json_text(out, text_of(words[i]));
	}
	buffer_string(out, nullable ? ",null]" : "]");
}

static void write_reference(struct buffer *out, struct text name, bool nullable)
{
	buffer_string(out, nullable ? "{\"anyOf\":[{" : "{");
	buffer_printf(out, "\"$ref\":\"#/components/schemas/%.*s\"", (int)name.len, name.data);
	buffer_string(out, nullable ? "},{\"type\":\"null\"}]}" : "}");
}

static void write_type(struct buffer *out, struct text type)
{
	bool nullable = type.data[type.len - 1] == '?';
	const char *const *words;
	int count;

	type.len -= nullable;
	for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++) {
		if (!text_equal(type, text_of(scalars[i].type)))
			continue;
		buffer_string(out, "{");
		write_json_type(out, scalars[i].json, nullable);
		if (scalars[i].format)
			buffer_json_member(out, "format", text_of(scalars[i].format));
		buffer_string(out, "}");
		return;
	}
	if ((words = vocabulary_find(type, &count))) {
		buffer_string(out, "{");
		write_json_type(out, "string", nullable);
		write_words(out, words, count, nullable);
		buffer_string(out, "}");
	} else if (text_equal(type, TEXT("any"))) {
		buffer_string(out, "{}");
	} else if (type.data[0] == '[' || type.data[0] == '{') {
		buffer_string(out, type.data[0] == '[' ? "{\"type\":\"array\",\"items\":"
		                                       : "{\"type\":\"object\",\"additionalProperties\":");
		write_type(out, (struct text){ type.data + 1, type.len - 2 });
		buffer_string(out, "}");
	} else {
		write_reference(out, type, nullable);
	}
}

void openapi_type(struct buffer *out, const char *type)
{
	write_type(out, text_of(type));
}

static void write_thing(struct buffer *out, const struct thing *thing)
{
	buffer_json_name(out, thing->name);
	buffer_string(out, "{\"type\":\"object\"");
	buffer_json_member(out, "description", text_of(thing->says));
	buffer_json_name(out, "required");
	buffer_string(out, "[");
	for (const struct part *part = thing->parts; part->name; part++) {
		if (part->maybe)
			continue;
		openapi_next(out);
		buffer_json_text(out, text_of(part->name));
	}
	buffer_string(out, "]");
	buffer_json_name(out, "properties");
	buffer_string(out, "{");
	for (const struct part *part = thing->parts; part->name; part++) {
		buffer_json_name(out, part->name);
		openapi_type(out, part->type);
	}
	buffer_string(out, "}}");
}

/* --- fields ------------------------------------------------------------------------- */
void openapi_who(struct buffer *out, unsigned access)
{
	const char *between = "";

	for (int i = 0; i < access_word_count; i++) {
		if (!(access & access_words[i].bit) || !access_words[i].who)
			continue;
		buffer_printf(out, "%s%s", between, access_words[i].who);
		between = ", ";
	}
}

static void write_limits(struct buffer *out, const struct kind *kind, bool clearable)
{
	switch (kind->shape) {
	case SHAPE_NUMBER:
		buffer_json_member_int(out, "minimum", kind->least);
		buffer_json_member_int(out, "maximum", kind->most);
		break;
	case SHAPE_LIST:
		buffer_json_member_int(out, "maxItems", kind->most);
		buffer_printf(
		        out, ",\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":%d}", LIST_ITEM_CHARS);
		break;
	case SHAPE_UUID:
		if (kind->loader != LOAD_TICKET && kind->loader != LOAD_SECOND) /* a number will do */
			buffer_json_member(out, "format", TEXT("uuid"));
		break;
	case SHAPE_FEW:
		buffer_json_member(
		        out, "description", TEXT("One value, or several with commas between; may be repeated"));
		break;
	case SHAPE_WORD:
		if (kind->words != flag_words)
			write_words(out, kind->words, kind->word_count, clearable);
		break;
	default:
		if (kind->least && !clearable)
			buffer_json_member_int(out, "minLength", kind->least);
		buffer_json_member_int(out, "maxLength", kind->most);
	}
	if (kind->shape == SHAPE_EMAIL)
		buffer_json_member(out, "format", TEXT("email"));
	if (kind->shape == SHAPE_SECRET)
		buffer_json_member_bool(out, "writeOnly", true);
}

static const char *json_type_of(const struct kind *kind)
{
	if (kind->shape == SHAPE_NUMBER)
		return "integer";
	if (kind->shape == SHAPE_LIST)
		return "array";
	return kind->words == flag_words ? "boolean" : "string";
}

static void write_field(struct buffer *out, const struct field *field, bool deprecated)
{
	buffer_string(out, "{");
	if (field->kind == &kind_of_document)
		buffer_string(out, "\"type\":[\"object\",\"array\",\"string\"]");
	else
		write_json_type(out, json_type_of(field->kind), field->need == CLEARABLE);
	write_limits(out, field->kind, field->need == CLEARABLE);
	if (field->who != ANY) {
		buffer_json_name(out, "description");
		buffer_string(out, "\"May be set by ");
		openapi_who(out, field->who);
		buffer_string(out, ".\"");
	}
	if (deprecated)
		buffer_json_member_bool(out, "deprecated", true);
	buffer_string(out, "}");
}

void openapi_field(struct buffer *out, const struct field *field)
{
	write_field(out, field, false);
}

bool openapi_example(struct buffer *out, const struct record *record, const struct field *field)
{
	const char *example = field_example(record, field);
	bool as_is = field->kind->shape == SHAPE_NUMBER || field->kind->shape == SHAPE_LIST ||
	             field->kind->words == flag_words || field->kind == &kind_of_document;

	if (!example)
		return false;
	if (as_is)
		buffer_string(out, example);
	else
		buffer_json_text(out, text_of(example));
	return true;
}

/* --- bodies -------------------------------------------------------------------------- */
static void write_member(struct buffer *out, const struct record *record, const struct field *field)
{
	char name[FIELD_JSON_BYTES];
	const char *old_name;

	field_json_name(field->name, name);
	buffer_json_name(out, name);
	write_field(out, field, false);
	for (int n = 0; (old_name = field_alias(record, field, n)); n++) {
		field_json_name(old_name, name);
		buffer_json_name(out, name);
		write_field(out, field, true);
	}
}

/* The objects that clients may put around some of the fields, each where its first field is. */
static void write_group(struct buffer *out, const struct record *record, int first)
{
	const char *group = field_group(record, &record->fields[first]);

	for (int i = 0; i < first; i++) {
		const char *earlier = field_group(record, &record->fields[i]);

		if (earlier && !strcmp(earlier, group))
			return;
	}
	buffer_json_name(out, group);
	buffer_string(out, "{\"type\":\"object\",\"description\":\"The same members, in an object of their own\","
	                   "\"additionalProperties\":false,\"properties\":{");
	for (int i = first; i < record->count; i++) {
		const char *other = field_group(record, &record->fields[i]);

		if (other && !strcmp(other, group))
			write_member(out, record, &record->fields[i]);
	}
	buffer_string(out, "}}");
}

static void write_required(struct buffer *out, const char *name)
{
	char member[FIELD_JSON_BYTES];

	field_json_name(name, member);
	openapi_next(out);
	buffer_json_text(out, text_of(member));
}

static void write_one_of_names(struct buffer *out, const struct record *record, const struct field *field)
{
	const char *name = field->name;

	openapi_next(out);
	buffer_string(out, "{\"anyOf\":[");
	for (int n = 0; name; n++) {
		openapi_next(out);
		buffer_string(out, "{\"required\":[");
		write_required(out, name);
		buffer_string(out, "]}");
		name = field_alias(record, field, n);
	}
	buffer_string(out, "]}");
}

static void write_record(struct buffer *out, struct arena *arena, const struct record *record)
{
	int renamed = 0;

	buffer_json_name(out, openapi_name(arena, record->type, true));
	buffer_string(out, "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[");
	for (int i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];

		if (field->need == REQUIRED && !field_alias(record, field, 0))
			write_required(out, field->name);
		renamed += field->need == REQUIRED && field_alias(record, field, 0);
	}
	buffer_string(out, "]");
	if (renamed) {
		buffer_string(out, ",\"allOf\":[");
		for (int i = 0; i < record->count; i++)
			if (record->fields[i].need == REQUIRED && field_alias(record, &record->fields[i], 0))
				write_one_of_names(out, record, &record->fields[i]);
		buffer_string(out, "]");
	}
	buffer_string(out, ",\"properties\":{");
	for (int i = 0; i < record->count; i++) {
		if (!field_is_in_body(&record->fields[i]))
			continue;
		write_member(out, record, &record->fields[i]);
		if (field_group(record, &record->fields[i]))
			write_group(out, record, i);
	}
	buffer_string(out, "}}");
}

static bool has_route(const struct command *command)
{
	for (int r = 0; r < route_count; r++)
		if (routes[r].command == command->id)
			return true;
	return false;
}

void openapi_schemas(struct buffer *out, struct arena *arena)
{
	buffer_json_name(out, "schemas");
	buffer_string(out, "{");
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (has_route(&commands[i]) && record_has_body(&commands[i].record))
			write_record(out, arena, &commands[i].record);
	for (int i = 0; i < ACTION_COUNT; i++)
		if (record_has_body(&actions[i].record))
			write_record(out, arena, &actions[i].record);
	for (int i = 0; i < thing_count; i++)
		write_thing(out, &things[i]);
	buffer_string(out, "}");
}
