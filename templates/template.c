/* template.c - finds a template and puts values in. See template.h. */
#include "templates/template.h"

#include <string.h>
#include "base/arena.h"

#define LANGUAGE_DEFAULT TEXT("fr")

static const struct template *find_exactly(struct text name, struct text language)
{
	for (int i = 0; i < template_count; i++)
		if (text_equal(name, text_of(templates[i].name)) &&
		        text_equal(language, text_of(templates[i].language)))
			return &templates[i];
	return NULL;
}

const struct template *template_find(struct text name, struct text language)
{
	const struct template *found = find_exactly(name, language);

	return found ? found : find_exactly(name, LANGUAGE_DEFAULT);
}

static struct text value_of(struct text name, const struct template_field *fields, int count)
{
	for (int i = 0; i < count; i++)
		if (text_equal(fields[i].name, name))
			return fields[i].value;
	return TEXT_NONE;
}

static void append_one_line(struct buffer *out, struct text value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		buffer_append(out, c < 0x20 || c == 0x7f ? " " : value.data + i, 1);
	}
}

/* What is put in where. */
struct filling {
	const struct template_field *fields;
	int count;
	bool one_line;
};

/* The pattern with its values; how many names it has, and how many of them are not
 * empty. The build has checked that every brace belongs to a placeholder. */
static void fill(struct text pattern, const struct filling *filling, struct buffer *out, int *out_names, int *out_given)
{
	const char *at = pattern.data, *end = pattern.data + pattern.len;

	*out_names = *out_given = 0;
	for (;;) {
		const char *open = memchr(at, '{', (size_t)(end - at));
		const char *close = open ? memchr(open, '}', (size_t)(end - open)) : NULL;
		struct text value;

		if (!close)
			break;
		buffer_append(out, at, (size_t)(open - at));
		value = value_of(
		        (struct text){ open + 1, (size_t)(close - open - 1) }, filling->fields, filling->count);
		*out_names += 1;
		*out_given += value.len > 0;
		if (filling->one_line)
			append_one_line(out, value);
		else
			buffer_text(out, value);
		at = close + 1;
	}
	buffer_append(out, at, (size_t)(end - at));
}

/* Cuts the first line off, without its end. */
static struct text next_line(struct text *rest)
{
	const char *end = memchr(rest->data, '\n', rest->len);
	struct text line = { rest->data, end ? (size_t)(end - rest->data) : rest->len };
	size_t step = line.len + (end ? 1 : 0);

	*rest = (struct text){ rest->data + step, rest->len - step };
	return line;
}

/* One paragraph and the blank line after it; leaves out as it was when nothing of it has anything to say. */
static void fill_paragraph(struct text *rest, const struct filling *filling, struct buffer *out)
{
	size_t before = out->len;
	int optional = 0, kept = 0;
	struct text line;

	if (out->len)
		buffer_string(out, "\n");
	while (rest->len && (line = next_line(rest)).len) {
		size_t start = out->len;
		int names, given;

		fill(line, filling, out, &names, &given);
		optional += names > 0;
		kept += given > 0;
		if (names && !given)
			out->len = start;
		else
			buffer_string(out, "\n");
	}
	if (optional && !kept)
		out->len = before;
}

bool template_render(struct text name, struct text language, const struct template_field *fields, int count,
        struct arena *arena, struct text *out_subject, struct text *out_body)
{
	const struct template *template = template_find(name, language);
	struct filling head = { fields, count, true }, text = { fields, count, false };
	struct buffer subject, body;
	struct text rest;
	int names, given;

	if (!template)
		return false;
	buffer_init(&subject, arena, 128);
	fill(text_of(template->subject), &head, &subject, &names, &given);
	buffer_init(&body, arena, strlen(template->body) + 256);
	for (rest = text_of(template->body); rest.len;)
		fill_paragraph(&rest, &text, &body);
	*out_subject = buffer_view(&subject);
	*out_body = buffer_view(&body);
	return true;
}
