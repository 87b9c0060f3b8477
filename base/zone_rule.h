/* zone_rule.h - the rule for the time after the last change that a zone's file lists: the TZ string of POSIX (IEEE
 * 1003.1 section 8.3) as RFC 8536 section 3.3 extends it. */
#ifndef BASE_ZONE_RULE_H
#define BASE_ZONE_RULE_H

#include "base/zone.h"

/* When one of a year's two changes is. */
struct zone_day {
	char form; /* M: week and weekday of a month; J: day 1 to 365, never 29 February; 0: day 0 to 365 */
	int month, week, weekday; /* weekday 0 is Sunday, as POSIX has it; week 5 is the last */
	int day;
	int32_t seconds; /* after midnight, wall time before the change; may be negative or over a day */
};

struct zone_rule {
	int32_t standard, daylight; /* offsets from UTC, in seconds */
	bool changes;               /* false: standard time all year round */
	struct zone_day to_daylight, to_standard;
};

/* False: it is no such rule. */
bool zone_rule_read(struct text t, struct zone_rule *out);
/* Both changes of a year, the earlier one first. */
void zone_rule_year(const struct zone_rule *rule, int year, struct zone_change out[2]);

#endif
