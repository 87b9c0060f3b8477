/* names.c - a name for a file that hurts nobody: see header.h. */
#include "base/mail/header.h"

#include <string.h>
#include "base/unicode.h"

#define NAME_BYTES_MOST 255
#define ENDING_BYTES_MOST 16

/* What stands behind the last stroke, in either way of writing paths. */
static struct text without_path(struct text name)
{
	for (size_t i = name.len; i > 0; i--)
		if (name.data[i - 1] == '/' || name.data[i - 1] == '\\')
			return (struct text){ name.data + i, name.len - i };
	return name;
}

static size_t whole_characters(struct text text, size_t most)
{
	while (most > 0 && most < text.len && (text.data[most] & 0xC0) == 0x80)
		most--;
	return most < text.len ? most : text.len;
}

/* Keeps the ending, by which people and programs know what it is. */
static struct text shortened(struct arena *arena, struct text name)
{
	const char *dot;
	size_t ending;

	if (name.len <= NAME_BYTES_MOST)
		return name;
	dot = memrchr(name.data, '.', name.len);
	ending = dot ? (size_t)(name.data + name.len - dot) : 0;
	if (ending > ENDING_BYTES_MOST)
		ending = 0;
	return text_of(arena_printf(arena, "%.*s%.*s", (int)whole_characters(name, NAME_BYTES_MOST - ending), name.data,
	        (int)ending, name.data + name.len - ending));
}

struct text header_file_name(struct arena *arena, struct text name)
{
	struct text rest = without_path(text_trim(name));
	struct buffer out;

	buffer_init(&out, arena, rest.len + 1);
	while (rest.len > 0) {
		struct text before = rest;
		uint32_t c;

		if (!unicode_next(&rest, &c))
			break;
		if (!unicode_is_control(c) && !unicode_ends_line(c) && !unicode_turns_line(c))
			buffer_append(&out, before.data, before.len - rest.len);
	}
	name = text_trim(buffer_view(&out));
	if (text_equal(name, TEXT(".")) || text_equal(name, TEXT("..")))
		return TEXT("");
	return name.len ? shortened(arena, name) : TEXT("");
}
