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

/* The build has checked that every brace belongs to a placeholder. */
static struct text fill(
        const char *pattern, const struct template_field *fields, int count, bool one_line, struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, strlen(pattern) + 256);
	for (;;) {
		const char *open = strchr(pattern, '{');
		const char *close = open ? strchr(open, '}') : NULL;
		struct text value;

		if (!close)
			break;
		buffer_append(&out, pattern, (size_t)(open - pattern));
		value = value_of((struct text){ open + 1, (size_t)(close - open - 1) }, fields, count);
		if (one_line)
			append_one_line(&out, value);
		else
			buffer_text(&out, value);
		pattern = close + 1;
	}
	buffer_string(&out, pattern);
	return buffer_view(&out);
}

bool template_render(struct text name, struct text language, const struct template_field *fields, int count,
        struct arena *arena, struct text *out_subject, struct text *out_body)
{
	const struct template *template = template_find(name, language);

	if (!template)
		return false;
	*out_subject = fill(template->subject, fields, count, true, arena);
	*out_body = fill(template->body, fields, count, false, arena);
	return true;
}
