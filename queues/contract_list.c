/* contract_list.c - several values: a LIST of a body, a FEW of a query. */
#include "queues/contract_private.h"

#include <stdio.h>
#include <string.h>
#include "base/unicode.h"

/* One of the values of a FEW, as it is to be kept; false: it is refused. */
static bool read_one_of_few(struct reading *r, struct text *item)
{
	const struct kind *kind = r->field->kind;
	unsigned word = reading_find_word(kind, *item);
	struct uuid id;
	size_t chars;

	if (word) {
		*item = text_of(kind->words[word]);
		return true;
	}
	if (kind->loader == LOAD_ACCOUNT)
		return uuid_parse(*item, &id) ? (*item = uuid_text(r->arena, &id), true)
		                              : reading_refuse(r, "format", "must be UUIDs, me or none");
	if (kind->words)
		return reading_refuse_word(r);
	if (!text_is_utf8(*item, &chars) || chars > LIST_ITEM_CHARS || reading_looks(*item, false) != LOOKS_GOOD)
		return reading_refuse(r, "length", "each value must have 1 to 50 characters and no control character");
	if (kind == &kind_of_tags_wanted)
		*item = unicode_lower(r->arena, *item);
	*item = text_copy(r->arena, *item);
	return true;
}

/* Values with commas between; those of a parameter that is repeated come one after the other. */
bool reading_take_few(struct reading *r)
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
			return reading_refuse(r, "length", "has too many values");
		if (!read_one_of_few(r, &item))
			return false;
		list->items[list->count++] = item;
	}
	return list->count || reading_refuse(r, "length", "must have a value");
}

static bool has_item(const struct text_list *list, struct text item)
{
	for (int i = 0; i < list->count; i++)
		if (text_equal(list->items[i], item))
			return true;
	return false;
}

static bool refuse_item(struct reading *r, int item, const char *detail)
{
	char member[FIELD_JSON_BYTES];

	field_json_name(r->field->name, member);
	problem_add_at(r->problems, member, item, "format", detail);
	return false;
}

static bool is_of_ids(const struct kind *kind)
{
	return kind->loader == LOAD_FILE || kind == &kind_of_policy_ids;
}

bool reading_take_list(struct reading *r, json_t *value)
{
	struct text_list list = { ARENA_ARRAY(r->arena, struct text, (size_t)r->field->kind->most + 1), 0 };
	char detail[80];
	size_t chars;

	if (!json_is_array(value))
		return reading_refuse(r, "type", "must be a list of strings");
	if ((int64_t)json_array_size(value) > r->field->kind->most) {
		snprintf(detail, sizeof detail, "must have at most %lld items", (long long)r->field->kind->most);
		return reading_refuse(r, "length", detail);
	}
	for (size_t i = 0; i < json_array_size(value); i++) {
		json_t *item = json_array_get(value, i);
		struct text t = text_trim(reading_without_turns(
		        r->arena, (struct text){ json_string_value(item), json_string_length(item) }));

		if (!json_is_string(item))
			return reading_refuse(r, "type", "must be a list of strings");
		if (!text_is_utf8(t, &chars) || chars > LIST_ITEM_CHARS || reading_looks(t, false) != LOOKS_GOOD)
			return reading_refuse(
			        r, "length", "each item must have 1 to 50 characters and no control character");
		t = unicode_lower(r->arena, t);
		if (is_of_ids(r->field->kind) && !uuid_parse(t, &(struct uuid){ { 0 } }))
			return refuse_item(r, (int)i, "must be a UUID");
		if (!has_item(&list, t))
			list.items[list.count++] = text_copy(r->arena, t);
	}
	*(struct text_list *)r->place = list;
	return true;
}
