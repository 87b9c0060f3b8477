/* pattern.h - one part of a template: a text with names in it, read once and checked, then filled in any number of
 *times.
 *
 *   {name}             the value, escaped for where it stands
 *   {#name} … {/name}  once when it has something to say; for each item of a list; an object's members come first in it
 *   {^name} … {/name}  when it has nothing to say: it is not there, empty or false
 *   {{  }}             a brace
 *
 * A value is put in as it is and never looked at again, so braces in a title mean nothing.
 *
 * In a TEXT what has nothing to say vanishes: a line whose names are all empty is left out, and a paragraph (lines
 * between blank ones) whose lines with names are all left out goes with its heading. A line of sections' marks alone is
 * no line.
 *
 *	Changements:                          gone when both lines below are
 *	- Statut: {oldStatus} → {newStatus}   gone when both are empty
 *	{additionalChanges}                   gone when it is empty
 */
#ifndef TEMPLATES_PATTERN_H
#define TEMPLATES_PATTERN_H

#include <jansson.h>
#include "base/text.h"

#define PATTERN_BYTES 65536 /* of its source */
#define PATTERN_DEPTH 8     /* sections in sections */
#define PATTERN_ITEMS 100   /* of a list, that are told */
#define PATTERN_STEPS 20000 /* literals and values, of one filling */

struct arena;
struct pattern;

enum pattern_form {
	PATTERN_LINE, /* one line: control characters are blanks */
	PATTERN_TEXT, /* lines that end with LF */
	PATTERN_HTML, /* what html.h allows */
	PATTERN_LAYOUT,
};

/* What is wrong with a source; line and column count from 1, the column in characters. */
struct pattern_fault {
	int line, column;
	const char *why; /* in the arena, or a literal */
};

/* fields: the names it may use, with blanks between; "items.title" is title in each of items. NULL: out_fault says what
 * is wrong. The source must live as long as the pattern. */
const struct pattern *pattern_read(struct arena *arena, enum pattern_form form, const char *fields, struct text source,
        struct pattern_fault *out_fault);

/* Fixed words (priority, newStatus) are said in the language; of a value no more than most bytes. False: there are more
 * than limit bytes in out, or too many steps. */
struct pattern_use {
	const json_t *values; /* an object */
	struct text language;
	size_t most, limit;
};
bool pattern_fill(const struct pattern *pattern, const struct pattern_use *use, struct buffer *out);

/* --- what both files know -------------------------------------------------------------------- */
#include "templates/html.h"

enum node_kind { NODE_LITERAL, NODE_VALUE, NODE_WITH, NODE_WITHOUT };

struct node {
	enum node_kind kind;
	enum html_place place;
	struct text text; /* the literal, or the name */
	struct node *inside, *next;
};

struct pattern {
	enum pattern_form form;
	struct node *first;
};

#endif
