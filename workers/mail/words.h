/* words.h - the protocol's fixed words as a reader of mail says them. */
#ifndef WORKERS_MAIL_WORDS_H
#define WORKERS_MAIL_WORDS_H

#include "base/text.h"

/* The value itself when the field is free text or the word is unknown. */
struct text words_translate(struct text field, struct text value, struct text language);

#endif
