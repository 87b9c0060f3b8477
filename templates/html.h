/* html.h - what HTML a template may hold, where in it a value stands, and how a value is written there.
 *
 * A scanner goes through a template's own text once, when the template is loaded. It knows a short list of elements and
 * attributes: what can run, fetch something or lead to a script is not among them. It refuses what HTML5 would have to
 * repair: an element that is not closed, a block in a paragraph, an attribute without quotes.
 *
 * A value is never HTML. In text it is escaped, and its lines end with <br>; in an attribute it stays inside the
 * quotes; a whole address must be http, https or mailto; a part of an address is percent-encoded (RFC 3986).
 */
#ifndef TEMPLATES_HTML_H
#define TEMPLATES_HTML_H

#include <stdbool.h>
#include "base/text.h"

#define HTML_DEPTH 24

enum html_state {
	HTML_IN_TEXT,
	HTML_AT_TAG,   /* behind < */
	HTML_IN_NAME,  /* of an element */
	HTML_IN_TAG,   /* where an attribute may begin */
	HTML_IN_ATTR,  /* the name of an attribute */
	HTML_AT_VALUE, /* behind = */
	HTML_IN_VALUE,
	HTML_IN_STYLE, /* the text of a style element */
	HTML_IN_DECLARATION,
};

struct html_scan {
	bool layout; /* the frame of all mails: what a document needs is allowed, too */
	enum html_state state;
	struct text name; /* of the element or attribute at hand; grows while it is read */
	struct text attribute;
	bool closing;
	char quote;
	const char *value; /* where the value begins; NULL: a placeholder did */
	int element;       /* of the tag at hand */
	int open[HTML_DEPTH];
	int depth;
	int floor; /* elements below were opened outside the section at hand */
};

/* Where a value can stand. */
enum html_place {
	HTML_NOWHERE,
	HTML_TEXT,
	HTML_ATTRIBUTE,
	HTML_ADDRESS,      /* the whole of an href, or its beginning */
	HTML_ADDRESS_PART, /* of an href, behind its beginning */
	HTML_BODY,         /* a part that is HTML already: of the layout alone */
};

/* Reads one character; NULL, or what is wrong there. */
const char *html_next(struct html_scan *scan, const char *at);
/* Where the placeholder at `at` puts its value; the scanner goes on behind it. */
enum html_place html_place(struct html_scan *scan, const char *at);
/* May a section begin or end here? */
bool html_can_part(const struct html_scan *scan);
/* NULL, or what is still missing. */
const char *html_end(const struct html_scan *scan);

void html_append(struct buffer *out, enum html_place place, struct text value);
/* A code point that no HTML document, and no mail, may hold: controls but tab and line feed, and what is no character.
 */
bool html_refuses(struct text step);

#endif
