/* calendar_read.h - a working calendar from JSON, as it stands in a row of calendars and as people write it:
 *
 *   {"timezone": "Europe/Berlin",
 *    "weekly": {"mon": [["08:00", "12:00"], ["13:00", "17:00"]], "fri": [["22:00", "06:00"]]},
 *    "holidays": ["2026-12-25", "*-05-01", "last Monday of May", "Easter+1"]}
 *
 * An interval may end at 24:00; one that ends at or before its beginning ends on the next day. Without "weekly" it is
 * always open; without "timezone" it is UTC's.
 */
#ifndef QUEUES_CALENDAR_READ_H
#define QUEUES_CALENDAR_READ_H

#include <jansson.h>
#include "base/calendar.h"

struct calendar_fault {
	char pointer[80]; /* into the calendar (RFC 6901), "" is all of it */
	const char *detail;
};

/* In the arena; NULL, with what is wrong first. Reads the zone's file. */
struct calendar *calendar_read(struct arena *arena, const json_t *json, struct calendar_fault *out_fault);

#endif
