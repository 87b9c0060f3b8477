/* day.c - see day.h: years that begin in March, so that the day that comes and goes is the last, in eras of 400 years.
 */
#include "base/day.h"

#define ERA_DAYS 146097
#define ERA_YEARS 400
/* From 0000-03-01 to 1970-01-01. */
#define EPOCH 719468

int64_t day_floor(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

int64_t day_of_date(int year, int month, int day)
{
	int64_t march_year = month <= 2 ? year - 1 : year;
	int64_t era = day_floor(march_year, ERA_YEARS);
	int64_t of_era = march_year - era * ERA_YEARS;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH;
}

void day_to_date(int64_t day, int *out_year, int *out_month, int *out_day)
{
	int64_t shifted = day + EPOCH, era = day_floor(shifted, ERA_DAYS), of_era = shifted - era * ERA_DAYS;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	*out_day = (int)(of_year - (153 * month + 2) / 5 + 1);
	*out_month = (int)(month < 10 ? month + 3 : month - 9);
	*out_year = (int)(year + era * ERA_YEARS + (*out_month <= 2));
}

int days_of_month(int year, int month)
{
	return (int)(day_of_date(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1) -
	             day_of_date(year, month, 1));
}

int day_of_week(int64_t day)
{
	int64_t since_monday = day + 3; /* 1970-01-01 was a Thursday */

	return (int)(since_monday - day_floor(since_monday, 7) * 7);
}
