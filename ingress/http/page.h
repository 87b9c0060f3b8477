/* page.h - the frame of what a browser shows: a heading, a style, and texts that cannot become markup.
 *
 * A page has no script and loads nothing: its policy (CSP level 3) allows the one style that stands in it, by its hash.
 */
#ifndef INGRESS_HTTP_PAGE_H
#define INGRESS_HTTP_PAGE_H

#include "base/arena.h"
#include "ingress/http/call.h"

#define PAGE_TYPE "text/html; charset=utf-8"

/* Does the client say that it wants HTML? What says nothing, or anything, gets JSON. */
bool page_is_wanted(const struct call *call);

void page_begin(struct buffer *out, const char *title, enum language language);
void page_end(struct buffer *out);
/* The text, escaped for an element or a quoted attribute. */
void page_text(struct buffer *out, struct text text);
/* The value of Content-Security-Policy. Any thread. */
const char *page_policy(void);

#endif
