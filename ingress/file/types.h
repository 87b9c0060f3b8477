/* types.h - which files are taken: what they are is what their content is.
 *
 * ALLOWED_MIME_TYPES chooses among the rows of types.c. A file's extension, the type that its sender declares (but for
 * application/octet-stream, which says nothing) and its content must all be of one row. libmagic tells pictures, PDF
 * and text; for the two containers of office documents, OLE and ZIP, the names of what is inside are looked at.
 */
#ifndef INGRESS_FILE_TYPES_H
#define INGRESS_FILE_TYPES_H

#include "base/settings.h"
#include "base/text.h"

extern struct setting types_settings[]; /* ALLOWED_MIME_TYPES, INLINE_MIME_TYPES */

/* Before the threads start: ends the process (exit 78) when a setting names what is no row. */
void types_start(void);

struct types_fault {
	const char *code;   /* extension, declared, content */
	const char *detail; /* in the arena */
};

/* The file's type as it will be told; NULL: *out_fault says why it is refused. declared may be TEXT_NONE. Reads at most
 * all of content, on a thread that may wait for a disk. */
const char *types_check(struct arena *arena, struct text name, struct text declared, struct text content, bool picture,
        struct types_fault *out_fault);

/* May a browser show it, instead of saving it? */
bool types_is_shown(struct text mime_type);
bool types_is_picture(struct text mime_type);
/* The types that are taken, as a JSON list. */
void types_write_allowed(struct buffer *out);

#endif
