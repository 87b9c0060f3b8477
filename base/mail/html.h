/* html.h - what of HTML is kept, and HTML as text.
 *
 * libgumbo reads it as a browser would (HTML5); what is written is made of elements and attributes from lists, anew. A
 * page shows it in a frame without rights all the same (docs/MAIL.md).
 */
#ifndef BASE_MAIL_HTML_H
#define BASE_MAIL_HTML_H

#include "base/arena.h"
#include "base/text.h"

/* Elements and attributes of the lists alone. Links to http, https and mailto, with rel="noopener noreferrer"; pictures
 * by cid: as they are, all others with data-src in place of src, so that nothing is fetched unless somebody asks. */
struct text html_sanitise(struct arena *arena, struct text html);
/* As somebody reads it: blocks are lines, cells are apart, quotations begin with "> ". */
struct text html_text(struct arena *arena, struct text html);
/* Text as HTML, with its lines. */
struct text html_of_text(struct arena *arena, struct text text);

#endif
