/* fold_html.c - see fold_html.h. The nodes of the tree say where in the HTML they stand.
 *
 * Mail programs mark what they quote: gmail_quote, blockquote type="cite", moz-cite-prefix, divRplyFwdMsg, yahoo_quoted
 * and so on. A mark helps; what it stands around is still read as lines, as text is, for many programs mark nothing.
 */
#include "base/mail/fold_html.h"

#include <string.h>
#include "base/mail/fold.h"
#include "base/mail/html_tree.h"
#include "base/unicode.h"

struct walk {
	struct text html;
	struct lines lines;
	int capacity;
	struct buffer said;  /* of the line that is being read */
	size_t from, to;     /* where the line begins, and what was last read of it ends */
	enum line_note note; /* of the element we are in */
	enum line_note line_note;
	bool is_blank_due; /* white space was read, and counts if more comes */
};

/* Marks in class and id; the first letters are enough, for programs add numbers and prefixes. */
static const char *const quoted_marks[] = { "gmail_quote", "gmail_attr", "yahoo_quoted", "moz-cite-prefix",
	"moz-forward-container", "zmail_extra", "protonmail_quote", "reply-intro", "tutanota_quote", "mailmate_quote",
	"sh-quoted", "front-blockquote", "quoted-text", "isreplycontent", "isforwardcontent", "gwquote", "hey_quote",
	"history_container", "ymail_quote", "sparrow_quote", "acompli_quote", NULL };
static const char *const cut_marks[] = { "divrplyfwdmsg", "appendonsend", "outlookmessageheader",
	"mail-editor-reference-message", "olk_src_body_section", "ms-outlook-mobile-reference", "mobile-reference",
	NULL };
static const char *const signature_marks[] = { "gmail_signature", "moz-signature", "applemailsignature",
	"ms-outlook-mobile-signature", "protonmail_signature", "yahoo-signature", "ydpsignature", "divsignature",
	"freebirdsignature", NULL };

static struct text attribute(const GumboElement *element, const char *name, char *lower, size_t room)
{
	const GumboAttribute *found = gumbo_get_attribute(&element->attributes, name);
	size_t len = found ? strnlen(found->value, room) : 0;

	return found ? line_lower_into((struct text){ found->value, len }, lower) : TEXT("");
}

static bool is_marked(const GumboElement *element, const char *const *marks)
{
	char lower[256];

	return line_has_any(attribute(element, "class", lower, sizeof lower), marks) >= 0 ||
	       line_has_any(attribute(element, "id", lower, sizeof lower), marks) >= 0;
}

/* Gmail and Outlook indent with a blockquote that has no border. */
static enum line_note note_of_blockquote(const GumboElement *element)
{
	char lower[512];
	struct text style = attribute(element, "style", lower, sizeof lower);
	bool has_border =
	        line_has(style, "border-left") && !line_has(style, "border:none") && !line_has(style, "border: none");

	return has_border || gumbo_get_attribute(&element->attributes, "type") ||
	                       gumbo_get_attribute(&element->attributes, "cite")
	               ? LINE_QUOTED
	               : LINE_INDENTED;
}

static enum line_note note_of(const GumboElement *element, enum line_note above)
{
	char lower[64];

	if (above == LINE_QUOTED || is_marked(element, quoted_marks))
		return LINE_QUOTED;
	if (element->tag == GUMBO_TAG_BLOCKQUOTE)
		return note_of_blockquote(element);
	if (text_equal(attribute(element, "data-signatureblock", lower, sizeof lower), TEXT("true")))
		return LINE_SIGNATURE;
	return is_marked(element, signature_marks) ? LINE_SIGNATURE : above;
}

static bool is_block(GumboTag tag)
{
	static const GumboTag blocks[] = { GUMBO_TAG_P, GUMBO_TAG_DIV, GUMBO_TAG_BR, GUMBO_TAG_LI, GUMBO_TAG_TR,
		GUMBO_TAG_TABLE, GUMBO_TAG_UL, GUMBO_TAG_OL, GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_PRE, GUMBO_TAG_H1,
		GUMBO_TAG_H2, GUMBO_TAG_H3, GUMBO_TAG_H4, GUMBO_TAG_H5, GUMBO_TAG_H6, GUMBO_TAG_HR, GUMBO_TAG_SECTION,
		GUMBO_TAG_ARTICLE, GUMBO_TAG_HEADER, GUMBO_TAG_FOOTER, GUMBO_TAG_DL, GUMBO_TAG_DT, GUMBO_TAG_DD,
		GUMBO_TAG_CENTER, GUMBO_TAG_ADDRESS, GUMBO_TAG_FORM, GUMBO_TAG_FIELDSET, GUMBO_TAG_TBODY,
		GUMBO_TAG_CAPTION };

	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
		if (tag == blocks[i])
			return true;
	return false;
}

static bool is_unseen(GumboTag tag)
{
	return tag == GUMBO_TAG_STYLE || tag == GUMBO_TAG_SCRIPT || tag == GUMBO_TAG_HEAD || tag == GUMBO_TAG_TITLE ||
	       tag == GUMBO_TAG_TEMPLATE || tag == GUMBO_TAG_NOSCRIPT;
}

static struct line *line_new(struct walk *walk)
{
	if (walk->lines.count == walk->capacity) {
		int capacity = walk->capacity ? walk->capacity * 2 : 64;
		struct line *items = ARENA_ARRAY(walk->lines.arena, struct line, capacity);

		if (walk->lines.count)
			memcpy(items, walk->lines.items, sizeof *items * (size_t)walk->lines.count);
		walk->lines.items = items;
		walk->capacity = capacity;
	}
	return &walk->lines.items[walk->lines.count++];
}

/* Ends the line; one that says nothing is a blank line, of which one is enough. */
static void line_end(struct walk *walk)
{
	struct text said = line_trim(buffer_view(&walk->said));
	struct line *line;

	walk->is_blank_due = false;
	if (!said.len && (!walk->lines.count || line_is_blank(&walk->lines.items[walk->lines.count - 1])))
		return;
	line = line_new(walk);
	*line = (struct line){
		.whole = text_copy(walk->lines.arena, said), .note = walk->line_note, .from = walk->from
	};
	line_read(line);
	line->to = said.len ? walk->to : walk->from;
	walk->from = line->to;
	walk->said.len = 0;
	walk->line_note = LINE_PLAIN;
}

static void say(struct walk *walk, const char *text, size_t len)
{
	if (!walk->said.len)
		walk->line_note = walk->line_note == LINE_CUT ? LINE_CUT : walk->note;
	for (size_t i = 0; i < len; i++) {
		if (strchr(" \t\r\n", text[i])) {
			walk->is_blank_due = walk->said.len > 0;
			continue;
		}
		if (walk->is_blank_due)
			buffer_append(&walk->said, " ", 1);
		walk->is_blank_due = false;
		buffer_append(&walk->said, text + i, 1);
	}
}

/* Where a piece of the source ends, in bytes of the HTML; what the parser made up stands nowhere. */
static size_t end_of(const struct walk *walk, GumboStringPiece piece)
{
	if (!piece.data || piece.data < walk->html.data || piece.data > walk->html.data + walk->html.len)
		return walk->to;
	return (size_t)(piece.data - walk->html.data) + piece.length;
}

static void read_text(struct walk *walk, const GumboNode *node)
{
	size_t before = walk->said.len;

	say(walk, node->v.text.text, strlen(node->v.text.text));
	if (walk->said.len > before)
		walk->to = end_of(walk, node->v.text.original_text);
}

/* A picture says nothing that could be read, and stays with the words before it: those below it may be folded. */
static void take_picture(struct walk *walk, size_t end)
{
	int last = walk->lines.count - 1;

	walk->to = end;
	if (walk->said.len)
		return;
	for (; last >= 0 && line_is_blank(&walk->lines.items[last]); last--)
		walk->lines.items[last].from = walk->lines.items[last].to = end;
	if (last >= 0)
		walk->lines.items[last].to = walk->from = end;
}

static void read_node(struct walk *walk, const GumboNode *node, int depth);

static void read_element(struct walk *walk, const GumboNode *node, int depth)
{
	const GumboElement *element = &node->v.element;
	enum line_note above = walk->note;

	if (is_unseen(element->tag))
		return;
	if (is_block(element->tag))
		line_end(walk);
	walk->note = note_of(element, above);
	if (walk->note != LINE_QUOTED && is_marked(element, cut_marks)) {
		line_end(walk);
		walk->line_note = LINE_CUT;
	}
	if (element->tag == GUMBO_TAG_HR) {
		say(walk, "________", 8);
		walk->to = end_of(walk, element->original_tag);
	} else if (element->tag == GUMBO_TAG_IMG) {
		take_picture(walk, end_of(walk, element->original_tag));
	}
	for (unsigned int i = 0; i < element->children.length; i++)
		read_node(walk, element->children.data[i], depth + 1);
	if (is_block(element->tag))
		line_end(walk);
	if (element->tag == GUMBO_TAG_P)
		line_end(walk);
	walk->note = above;
}

static void read_node(struct walk *walk, const GumboNode *node, int depth)
{
	if (depth > HTML_DEPTH_MOST)
		return;
	if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_CDATA || node->type == GUMBO_NODE_WHITESPACE)
		read_text(walk, node);
	else if (node->type == GUMBO_NODE_ELEMENT)
		read_element(walk, node, depth);
}

struct lines fold_html_lines(struct arena *arena, struct text html)
{
	struct walk walk = { .html = html, .lines = { .arena = arena, .spent = ARENA_NEW(arena, int) } };
	const GumboNode *root = html_tree(arena, html);

	buffer_init(&walk.said, arena, 256);
	if (root)
		read_node(&walk, root, 0);
	line_end(&walk);
	return walk.lines;
}
