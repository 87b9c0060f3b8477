/* fold.h - which lines of a mail are new, shared by the text of a mail and by its HTML. */
#ifndef BASE_MAIL_FOLD_H
#define BASE_MAIL_FOLD_H

#include "base/mail/line.h"
#include "base/mail/mail.h"

/* For each line whether it is folded: a quotation, who is quoted, a signature. Never all of what says something. */
const bool *fold_lines(const struct lines *lines);
/* Where the signature begins among the lines first to end (not included), which nobody is quoted in; or end. */
int fold_signature(const struct lines *lines, int first, int end);
/* The paragraph of lines first to end is what lawyers put below every mail (fold_legal.c). */
bool fold_is_legal(const struct lines *lines, int first, int end);
/* Sets visible_html and folded_html, and the texts when the text of the mail was made from its HTML (fold_cut.c). */
void fold_cut(struct mail *mail);

#endif
