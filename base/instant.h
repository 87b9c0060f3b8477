/* instant.h - instants as text: RFC 3339 section 5.6. */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include "base/text.h"

/* A date and a time with Z or an offset, years 1900 to 2199, at most microseconds (more digits are cut off); a leap
 * second is the next second's beginning. In microseconds since 1970. False, and out untouched: it is none. */
bool instant_read(struct text t, int64_t *out_us);

#define INSTANT_TEXT_BYTES 28 /* 27 and the NUL */

/* In UTC, with a fraction only when there is one: 2026-01-31T09:30:00Z, 2026-01-31T09:30:00.250000Z. */
void instant_write(int64_t us, char out[INSTANT_TEXT_BYTES]);

#endif
