/* recurrence.h - when something comes again: a rule of iCalendar (RFC 5545 section 3.3.10) on the wall clock of a zone,
 * such as FREQ=MONTHLY;BYDAY=1MO, "every first Monday".
 *
 * The clock on the wall stays the same over changes of daylight saving time: an hour that is skipped is taken by the
 * offset before the change, and of an hour that comes twice the first counts. Days are the smallest step. The one file
 * that knows libical. Instants are microseconds since 1970, UTC.
 */
#ifndef BASE_RECURRENCE_H
#define BASE_RECURRENCE_H

#include "base/zone.h"

#define RECURRENCE_MAX 255 /* characters of a rule */

/* NULL, or why that is no rule that is taken here: a literal. */
const char *recurrence_refuses(struct text rule);

/* The first time after an instant, of those that the rule gives from first_us on; the first one is among them when it
 * fits the rule. False, and out untouched: none comes any more. The rule must be a good one. */
bool recurrence_after(struct text rule, const struct zone *zone, int64_t first_us, int64_t after_us, int64_t *out_us);

/* The instant of a time on the wall, both in seconds (as if the wall's were UTC). */
int64_t recurrence_instant(const struct zone *zone, int64_t wall_s);

#endif
