/* holiday.c - see holiday.h. */
#include "base/holiday.h"
#include "base/day.h"

#include <ctype.h>
#include <string.h>

static const char *const weekdays[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" };
static const char *const months[] = { "january", "february", "march", "april", "may", "june", "july", "august",
	"september", "october", "november", "december" };
/* In the order of nth; the last is 0. */
static const char *const ordinals[] = { "last", "first", "second", "third", "fourth", "fifth" };
static const char *const numbered[] = { "last", "1st", "2nd", "3rd", "4th", "5th" };

/* --- dates ------------------------------------------------------------------------ */
static bool digits(const char *p, int count, int *out)
{
	*out = 0;
	for (int i = 0; i < count; i++) {
		if (!isdigit((unsigned char)p[i]))
			return false;
		*out = *out * 10 + (p[i] - '0');
	}
	return true;
}

/* -MM-DD behind a year or a star. */
static bool read_month_day(struct text t, struct holiday *h)
{
	const char *p = t.data;

	return t.len == 6 && p[0] == '-' && p[3] == '-' && digits(p + 1, 2, &h->month) && digits(p + 4, 2, &h->day) &&
	       h->month >= 1 && h->month <= 12 && h->day >= 1 &&
	       h->day <= days_of_month(h->form == HOLIDAY_YEARLY ? 2000 : h->year, h->month);
}

static bool read_date(struct text t, struct holiday *h)
{
	if (t.len && t.data[0] == '*') {
		h->form = HOLIDAY_YEARLY;
		return read_month_day((struct text){ t.data + 1, t.len - 1 }, h);
	}
	h->form = HOLIDAY_DATE;
	return t.len == 10 && digits(t.data, 4, &h->year) && h->year >= 1900 && h->year < 2200 &&
	       read_month_day((struct text){ t.data + 4, 6 }, h);
}

/* --- words ------------------------------------------------------------------------ */
static struct text next_word(struct text *rest)
{
	struct text word;

	*rest = text_trim(*rest);
	word.data = rest->data;
	for (word.len = 0; word.len < rest->len && !isspace((unsigned char)rest->data[word.len]); word.len++)
		;
	*rest = (struct text){ rest->data + word.len, rest->len - word.len };
	return word;
}

/* The place of the word, in full or (short_len) by its beginning; -1: it is not in the list. */
static int find(struct text word, const char *const *list, int count, size_t short_len)
{
	for (int i = 0; i < count; i++)
		if (text_equal_nocase(word, text_of(list[i])) ||
		        (short_len && text_equal_nocase(word, (struct text){ list[i], short_len })))
			return i;
	return -1;
}

static bool read_weekday(struct text rest, struct holiday *h)
{
	struct text word = next_word(&rest);

	h->form = HOLIDAY_WEEKDAY;
	h->nth = find(word, ordinals, 6, 0);
	if (h->nth < 0)
		h->nth = find(word, numbered, 6, 0);
	h->weekday = find(next_word(&rest), weekdays, 7, 3);
	if (!text_equal_nocase(next_word(&rest), TEXT("of")))
		return false;
	h->month = find(next_word(&rest), months, 12, 3) + 1;
	return h->nth >= 0 && h->weekday >= 0 && h->month >= 1 && !text_trim(rest).len;
}

static bool read_easter(struct text t, struct holiday *h)
{
	int64_t days = 0;

	if (t.len < 6 || !text_equal_nocase((struct text){ t.data, 6 }, TEXT("easter")))
		return false;
	t = (struct text){ t.data + 6, t.len - 6 };
	h->form = HOLIDAY_EASTER;
	if (t.len) {
		bool is_before = t.data[0] == '-';

		if ((!is_before && t.data[0] != '+') || t.len < 2 || !isdigit((unsigned char)t.data[1]) ||
		        !text_to_int((struct text){ t.data + 1, t.len - 1 }, &days) || days > 200)
			return false;
		days = is_before ? -days : days;
	}
	h->from_easter = (int)days;
	return true;
}

bool holiday_read(struct text t, struct holiday *out)
{
	struct holiday h = { 0 };

	t = text_trim(t);
	if (!read_date(t, &h) && !read_easter(t, &h) && !read_weekday(t, &h))
		return false;
	*out = h;
	return true;
}

/* --- years ------------------------------------------------------------------------ */
/* Easter Sunday of the Gregorian calendar: the Sunday after the full moon of the tables, as J.-M. Oudin gives it. */
static int64_t easter_of(int year)
{
	int century = year / 100, golden = year % 19;
	int correction = (century - 17) / 25;
	int moon = (century - century / 4 - (century - correction) / 3 + 19 * golden + 15) % 30;
	int weekday, distance, month;

	moon -= moon / 28 * (1 - moon / 28 * (29 / (moon + 1)) * ((21 - golden) / 11));
	weekday = (year + year / 4 + moon + 2 - century + century / 4) % 7;
	distance = moon - weekday;
	month = 3 + (distance + 40) / 44;
	return day_of_date(year, month, distance + 28 - 31 * (month / 4));
}

static bool weekday_in_year(const struct holiday *h, int year, int64_t *out_day)
{
	int length = days_of_month(year, h->month);
	int64_t first = day_of_date(year, h->month, 1);
	int day = (h->weekday - day_of_week(first) + 7) % 7 + 1; /* the month's first such */

	day += 7 * (h->nth ? h->nth - 1 : (length - day) / 7);
	if (day > length)
		return false;
	*out_day = first + day - 1;
	return true;
}

bool holiday_in_year(const struct holiday *h, int year, int64_t *out_day)
{
	switch (h->form) {
	case HOLIDAY_EASTER:
		*out_day = easter_of(year) + h->from_easter;
		return true;
	case HOLIDAY_WEEKDAY:
		return weekday_in_year(h, year, out_day);
	default:
		if ((h->form == HOLIDAY_DATE && h->year != year) || h->day > days_of_month(year, h->month))
			return false;
		*out_day = day_of_date(year, h->month, h->day);
		return true;
	}
}
