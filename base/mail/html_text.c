/* html_text.c - HTML as somebody reads it: see html.h. */
#include "base/mail/html.h"

#include <string.h>
#include "base/mail/html_tree.h"

#define QUOTES_MOST 20

static const char *const unread[] = { "applet", "audio", "canvas", "embed", "frameset", "head", "iframe", "noembed",
	"noframes", "object", "script", "select", "style", "svg", "template", "textarea", "title", "video" };
static const char *const blocks[] = { "address", "article", "aside", "caption", "center", "dd", "div", "dl", "dt",
	"figcaption", "figure", "footer", "form", "header", "li", "main", "nav", "section", "table", "tbody", "tfoot",
	"thead", "tr" };
/* With an empty line before and behind. */
static const char *const apart[] = { "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "ul" };

struct writing {
	struct buffer out;
	int lines;                 /* line ends that are due before the next word */
	bool is_apart;             /* a blank is due */
	int quotes, quotes_before; /* how deep in quotations: now, and at the word before */
	int preformatted;
};

static void write_quotes(struct writing *writing, int depth)
{
	for (int i = 0; i < depth && i < QUOTES_MOST; i++)
		buffer_string(&writing->out, "> ");
}

/* Brings out what is due. */
static void begin_word(struct writing *writing)
{
	bool is_line = writing->out.len == 0 || writing->lines > 0;

	for (int i = 0; writing->out.len && i < writing->lines; i++) {
		if (i > 0)
			write_quotes(writing,
			        writing->quotes < writing->quotes_before ? writing->quotes : writing->quotes_before);
		buffer_string(&writing->out, "\n");
	}
	if (is_line)
		write_quotes(writing, writing->quotes);
	else if (writing->is_apart)
		buffer_string(&writing->out, " ");
	writing->quotes_before = writing->quotes;
	writing->lines = 0;
	writing->is_apart = false;
}

static void want_lines(struct writing *writing, int lines)
{
	if (writing->lines < lines)
		writing->lines = lines;
}

static void write_preformatted(struct writing *writing, struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\n') {
			writing->lines++;
			continue;
		}
		begin_word(writing);
		buffer_append(&writing->out, text.data + i, 1);
	}
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void write_text(struct writing *writing, struct text text)
{
	size_t at = 0;

	while (at < text.len) {
		size_t from = at;

		while (at < text.len && is_blank(text.data[at]))
			at++;
		writing->is_apart |= at > from;
		from = at;
		while (at < text.len && !is_blank(text.data[at]))
			at++;
		if (at == from)
			break;
		begin_word(writing);
		buffer_append(&writing->out, text.data + from, at - from);
	}
}

static void write_node(struct writing *writing, const GumboNode *node, int depth);

static void write_children(struct writing *writing, const GumboNode *node, int depth)
{
	const GumboVector *children = html_tree_children(node);

	for (unsigned i = 0; i < children->length; i++)
		write_node(writing, children->data[i], depth + 1);
}

static void write_element(struct writing *writing, const GumboNode *node, int depth)
{
	struct text name = html_tree_name(node);
	bool is_quote = text_equal(name, TEXT("blockquote")), is_pre = text_equal(name, TEXT("pre"));
	int lines = HTML_TREE_LISTS(apart, name) ? 2 : HTML_TREE_LISTS(blocks, name) ? 1 : 0;

	if (HTML_TREE_LISTS(unread, name))
		return;
	if (text_equal(name, TEXT("br"))) {
		writing->lines++;
		return;
	}
	if (text_equal(name, TEXT("td")) || text_equal(name, TEXT("th")))
		writing->is_apart = true;
	want_lines(writing, lines);
	if (text_equal(name, TEXT("li")) || text_equal(name, TEXT("hr"))) {
		want_lines(writing, 1);
		begin_word(writing);
		buffer_string(&writing->out, text_equal(name, TEXT("li")) ? "* " : "---");
	}
	if (text_equal(name, TEXT("hr")))
		want_lines(writing, 1);
	writing->quotes += is_quote;
	writing->preformatted += is_pre;
	write_children(writing, node, depth);
	writing->quotes -= is_quote;
	writing->preformatted -= is_pre;
	want_lines(writing, lines);
}

static void write_node(struct writing *writing, const GumboNode *node, int depth)
{
	if (depth > HTML_DEPTH_MOST)
		return;
	if (html_tree_is_element(node))
		write_element(writing, node, depth);
	else if (html_tree_is_text(node) && writing->preformatted)
		write_preformatted(writing, text_of(node->v.text.text));
	else if (html_tree_is_text(node))
		write_text(writing, text_of(node->v.text.text));
}

/* A no-break space holds a line in HTML; in text it is a blank. */
static struct text with_blanks(struct arena *arena, struct text text)
{
	struct buffer out;

	buffer_init(&out, arena, text.len + 1);
	while (text.len > 0) {
		const char *found = memmem(text.data, text.len, "\xC2\xA0", 2);
		size_t len = found ? (size_t)(found - text.data) : text.len, used = found ? len + 2 : len;

		buffer_append(&out, text.data, len);
		if (found)
			buffer_string(&out, " ");
		text = (struct text){ text.data + used, text.len - used };
	}
	return buffer_view(&out);
}

struct text html_text(struct arena *arena, struct text html)
{
	struct arena *tree = arena_new(1 << 16);
	const GumboNode *root = html_tree(tree, html);
	struct writing writing = { 0 };
	struct text text;

	buffer_init(&writing.out, tree, html.len + 64);
	if (root)
		write_node(&writing, root, 0);
	if (writing.out.len)
		buffer_string(&writing.out, "\n");
	text = with_blanks(arena, text_mend(arena, buffer_view(&writing.out)));
	arena_free(&tree);
	return text;
}
