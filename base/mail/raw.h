/* raw.h - the bytes of a message, which may lie in a mapped file of many megabytes. */
#ifndef BASE_MAIL_RAW_H
#define BASE_MAIL_RAW_H

#include "base/text.h"

/* What was read need not stay in memory: a hint to the kernel, after which the bytes are what they were. */
void raw_put_away(struct text bytes);

#endif
