/* html_tree.c - see html_tree.h. */
#include "base/mail/html_tree.h"

#include <string.h>

#define OPEN_MOST 400
#define TAGS_MOST 30000 /* a page of that many takes 15 MB */

bool html_tree_lists(const char *const *list, size_t count, struct text name)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal_nocase(name, text_of(list[i])))
			return true;
	return false;
}

/* --- bounds ------------------------------------------------------------------------------------ */
/* They hold nothing, or end by themselves. */
static const char *const not_nested[] = { "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li",
	"link", "meta", "option", "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "wbr" };

static size_t tag_name_bytes(struct text text)
{
	size_t len = 0;

	while (len < text.len && ((text.data[len] >= '0' && text.data[len] <= '9') ||
	                                 ((text.data[len] | 0x20) >= 'a' && (text.data[len] | 0x20) <= 'z')))
		len++;
	return len;
}

/* Up to the tag with which more is open than may be. libgumbo's work grows with the square of what is open. */
static size_t bounded(struct text html)
{
	int open = 0, tags = 0;

	for (size_t i = 0; i + 1 < html.len; i++) {
		bool shuts = html.data[i + 1] == '/';
		struct text rest = { html.data + i + 1 + shuts, html.len - i - 1 - shuts };
		size_t name;

		if (html.data[i] != '<')
			continue;
		name = tag_name_bytes(rest);
		if (name == 0)
			continue;
		tags++;
		if (!HTML_TREE_LISTS(not_nested, ((struct text){ rest.data, name })))
			open += shuts ? (open > 0 ? -1 : 0) : 1;
		if (open > OPEN_MOST || tags > TAGS_MOST)
			return i;
	}
	return html.len;
}

bool html_tree_cuts(struct text html)
{
	return bounded(html) < html.len;
}

/* --- the tree ---------------------------------------------------------------------------------- */
static void *take(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void give_back(void *arena, void *memory)
{
	(void)arena;
	(void)memory;
}

const GumboNode *html_tree(struct arena *arena, struct text html)
{
	GumboOptions options = kGumboDefaultOptions;
	GumboOutput *output;

	options.allocator = take;
	options.deallocator = give_back;
	options.userdata = arena;
	options.max_errors = 0;
	output = gumbo_parse_with_options(&options, html.data, bounded(html));
	return output ? output->root : NULL;
}

bool html_tree_is_element(const GumboNode *node)
{
	return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE;
}

bool html_tree_is_text(const GumboNode *node)
{
	return node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_CDATA || node->type == GUMBO_NODE_WHITESPACE;
}

struct text html_tree_name(const GumboNode *node)
{
	GumboStringPiece piece = node->v.element.original_tag;

	if (node->v.element.tag != GUMBO_TAG_UNKNOWN)
		return text_of(gumbo_normalized_tagname(node->v.element.tag));
	gumbo_tag_from_original_text(&piece);
	return (struct text){ piece.data, piece.data ? piece.length : 0 };
}

const GumboVector *html_tree_children(const GumboNode *node)
{
	return &node->v.element.children;
}
