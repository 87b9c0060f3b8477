/* words.h - what a mail says, as a ticket can hold it. */
#ifndef WORKERS_INTAKE_WORDS_H
#define WORKERS_INTAKE_WORDS_H

#include "base/arena.h"
#include "base/text.h"

/* A line of 255 characters at most, without control characters and what turns its direction; otherwise stands in when
 * nothing can be seen of it. In the arena. */
struct text words_title(struct text subject, struct text otherwise, struct arena *arena);
/* A text of 50,000 characters at most, with its line breaks; the rest is in the mail. */
struct text words_body(struct text text, struct text otherwise, struct arena *arena);
/* A file's name of 255 bytes at most. */
struct text words_file_name(struct text name, struct arena *arena);

#endif
