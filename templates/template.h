/* template.h - mail texts with {names} in them, one file a language.
 *
 * templates/fr/ticket_created.txt holds a subject, the names it may use, and a
 * body; the build embeds all of them and refuses a name that is not declared. A
 * value is put in as it is and never looked at again, so braces in a title mean
 * nothing. A field that is not given is empty.
 *
 * What has nothing to say vanishes: a line of the body whose names are all empty is
 * left out, and a paragraph (lines between blank ones) whose lines with names are all
 * left out goes with its heading:
 *
 *	Changements:                          gone when both lines below are
 *	- Statut: {oldStatus} → {newStatus}   gone when both are empty
 *	{additionalChanges}                   gone when it is empty
 */
#ifndef TEMPLATES_TEMPLATE_H
#define TEMPLATES_TEMPLATE_H

#include <stdbool.h>
#include "base/text.h"

struct template
{
	const char *name, *language;
	const char *fields; /* the names it may use, with blanks between */
	const char *subject, *body;
};

/* All there are, generated; template_count of them. */
extern const struct template templates[];
extern const int template_count;

struct template_field {
	struct text name, value;
};

/* In a language that is not there: French. NULL when there is no such template at all. */
const struct template *template_find(struct text name, struct text language);

/* The subject has no control characters (in a value they become blanks), the body
 * ends its lines with LF. False, and nothing written, when there is no such template. */
bool template_render(struct text name, struct text language, const struct template_field *fields, int count,
        struct arena *arena, struct text *out_subject, struct text *out_body);

#endif
