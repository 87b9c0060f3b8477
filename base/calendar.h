/* calendar.h - working time: when it is open, in which zone, and how long that is.
 *
 * An instant is working time when the clock on the wall, in the calendar's zone, shows a time of the weekday's
 * intervals and the day on the wall is no holiday. Nothing else is special: of an hour that is skipped nothing counts,
 * an hour that comes twice counts twice, and a shift over midnight is cut there, so that a holiday is closed from
 * midnight to midnight.
 *
 * A calendar is made once, in an arena, and never changes. Asking it allocates nothing, takes a few binary searches
 * whatever the distance, and is safe from any thread. Instants and amounts are microseconds (since 1970, UTC).
 */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include "base/zone.h"

/* A weekday's open time, in seconds of the wall clock since midnight: 0 <= from < 86400, 0 < to <= 86400. With to <=
 * from it ends on the next day. */
struct calendar_hours {
	int weekday; /* 0 Monday to 6 Sunday */
	int32_t from, to;
};

struct calendar;

/* Working hours in any order, overlapping or not; holidays as days since 1970, in any order. Copies what it keeps but
 * the zone, which must live as long. */
struct calendar *calendar_new(struct arena *arena, const struct zone *zone, const struct calendar_hours *hours,
        int hour_count, const int64_t *holidays, int holiday_count);
/* Open at any time. */
struct calendar *calendar_always(struct arena *arena);

const struct zone *calendar_zone(const struct calendar *calendar);

/* Working time between two instants; 0 when the end is not after the start. Before 1900 and after 2199 there is none.
 */
int64_t calendar_between(const struct calendar *calendar, int64_t start_us, int64_t end_us);

/* The first instant at which amount_us of working time have passed since the start; with 0 the start itself, or the
 * next opening when it is closed then. The end of an interval belongs to it: what is done within four hours from 08:00
 * is due at 12:00, not at 13:00. False, and out untouched, when there is no such instant before 2200. */
bool calendar_add(const struct calendar *calendar, int64_t start_us, int64_t amount_us, int64_t *out_us);

/* Whether the instant is working time, and in *out_until when that changes, at most limit_us. */
bool calendar_is_open(const struct calendar *calendar, int64_t at_us, int64_t limit_us, int64_t *out_until);

#endif
