/* pattern_fuzz.c - the reader of templates: any source is read or refused with a place in it, and what is read can be
 * filled in with any values without a tag that is not the source's own.
 *
 * The first byte says which form; the rest is the source, and the values' text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "templates/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FIELDS "a b list list.a list.list one one.a"

static void check(bool good)
{
	if (!good)
		abort();
}

static json_t *values_of(struct text source)
{
	struct arena *arena = arena_new(4096);
	struct text text = text_mend(arena, source);
	json_t *value = json_stringn(text.data, text.len);
	json_t *values = json_pack("{s:O, s:i, s:[{s:O}, {s:O}], s:{s:O}}", "a", value, "b", 7, "list", "a", value, "a",
	        value, "one", "a", value);

	json_decref(value);
	arena_free(&arena);
	return values;
}

static size_t tags(struct text html)
{
	size_t count = 0;

	for (size_t i = 0; i < html.len; i++)
		count += html.data[i] == '<' && (i + 3 >= html.len || memcmp(html.data + i, "<br>", 4) != 0);
	return count;
}

/* A loop may say a tag twice in each of its depths, a value none. */
static void fill(struct arena *arena, const struct pattern *pattern, json_t *values, size_t own)
{
	struct pattern_use use = { values, { "en", 2 }, 500, 20000 };
	struct buffer out;

	buffer_init(&out, arena, 64);
	if (!pattern_fill(pattern, &use, &out))
		return;
	check(out.len <= use.limit);
	check(text_is_utf8(buffer_view(&out), NULL));
	if (pattern->form == PATTERN_HTML && !own)
		check(!tags(buffer_view(&out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(4096);
	struct pattern_fault fault = { 0 };
	struct text source = { (const char *)data + 1, size ? size - 1 : 0 };
	const struct pattern *pattern;

	if (size) {
		pattern = pattern_read(arena, data[0] % (PATTERN_LAYOUT + 1), FIELDS, source, &fault);
		check(pattern || (fault.line >= 1 && fault.column >= 1 && fault.why));
		if (pattern) {
			json_t *values = values_of(source);

			fill(arena, pattern, values, tags(source));
			json_decref(values);
		}
	}
	arena_free(&arena);
	return 0;
}
