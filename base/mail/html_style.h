/* html_style.h - what of a style attribute is kept. */
#ifndef BASE_MAIL_HTML_STYLE_H
#define BASE_MAIL_HTML_STYLE_H

#include "base/arena.h"
#include "base/text.h"

/* Writes ` style="..."` with the declarations that only colour, size and align; nothing when none is left. */
void html_style_write(struct arena *arena, struct buffer *out, struct text style);

#endif
