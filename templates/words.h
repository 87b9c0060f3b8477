/* words.h - the protocol's fixed words as a reader of mail says them. */
#ifndef TEMPLATES_WORDS_H
#define TEMPLATES_WORDS_H

#include "base/text.h"

/* field is a template's field (priority, oldStatus, newStatus), "label" for what a
 * ticket's column is called, or "layout" for what frames every mail. The value itself when the field is free text or
 * the word is unknown; French unless the language is "en". */
struct text words_translate(struct text field, struct text value, struct text language);

#endif
