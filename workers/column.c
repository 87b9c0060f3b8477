/* column.c - see column.h. */
#include "workers/column.h"

#include <jansson.h>
#include "base/arena.h"
#include "base/clock.h"
#include "queues/contract.h"

/* --- read ---------------------------------------------------------------------- */
/* ["a","b"], as to_json writes a text[]. */
static void read_list(struct text stored, struct arena *arena, struct text_list *out)
{
	json_t *list = json_loadb(stored.data, stored.len, 0, NULL);

	out->items = ARENA_ARRAY(arena, struct text, json_array_size(list) + 1);
	for (size_t i = 0; i < json_array_size(list); i++)
		out->items[out->count++] = text_copy(arena, text_of(json_string_value(json_array_get(list, i))));
	json_decref(list);
}

void column_read_ids(struct text stored, struct arena *arena, struct id_set *out)
{
	struct uuid id;

	for (size_t at = 1; at + 36 < stored.len; at += 37)
		if (uuid_parse((struct text){ stored.data + at, 36 }, &id))
			id_set_add(out, arena, id);
}

void column_read(
        const struct column *column, const struct db_result *rows, int row, int place, struct arena *arena, void *thing)
{
	void *member = (char *)thing + column->offset;

	switch (column->type) {
	case COLUMN_TEXT:
	case COLUMN_LINE:
	case COLUMN_JSON:
	case COLUMN_BYTES:
		*(struct text *)member = db_text(rows, row, place);
		break;
	case COLUMN_UUID:
		*(struct uuid *)member = db_uuid(rows, row, place);
		break;
	case COLUMN_FLAG:
		*(bool *)member = db_bool(rows, row, place);
		break;
	case COLUMN_NUMBER:
	case COLUMN_TIME:
	case COLUMN_SINCE:
		*(int64_t *)member = db_int(rows, row, place);
		break;
	case COLUMN_LIST:
		read_list(db_text(rows, row, place), arena, member);
		break;
	case COLUMN_IDS:
		column_read_ids(db_text(rows, row, place), arena, member);
		break;
	case COLUMN_WORD:
		*(unsigned *)member = word_find(db_text(rows, row, place), column->words, column->word_count);
		break;
	}
}

/* --- write --------------------------------------------------------------------- */
/* None of the vocabulary: null. */
static struct text word_in(const struct column *column, const void *member)
{
	unsigned word = *(const unsigned *)member;

	return word ? text_of(column->words[word]) : TEXT_NONE;
}

static void write_ids(struct buffer *out, const char *name, const struct id_set *set)
{
	char id[UUID_TEXT_BYTES];

	buffer_json_name(out, name);
	buffer_string(out, "[");
	for (int i = 0; i < set->count; i++) {
		uuid_format(&set->ids[i], id);
		buffer_printf(out, "%s\"%s\"", i ? "," : "", id);
	}
	buffer_string(out, "]");
}

void column_write(const struct column *column, const void *thing, struct buffer *out)
{
	const void *member = (const char *)thing + column->offset;
	const struct text *text = member;

	switch (column->type) {
	case COLUMN_TEXT:
	case COLUMN_BYTES:
		buffer_json_member(out, column->name, *text);
		break;
	case COLUMN_LINE:
		buffer_json_member(out, column->name, text->data ? *text : TEXT(""));
		break;
	case COLUMN_JSON:
		buffer_json_member_raw(out, column->name, text->data ? *text : TEXT("null"));
		break;
	case COLUMN_UUID:
		rows_uuid(out, column->name, member);
		break;
	case COLUMN_FLAG:
		buffer_json_member_bool(out, column->name, *(const bool *)member);
		break;
	case COLUMN_NUMBER:
		buffer_json_member_int(out, column->name, *(const int64_t *)member);
		break;
	case COLUMN_TIME:
	case COLUMN_SINCE:
		rows_time(out, column->name, *(const int64_t *)member);
		break;
	case COLUMN_LIST:
		contract_write_list(out, column->name, member);
		break;
	case COLUMN_IDS:
		write_ids(out, column->name, member);
		break;
	case COLUMN_WORD:
		buffer_json_member(out, column->name, word_in(column, member));
		break;
	}
}

/* --- compare --------------------------------------------------------------------- */
static struct text time_value(struct arena *arena, int64_t unix_us)
{
	char text[CLOCK_TEXT_BYTES];

	if (!unix_us)
		return TEXT_NONE;
	clock_format(unix_us, text);
	return text_copy(arena, text_of(text));
}

static struct text list_value(struct arena *arena, const struct text_list *list)
{
	struct buffer out;

	if (!list->count)
		return TEXT_NONE;
	buffer_init(&out, arena, 64);
	for (int i = 0; i < list->count; i++) {
		buffer_string(&out, i ? ", " : "");
		buffer_text(&out, list->items[i]);
	}
	return buffer_view(&out);
}

struct text column_value(const struct column *column, const void *thing, struct arena *arena)
{
	const void *member = (const char *)thing + column->offset;

	switch (column->type) {
	case COLUMN_TEXT:
	case COLUMN_LINE:
	case COLUMN_JSON:
	case COLUMN_BYTES:
		return ((const struct text *)member)->len ? *(const struct text *)member : TEXT_NONE;
	case COLUMN_UUID:
		return uuid_is_none(member) ? TEXT_NONE : uuid_text(arena, member);
	case COLUMN_FLAG:
		return *(const bool *)member ? TEXT("true") : TEXT("false");
	case COLUMN_NUMBER:
		return text_of(arena_printf(arena, "%lld", (long long)*(const int64_t *)member));
	case COLUMN_TIME:
		return time_value(arena, *(const int64_t *)member);
	case COLUMN_SINCE:
		return *(const int64_t *)member ? TEXT("true") : TEXT_NONE;
	case COLUMN_LIST:
		return list_value(arena, member);
	case COLUMN_IDS:
		return ((const struct id_set *)member)->count ? id_set_literal(member, arena) : TEXT_NONE;
	case COLUMN_WORD:
		return word_in(column, member);
	}
	return TEXT_NONE;
}

static bool same(struct text a, struct text b)
{
	return (!a.data && !b.data) || (a.data && b.data && text_equal(a, b));
}

bool column_differs(const struct column *column, const void *before, const void *after, struct arena *arena,
        struct text *out_was, struct text *out_now)
{
	*out_now = column_value(column, after, arena);
	*out_was = before ? column_value(column, before, arena) : TEXT_NONE;
	return !same(*out_was, *out_now) && (before || out_now->len);
}
