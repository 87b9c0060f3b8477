/* instant.c - see instant.h. */
#include "base/instant.h"

#include <stdio.h>
#include "base/day.h"

#define SECOND 1000000LL
#define DAY_S 86400

struct scan {
	const char *at;
	size_t left;
	bool failed;
};

static bool take(struct scan *s, const char *one_of)
{
	for (; s->left && *one_of; one_of++)
		if (*s->at == *one_of) {
			s->at++;
			s->left--;
			return true;
		}
	return false;
}

static void want(struct scan *s, const char *one_of)
{
	if (!take(s, one_of))
		s->failed = true;
}

static int number(struct scan *s, int digits, int least, int most)
{
	int n = 0;

	for (; digits; digits--) {
		if (!s->left || *s->at < '0' || *s->at > '9') {
			s->failed = true;
			return least;
		}
		n = n * 10 + (*s->at++ - '0');
		s->left--;
	}
	if (n < least || n > most)
		s->failed = true;
	return n;
}

static int64_t fraction(struct scan *s)
{
	int64_t us = 0, unit = 100000;

	if (!take(s, "."))
		return 0;
	if (!s->left || *s->at < '0' || *s->at > '9')
		s->failed = true;
	for (; s->left && *s->at >= '0' && *s->at <= '9'; s->at++, s->left--, unit /= 10)
		us += (*s->at - '0') * unit;
	return us;
}

/* Seconds east of UTC. */
static int offset(struct scan *s)
{
	int sign, seconds;

	if (take(s, "Zz"))
		return 0;
	sign = take(s, "-") ? -1 : 1;
	if (sign > 0)
		want(s, "+");
	seconds = number(s, 2, 0, 23) * 3600;
	want(s, ":");
	return sign * (seconds + number(s, 2, 0, 59) * 60);
}

bool instant_read(struct text t, int64_t *out_us)
{
	struct scan s = { .at = t.data, .left = t.len };
	int year, month, day, second_of_day;
	int64_t us;

	year = number(&s, 4, 1900, 2199);
	want(&s, "-");
	month = number(&s, 2, 1, 12);
	want(&s, "-");
	day = number(&s, 2, 1, 31);
	want(&s, "Tt ");
	second_of_day = number(&s, 2, 0, 23) * 3600;
	want(&s, ":");
	second_of_day += number(&s, 2, 0, 59) * 60;
	want(&s, ":");
	second_of_day += number(&s, 2, 0, 60);
	us = fraction(&s);
	second_of_day -= offset(&s);
	if (s.failed || s.left || day > days_of_month(year, month))
		return false;
	*out_us = (day_of_date(year, month, day) * DAY_S + second_of_day) * SECOND + us;
	return true;
}

void instant_write(int64_t us, char out[INSTANT_TEXT_BYTES])
{
	int64_t second = day_floor(us, SECOND), day = day_floor(second, DAY_S);
	int of_day = (int)(second - day * DAY_S), fraction_us = (int)(us - second * SECOND), year, month, date;
	char tail[9] = "Z";

	day_to_date(day, &year, &month, &date);
	if (fraction_us)
		snprintf(tail, sizeof tail, ".%06dZ", fraction_us);
	snprintf(out, INSTANT_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d%s", year % 10000, month, date, of_day / 3600,
	        of_day / 60 % 60, of_day % 60, tail);
}
