/* day.h - days of the Gregorian calendar, also before it was made, as numbers: since 1970-01-01. */
#ifndef BASE_DAY_H
#define BASE_DAY_H

#include <stdint.h>

/* Days since 1970-01-01 of a date, and back. month 1 to 12, day 1 to 31. */
int64_t day_of_date(int year, int month, int day);
void day_to_date(int64_t day, int *out_year, int *out_month, int *out_day);
int days_of_month(int year, int month);
/* 0 Monday to 6 Sunday. */
int day_of_week(int64_t day);

/* Division towards the past, for what lies before 1970, too: the day of -1 s is -1. b > 0. */
int64_t day_floor(int64_t a, int64_t b);

#endif
