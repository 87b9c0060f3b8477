/* holiday.h - days without working time, as people write them down:
 *
 *   2026-12-25              that day
 *   *-05-01                 each year
 *   last Monday of May      first, second, third, fourth, fifth or last (1st ... 5th); names in full or three letters
 *   Easter+1                so many days after (-2: before) Easter Sunday of the Gregorian calendar
 */
#ifndef BASE_HOLIDAY_H
#define BASE_HOLIDAY_H

#include "base/zone.h"

enum holiday_form { HOLIDAY_DATE, HOLIDAY_YEARLY, HOLIDAY_WEEKDAY, HOLIDAY_EASTER };

struct holiday {
	enum holiday_form form;
	int year, month, day;
	int weekday, nth; /* nth 1 to 5; 0: the last */
	int from_easter;  /* days, -200 to 200 */
};

/* Any case, blanks around it do not count. False, and out untouched: it is none of these. */
bool holiday_read(struct text t, struct holiday *out);

/* The day in that year; false: there is none (29 February, a fifth Monday, a date of another year). */
bool holiday_in_year(const struct holiday *holiday, int year, int64_t *out_day);

#endif
