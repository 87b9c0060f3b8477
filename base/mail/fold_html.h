/* fold_html.h - HTML as lines, each with the place it has in the HTML, so that what is folded can be cut out of it. */
#ifndef BASE_MAIL_FOLD_HTML_H
#define BASE_MAIL_FOLD_HTML_H

#include "base/mail/line.h"

/* The lines a reader would see. Their ranges from..to follow one another and cover the HTML from its start to the end
 * of the last line; a tag is never cut in two. */
struct lines fold_html_lines(struct arena *arena, struct text html);

#endif
