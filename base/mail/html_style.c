/* html_style.c - see html_style.h.
 *
 * No url(), nothing that moves an element out of its place over the page around it, no backslash or comment with which
 * something else is written than is read.
 */
#include "base/mail/html_style.h"

#include <string.h>
#include "base/mail/html_tree.h"

static const char *const kept[] = { "background-color", "border", "border-bottom", "border-collapse", "border-color",
	"border-left", "border-right", "border-spacing", "border-style", "border-top", "border-width", "color",
	"direction", "font-family", "font-size", "font-style", "font-weight", "height", "line-height",
	"list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width",
	"padding", "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align", "text-decoration",
	"text-indent", "vertical-align", "white-space", "width" };

/* Of functions, those of colours alone. Margins below zero would move it. */
static bool is_harmless(struct text value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];
		bool is_letter = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9');

		if (c == '(' && !(i >= 3 && strncasecmp(value.data + i - 3, "rgb", 3) == 0) &&
		        !(i >= 4 && strncasecmp(value.data + i - 4, "rgba", 4) == 0))
			return false;
		if (c == '-' && (i == 0 || value.data[i - 1] == ' '))
			return false;
		if (!is_letter && !strchr(" #%.,()!-'", c))
			return false;
	}
	return value.len > 0;
}

void html_style_write(struct arena *arena, struct buffer *out, struct text style)
{
	struct buffer good;

	buffer_init(&good, arena, style.len + 1);
	while (style.len > 0) {
		const char *end = memchr(style.data, ';', style.len), *colon;
		size_t len = end ? (size_t)(end - style.data) : style.len, used = end ? len + 1 : len;
		struct text name, value;

		colon = memchr(style.data, ':', len);
		if (colon) {
			name = text_trim((struct text){ style.data, (size_t)(colon - style.data) });
			value = text_trim((struct text){ colon + 1, (size_t)(style.data + len - colon) - 1 });
			if (HTML_TREE_LISTS(kept, name) && is_harmless(value))
				buffer_printf(
				        &good, "%.*s:%.*s;", (int)name.len, name.data, (int)value.len, value.data);
		}
		style = (struct text){ style.data + used, style.len - used };
	}
	if (good.len)
		buffer_printf(out, " style=\"%.*s\"", (int)good.len, good.data);
}
