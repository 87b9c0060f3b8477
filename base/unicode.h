/* unicode.h - what a code point is, as far as we have to know (Unicode 15, general categories). */
#ifndef BASE_UNICODE_H
#define BASE_UNICODE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"

/* Takes the first code point off the text. False at its end, or where it is not UTF-8. */
bool unicode_next(struct text *t, uint32_t *out);

/* Cc: C0, DEL and C1. */
bool unicode_is_control(uint32_t c);
/* U+2028 and U+2029, which end a line for those who know them. */
bool unicode_ends_line(uint32_t c);
/* White space, control or format character (Zs, Zl, Zp, Cc, Cf), or a filler: nothing is seen of it. */
bool unicode_is_invisible(uint32_t c);
/* The embeddings, overrides and isolates that turn the direction of what follows (UAX #9 sections 2.1 to 2.5). */
bool unicode_turns_line(uint32_t c);

/* Bytes of the first grapheme cluster (UAX #29): what a reader takes for one character. 0 of an empty text. t must be
 * well-formed UTF-8. */
size_t unicode_cluster(struct text t);

/* The same text in normalization form C (UAX #15), so that equal texts have equal bytes. In the arena, or t itself
 * when it is ASCII. t must be well-formed UTF-8. */
struct text unicode_composed(struct arena *arena, struct text t);
/* The same in lower case (full mapping, no language's own rules), in form C. */
struct text unicode_lower(struct arena *arena, struct text t);

#endif
