/* flowed.c - see flowed.h.
 *
 * A line that ends with a blank goes on in the next of the same depth of quotation. "-- " is a signature's mark, and
 * ends where it ends. A blank at a line's beginning was stuffed there (section 4.4).
 */
#include "base/mail/flowed.h"

#include <string.h>
#include "base/mail/header.h"

struct line {
	size_t depth;
	struct text text;
	bool flows;
};

static struct line next_line(struct text *rest, bool drops_blank)
{
	const char *end = memchr(rest->data, '\n', rest->len);
	struct text text = { rest->data, end ? (size_t)(end - rest->data) : rest->len };
	size_t used = end ? text.len + 1 : text.len;
	struct line line = { 0 };

	*rest = (struct text){ rest->data + used, rest->len - used };
	while (line.depth < text.len && text.data[line.depth] == '>')
		line.depth++;
	text = (struct text){ text.data + line.depth, text.len - line.depth };
	if (text.len && text.data[0] == ' ')
		text = (struct text){ text.data + 1, text.len - 1 };
	line.flows = text.len && text.data[text.len - 1] == ' ' && !text_equal(text, TEXT("-- "));
	if (line.flows && drops_blank)
		text.len--;
	line.text = text;
	return line;
}

static void write_depth(struct buffer *out, size_t depth)
{
	for (size_t i = 0; i < depth; i++)
		buffer_string(out, ">");
	if (depth)
		buffer_string(out, " ");
}

static bool says(struct arena *arena, struct text content_type, const char *name, struct text value)
{
	struct text said = header_parameter(arena, content_type, name, TEXT(""));

	return said.data && text_equal_nocase(said, value);
}

struct text flowed_text(struct arena *arena, struct text text, struct text content_type)
{
	bool drops_blank, goes_on = false;
	struct buffer out;
	size_t depth = 0;

	if (!says(arena, content_type, "format", TEXT("flowed")))
		return text;
	drops_blank = says(arena, content_type, "delsp", TEXT("yes"));
	buffer_init(&out, arena, text.len + 64);
	while (text.len > 0) {
		struct line line = next_line(&text, drops_blank);

		if (goes_on && (line.depth != depth || text_equal(line.text, TEXT("-- ")))) {
			buffer_string(&out, "\n");
			goes_on = false;
		}
		if (!goes_on)
			write_depth(&out, line.depth);
		buffer_text(&out, line.text);
		goes_on = line.flows;
		depth = line.depth;
		if (!goes_on)
			buffer_string(&out, "\n");
	}
	return buffer_view(&out);
}
