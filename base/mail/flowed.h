/* flowed.h - format=flowed (RFC 3676): lines that were broken to be sent, joined again. */
#ifndef BASE_MAIL_FLOWED_H
#define BASE_MAIL_FLOWED_H

#include "base/arena.h"
#include "base/text.h"

/* The text as it was written; as it is, when its Content-Type does not say that it is flowed. Lines end with \n. */
struct text flowed_text(struct arena *arena, struct text text, struct text content_type);

#endif
