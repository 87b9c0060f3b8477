/* holiday_feed.h - the days of an iCalendar (RFC 5545): events that last whole days, those that come again by a rule
 * too. An event with a time of the day is no holiday, and one that is cancelled none any more.
 */
#ifndef OPS_GUICHETCTL_HOLIDAY_FEED_H
#define OPS_GUICHETCTL_HOLIDAY_FEED_H

#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"

#define FEED_DAYS_MAX 2000

struct holiday_feed {
	int64_t days[FEED_DAYS_MAX]; /* since 1970, ascending, each once */
	int count;
	int passed_over; /* events with a time of the day, or cancelled */
	bool overflowed; /* there are more */
};

/* Of the days from first until (and with) last. False: it is no iCalendar, or has no event. */
bool holiday_feed_read(struct text ical, int64_t first, int64_t last, struct holiday_feed *out);

#endif
