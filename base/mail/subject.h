/* subject.h - what stands before the subject: "Re:", "Fwd:", and what they are elsewhere. */
#ifndef BASE_MAIL_SUBJECT_H
#define BASE_MAIL_SUBJECT_H

#include "base/arena.h"
#include "base/text.h"

enum subject_prefix { SUBJECT_PLAIN, SUBJECT_REPLY, SUBJECT_FORWARD };

/* What the first prefix says; a list's "[name]" before it is passed over. */
enum subject_prefix subject_prefix(struct arena *arena, struct text subject);
/* The subject without any of them. */
struct text subject_bare(struct arena *arena, struct text subject);

#endif
