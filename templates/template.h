/* template.h - what the desk writes to people: a template for each occasion and language, built in or edited.
 *
 * templates/fr/ticket_created.txt holds a subject, perhaps a brief, the names that all parts may use, and the text;
 * ticket_created.html beside it the same as HTML. templates/layout.txt and layout.html frame every one: the brand, the
 * button to the ticket, the latest public comments, the reply line, the footer. pattern.h has the syntax.
 *
 * A template without HTML shows its text, paragraph by paragraph. Whatever the values are, neither part is above
 * TEMPLATE_BYTES: of values that are too long the beginning is shown.
 */
#ifndef TEMPLATES_TEMPLATE_H
#define TEMPLATES_TEMPLATE_H

#include <jansson.h>
#include <stdbool.h>
#include "base/text.h"
#include "templates/pattern.h"

#define TEMPLATE_BYTES 100000
#define TEMPLATE_COMMENTS 3 /* of the conversation below a mail */

enum template_part { PART_SUBJECT, PART_BRIEF, PART_TEXT, PART_HTML, TEMPLATE_PARTS };
extern const char *const template_part_words[TEMPLATE_PARTS];

struct template
{
	const char *name, *language;
	const char *fields;                /* the names it may use, with blanks between */
	const char *parts[TEMPLATE_PARTS]; /* brief, html: "" when there is none */
};

/* All there are, generated; template_count of them. */
extern const struct template templates[];
extern const int template_count;
extern const char template_layout_text[], template_layout_html[];

/* In a language that is not there: French. NULL when there is no such template at all. */
const struct template *template_find(struct text name, struct text language);
/* The same, but NULL in a language that is not there. */
const struct template *template_find_exactly(struct text name, struct text language);

/* What replaces parts of a built-in one; NULL: as it is built in. */
struct template_edit {
	const struct pattern *parts[TEMPLATE_PARTS];
};
struct template_fault {
	enum template_part part;
	struct pattern_fault at;
};
/* A source as it is kept: its lines end with LF. */
struct text template_source(struct arena *arena, struct text given);
/* Reads what was edited; a part without data stays as it is built in. False: out_fault says what is wrong. The sources
 * must live as long as the edit. */
bool template_parse(struct arena *arena, const struct template *template, const struct text sources[TEMPLATE_PARTS],
        struct template_edit *out, struct template_fault *out_fault);

/* What a template says, with its values. */
struct rendered {
	struct text subject; /* one line */
	struct text text;    /* lines end with LF */
	struct text html;    /* a whole document */
	struct text brief;   /* one line for lists and pushes */
	struct text number;  /* the ticket's, "" when it is about none */
};

/* values: an object of the template's fields; link (to the ticket), attachments ([{name, size, url}]) and comments
 * ([{author, at, content}], none internal) are the layout's. brand: an object (brand.h), NULL: the built-in one. edit:
 * NULL, or what replaces parts. False, and nothing written, when it cannot be filled in: only with an edit, then the
 * built-in one can. */
bool template_fill(const struct template *template, const struct template_edit *edit, const json_t *values,
        const json_t *brand, struct arena *arena, struct rendered *out);

/* The built-in one by its name. False, and nothing written, when there is no such template. */
bool template_render(
        struct text name, struct text language, const json_t *values, struct arena *arena, struct rendered *out);

#endif
