/* html.c - see html.h. An element or attribute more is a row more. */
#include "templates/html.h"

#include <string.h>

enum { EMPTY = 1, BLOCK = 2, OF_LAYOUT = 4 };

static const struct {
	const char *name;
	unsigned flags;
	const char *within; /* what it must stand in, with blanks around; NULL: anything */
} elements[] = {
	{ "a", 0, NULL },
	{ "b", 0, NULL },
	{ "strong", 0, NULL },
	{ "i", 0, NULL },
	{ "em", 0, NULL },
	{ "u", 0, NULL },
	{ "small", 0, NULL },
	{ "span", 0, NULL },
	{ "code", 0, NULL },
	{ "br", EMPTY, NULL },
	{ "p", BLOCK, NULL },
	{ "div", BLOCK, NULL },
	{ "h1", BLOCK, NULL },
	{ "h2", BLOCK, NULL },
	{ "h3", BLOCK, NULL },
	{ "pre", BLOCK, NULL },
	{ "blockquote", BLOCK, NULL },
	{ "hr", EMPTY | BLOCK, NULL },
	{ "ul", BLOCK, NULL },
	{ "ol", BLOCK, NULL },
	{ "li", BLOCK, " ul ol " },
	{ "table", BLOCK, NULL },
	{ "thead", BLOCK, " table " },
	{ "tbody", BLOCK, " table " },
	{ "tr", BLOCK, " thead tbody " },
	{ "td", BLOCK, " tr " },
	{ "th", BLOCK, " tr " },
	{ "html", OF_LAYOUT, NULL },
	{ "head", OF_LAYOUT, " html " },
	{ "meta", OF_LAYOUT | EMPTY, " head " },
	{ "title", OF_LAYOUT, " head " },
	{ "style", OF_LAYOUT, " head " },
	{ "body", OF_LAYOUT, " html " },
};

static const struct {
	const char *name;
	unsigned flags;
} attributes[] = {
	{ "href", 0 },
	{ "title", 0 },
	{ "style", 0 },
	{ "lang", 0 },
	{ "dir", 0 },
	{ "align", 0 },
	{ "valign", 0 },
	{ "width", 0 },
	{ "role", 0 },
	{ "colspan", 0 },
	{ "rowspan", 0 },
	{ "cellpadding", 0 },
	{ "cellspacing", 0 },
	{ "border", 0 },
	{ "class", OF_LAYOUT },
	{ "charset", OF_LAYOUT },
	{ "name", OF_LAYOUT },
	{ "content", OF_LAYOUT },
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static bool is_called(struct text name, const char *word)
{
	return text_equal(name, text_of(word));
}

/* --- elements --------------------------------------------------------------------- */
static bool is_open(const struct html_scan *scan, const char *name)
{
	for (int i = 0; i < scan->depth; i++)
		if (!strcmp(elements[scan->open[i]].name, name))
			return true;
	return false;
}

static bool stands_within(const struct html_scan *scan, const char *within)
{
	const char *parent = scan->depth ? elements[scan->open[scan->depth - 1]].name : "";
	const char *found = strstr(within, parent);
	size_t len = strlen(parent);

	return len && found && found[-1] == ' ' && found[len] == ' ';
}

static const char *open_element(struct html_scan *scan, int element)
{
	unsigned flags = elements[element].flags;

	if (flags & OF_LAYOUT && !scan->layout)
		return "this element belongs to the layout";
	if (flags & BLOCK && is_open(scan, "p"))
		return "a block cannot stand in a paragraph: close <p> first";
	if (!strcmp(elements[element].name, "a") && is_open(scan, "a"))
		return "a link cannot stand in a link";
	if (elements[element].within && !stands_within(scan, elements[element].within))
		return "this element cannot stand here";
	if (scan->depth == HTML_DEPTH)
		return "too many elements in each other";
	scan->element = element;
	if (!(flags & EMPTY))
		scan->open[scan->depth++] = element;
	return NULL;
}

static const char *close_element(struct html_scan *scan, int element)
{
	if (scan->depth <= scan->floor || scan->open[scan->depth - 1] != element)
		return "this element is not the one that is open here";
	scan->depth--;
	return NULL;
}

static const char *named(struct html_scan *scan)
{
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		if (is_called(scan->name, elements[i].name))
			return scan->closing ? close_element(scan, (int)i) : open_element(scan, (int)i);
	return "this element is not allowed";
}

/* --- attributes --------------------------------------------------------------------- */
static const char *attribute_named(struct html_scan *scan)
{
	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
		if (!is_called(scan->name, attributes[i].name))
			continue;
		if (attributes[i].flags & OF_LAYOUT && !scan->layout)
			break;
		if (!strcmp(attributes[i].name, "href") && strcmp(elements[scan->element].name, "a") != 0)
			break;
		scan->attribute = scan->name;
		return NULL;
	}
	return "this attribute is not allowed";
}

static bool leads_somewhere(struct text address)
{
	static const char *const schemes[] = { "https://", "http://", "mailto:" };

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		size_t len = strlen(schemes[i]);

		if (address.len > len &&
		        text_equal_nocase((struct text){ address.data, len }, (struct text){ schemes[i], len }))
			return true;
	}
	return false;
}

/* Of a value that is all the template's own. */
static const char *value_ended(const struct html_scan *scan, const char *end)
{
	struct text value = { scan->value, scan->value ? (size_t)(end - scan->value) : 0 };

	if (!scan->value)
		return NULL;
	if (is_called(scan->attribute, "href") && !leads_somewhere(value))
		return "an address must begin with https:, http: or mailto:";
	if (is_called(scan->attribute, "style") &&
	        (memmem(value.data, value.len, "(", 1) || memchr(value.data, '\\', value.len)))
		return "a style cannot call anything";
	return NULL;
}

/* --- character by character ------------------------------------------------------------ */
static void begin(struct html_scan *scan, enum html_state state, const char *at)
{
	scan->state = state;
	scan->name = (struct text){ at, 1 };
}

static const char *in_text(struct html_scan *scan, const char *at)
{
	if (*at == '<')
		scan->state = HTML_AT_TAG;
	scan->closing = false;
	return NULL;
}

static const char *at_tag(struct html_scan *scan, const char *at)
{
	if (*at == '!' && scan->layout)
		scan->state = HTML_IN_DECLARATION;
	else if (*at == '/' && !scan->closing)
		scan->closing = true;
	else if (is_name(*at))
		begin(scan, HTML_IN_NAME, at);
	else
		return "write &lt; for <; elements are in lower case";
	return NULL;
}

/* Behind > of a tag. */
static void tag_ended(struct html_scan *scan)
{
	bool style = !scan->closing && !strcmp(elements[scan->element].name, "style");

	scan->state = style ? HTML_IN_STYLE : HTML_IN_TEXT;
}

static const char *in_name(struct html_scan *scan, const char *at)
{
	const char *why;

	if (is_name(*at)) {
		scan->name.len++;
		return NULL;
	}
	why = named(scan);
	if (why)
		return why;
	if (*at == '>')
		tag_ended(scan);
	else if (is_blank(*at) && !scan->closing)
		scan->state = HTML_IN_TAG;
	else
		return "expected > or a blank";
	return NULL;
}

static const char *in_tag(struct html_scan *scan, const char *at)
{
	if (*at == '>')
		tag_ended(scan);
	else if (is_name(*at))
		begin(scan, HTML_IN_ATTR, at);
	else if (!is_blank(*at))
		return "expected an attribute or >";
	return NULL;
}

static const char *in_attribute(struct html_scan *scan, const char *at)
{
	if (is_name(*at)) {
		scan->name.len++;
		return NULL;
	}
	scan->state = HTML_AT_VALUE;
	return *at == '=' ? attribute_named(scan) : "expected = and a value in quotes";
}

static const char *at_value(struct html_scan *scan, const char *at)
{
	if (*at != '"' && *at != '\'')
		return "expected a value in quotes";
	scan->quote = *at;
	scan->value = at + 1;
	scan->state = HTML_IN_VALUE;
	return NULL;
}

static const char *in_value(struct html_scan *scan, const char *at)
{
	if (*at == '<')
		return "write &lt; for <";
	if (*at != scan->quote)
		return NULL;
	scan->state = HTML_IN_TAG;
	return value_ended(scan, at);
}

static const char *in_style(struct html_scan *scan, const char *at)
{
	if (*at == '<')
		scan->state = HTML_AT_TAG;
	return NULL;
}

static const char *in_declaration(struct html_scan *scan, const char *at)
{
	if (*at == '>')
		scan->state = HTML_IN_TEXT;
	return NULL;
}

const char *html_next(struct html_scan *scan, const char *at)
{
	static const char *(*const step[])(struct html_scan *, const char *) = {
		[HTML_IN_TEXT] = in_text,
		[HTML_AT_TAG] = at_tag,
		[HTML_IN_NAME] = in_name,
		[HTML_IN_TAG] = in_tag,
		[HTML_IN_ATTR] = in_attribute,
		[HTML_AT_VALUE] = at_value,
		[HTML_IN_VALUE] = in_value,
		[HTML_IN_STYLE] = in_style,
		[HTML_IN_DECLARATION] = in_declaration,
	};

	return step[scan->state](scan, at);
}

/* What stands before a placeholder in an address has to be a beginning: "https://desk/?q=" and not "java". */
static enum html_place place_in_address(struct html_scan *scan, const char *at)
{
	const char *value = scan->value;

	scan->value = NULL;
	if (!value)
		return HTML_ADDRESS_PART;
	if (value == at)
		return HTML_ADDRESS;
	return leads_somewhere((struct text){ value, (size_t)(at - value) }) ? HTML_ADDRESS_PART : HTML_NOWHERE;
}

enum html_place html_place(struct html_scan *scan, const char *at)
{
	if (scan->state == HTML_IN_TEXT)
		return HTML_TEXT;
	if (scan->state != HTML_IN_VALUE || (is_called(scan->attribute, "style") && !scan->layout))
		return HTML_NOWHERE;
	if (is_called(scan->attribute, "href"))
		return place_in_address(scan, at);
	scan->value = NULL;
	return HTML_ATTRIBUTE;
}

bool html_can_part(const struct html_scan *scan)
{
	return scan->state == HTML_IN_TEXT;
}

const char *html_end(const struct html_scan *scan)
{
	if (scan->state != HTML_IN_TEXT)
		return "the last tag does not end";
	return scan->depth ? "an element is not closed" : NULL;
}

/* --- values -------------------------------------------------------------------------- */
bool html_refuses(struct text step)
{
	const unsigned char *c = (const unsigned char *)step.data;
	unsigned long point;

	if (step.len == 1)
		return (*c < 0x20 && *c != '\t' && *c != '\n') || *c >= 0x7f;
	if (step.len == 2)
		return *c == 0xc2 && c[1] < 0xa0;
	if (step.len == 3)
		point = (c[0] & 0x0fUL) << 12 | (c[1] & 0x3fUL) << 6 | (c[2] & 0x3fUL);
	else
		point = (c[0] & 0x07UL) << 18 | (c[1] & 0x3fUL) << 12 | (c[2] & 0x3fUL) << 6 | (c[3] & 0x3fUL);
	return (point & 0xfffe) == 0xfffe || (point >= 0xfdd0 && point <= 0xfdef);
}

static const char *escape_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void append_escaped(struct buffer *out, struct text step, bool in_text)
{
	const char *escape = escape_of(*step.data);

	if (escape)
		buffer_string(out, escape);
	else if (*step.data == '\n')
		buffer_string(out, in_text ? "<br>\n" : " ");
	else
		buffer_text(out, step);
}

/* Of a whole address its own punctuation stays; of a part nothing does that could end it. */
static void append_address(struct buffer *out, struct text step, bool whole)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	static const char reserved[] = ":/?#[]@!$()*+,;=%";

	for (size_t i = 0; i < step.len; i++) {
		char c = step.data[i];

		if (strchr(unreserved, c) || (whole && strchr(reserved, c)))
			buffer_append(out, &c, 1);
		else if (whole && c == '&')
			buffer_string(out, "&amp;");
		else
			buffer_printf(out, "%%%02X", (unsigned char)c);
	}
}

void html_append(struct buffer *out, enum html_place place, struct text value)
{
	if (place == HTML_BODY) {
		buffer_text(out, value);
		return;
	}
	if (place == HTML_ADDRESS && !leads_somewhere(value)) {
		buffer_string(out, "#");
		return;
	}
	for (size_t at = 0, len; at < value.len; at += len) {
		struct text step = { value.data + at, value.len - at };

		len = text_utf8_step(step);
		step.len = len = len ? len : 1;
		if (html_refuses(step))
			continue;
		if (place == HTML_ADDRESS || place == HTML_ADDRESS_PART)
			append_address(out, step, place == HTML_ADDRESS);
		else
			append_escaped(out, step, place == HTML_TEXT);
	}
}
