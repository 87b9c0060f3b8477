/* html.c - HTML that may be shown: see html.h.
 *
 * Written anew from the tree: an element or an attribute is there because it stands in a list. What holds programs,
 * pages, drawings or fields goes with all that is in it; any other unknown element goes, and what is in it stays.
 */
#include "base/mail/html.h"

#include <string.h>
#include "base/mail/html_style.h"
#include "base/mail/html_tree.h"

static const char *const kept[] = { "a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote",
	"br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em",
	"figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins",
	"kbd", "li", "main", "mark", "nav", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small",
	"span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt",
	"u", "ul", "var", "wbr" };
static const char *const dropped[] = { "applet", "audio", "base", "canvas", "embed", "frame", "frameset", "iframe",
	"link", "math", "meta", "noembed", "noframes", "noscript", "object", "param", "script", "select", "style",
	"svg", "template", "textarea", "title", "video", "xml", "xmp" };
static const char *const without_end[] = { "br", "col", "hr", "img", "wbr" };
static const char *const attributes[] = { "align", "alt", "bgcolor", "border", "cellpadding", "cellspacing", "color",
	"colspan", "dir", "face", "height", "lang", "rowspan", "size", "start", "title", "valign", "width" };

static void escape(struct buffer *out, struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		const char *as = text.data[i] == '&'   ? "&amp;"
		                 : text.data[i] == '<' ? "&lt;"
		                 : text.data[i] == '>' ? "&gt;"
		                 : text.data[i] == '"' ? "&quot;"
		                                       : NULL;

		if (as)
			buffer_string(out, as);
		else
			buffer_append(out, text.data + i, 1);
	}
}

static void write_attribute(struct buffer *out, const char *name, struct text value)
{
	buffer_printf(out, " %s=\"", name);
	escape(out, value);
	buffer_string(out, "\"");
}

/* --- where it leads to ------------------------------------------------------------------------- */
/* Without what browsers pass over in front of and inside a scheme. */
static struct text plain_url(struct arena *arena, const char *url)
{
	char *out = arena_alloc(arena, strlen(url) + 1);
	size_t len = 0;

	for (; *url; url++)
		if ((unsigned char)*url > ' ' || (len > 0 && *url == ' '))
			out[len++] = *url;
	return text_trim((struct text){ out, len });
}

static bool has_scheme(struct text url, const char *scheme)
{
	size_t len = strlen(scheme);

	return url.len > len && text_equal_nocase((struct text){ url.data, len }, text_of(scheme));
}

static void write_link(struct arena *arena, struct buffer *out, const char *href)
{
	struct text url = plain_url(arena, href);

	if (!has_scheme(url, "http:") && !has_scheme(url, "https:") && !has_scheme(url, "mailto:"))
		return;
	write_attribute(out, "href", url);
	buffer_string(out, " rel=\"noopener noreferrer\" target=\"_blank\"");
}

static void write_picture(struct arena *arena, struct buffer *out, const char *src)
{
	struct text url = plain_url(arena, src);

	if (has_scheme(url, "cid:"))
		write_attribute(out, "src", url);
	else if (has_scheme(url, "http:") || has_scheme(url, "https:"))
		write_attribute(out, "data-src", url);
	else if (has_scheme(url, "data:image/png;base64,") || has_scheme(url, "data:image/jpeg;base64,") ||
	         has_scheme(url, "data:image/gif;base64,"))
		write_attribute(out, "data-src", url);
}

static void write_attributes(struct arena *arena, struct buffer *out, const GumboElement *element)
{
	for (unsigned i = 0; i < element->attributes.length; i++) {
		const GumboAttribute *attribute = element->attributes.data[i];
		struct text name = text_of(attribute->name);

		if (text_equal(name, TEXT("href")) && element->tag == GUMBO_TAG_A)
			write_link(arena, out, attribute->value);
		else if (text_equal(name, TEXT("src")) && element->tag == GUMBO_TAG_IMG)
			write_picture(arena, out, attribute->value);
		else if (text_equal(name, TEXT("style")))
			html_style_write(arena, out, text_of(attribute->value));
		else if (HTML_TREE_LISTS(attributes, name))
			write_attribute(out, attribute->name, text_of(attribute->value));
	}
}

/* --- the tree ---------------------------------------------------------------------------------- */
static void write_node(struct arena *arena, struct buffer *out, const GumboNode *node, int depth);

static void write_children(struct arena *arena, struct buffer *out, const GumboNode *node, int depth)
{
	const GumboVector *children = html_tree_children(node);

	for (unsigned i = 0; i < children->length; i++)
		write_node(arena, out, children->data[i], depth + 1);
}

static void write_element(struct arena *arena, struct buffer *out, const GumboNode *node, int depth)
{
	struct text name = html_tree_name(node);

	if (node->v.element.tag_namespace != GUMBO_NAMESPACE_HTML || HTML_TREE_LISTS(dropped, name))
		return;
	if (!HTML_TREE_LISTS(kept, name)) {
		write_children(arena, out, node, depth);
		return;
	}
	buffer_string(out, "<");
	buffer_text(out, name);
	write_attributes(arena, out, &node->v.element);
	buffer_string(out, ">");
	if (HTML_TREE_LISTS(without_end, name))
		return;
	write_children(arena, out, node, depth);
	buffer_string(out, "</");
	buffer_text(out, name);
	buffer_string(out, ">");
}

static void write_node(struct arena *arena, struct buffer *out, const GumboNode *node, int depth)
{
	if (depth > HTML_DEPTH_MOST)
		return;
	if (html_tree_is_text(node))
		escape(out, text_of(node->v.text.text));
	else if (html_tree_is_element(node))
		write_element(arena, out, node, depth);
}

struct text html_sanitise(struct arena *arena, struct text html)
{
	struct arena *tree = arena_new(1 << 16); /* many times what it says */
	const GumboNode *root = html_tree(tree, html);
	struct buffer out;

	buffer_init(&out, arena, html.len + 64);
	if (root)
		write_node(tree, &out, root, 0);
	arena_free(&tree);
	return text_mend(arena, buffer_view(&out));
}

struct text html_of_text(struct arena *arena, struct text text)
{
	struct buffer out;

	buffer_init(&out, arena, text.len + 64);
	buffer_string(&out, "<div>");
	while (text.len > 0) {
		const char *end = memchr(text.data, '\n', text.len);
		size_t len = end ? (size_t)(end - text.data) : text.len, used = end ? len + 1 : len;

		escape(&out, (struct text){ text.data, len });
		if (end)
			buffer_string(&out, "<br>\n");
		text = (struct text){ text.data + used, text.len - used };
	}
	buffer_string(&out, "</div>");
	return buffer_view(&out);
}
