/* zone_rule.c - see zone_rule.h. */
#include "base/zone_rule.h"
#include "base/day.h"

#include <ctype.h>

struct scan {
	const char *at, *end;
	bool failed;
};

static char peek(const struct scan *s)
{
	return s->at < s->end ? *s->at : '\0';
}

static bool take(struct scan *s, char c)
{
	if (peek(s) != c)
		return false;
	s->at++;
	return true;
}

static void want(struct scan *s, char c)
{
	if (!take(s, c))
		s->failed = true;
}

static int number(struct scan *s, int least, int most)
{
	int n = 0, digits = 0;

	for (; isdigit((unsigned char)peek(s)) && digits < 4; digits++)
		n = n * 10 + (*s->at++ - '0');
	if (!digits || n < least || n > most)
		s->failed = true;
	return n;
}

/* CET, or <+03>: at least three characters. */
static void skip_name(struct scan *s)
{
	const char *begin = s->at;

	if (take(s, '<')) {
		while (s->at < s->end && *s->at != '>')
			s->at++;
		want(s, '>');
		return;
	}
	while (isalpha((unsigned char)peek(s)))
		s->at++;
	if (s->at - begin < 3)
		s->failed = true;
}

/* [+-]hh[:mm[:ss]], in seconds. */
static int32_t duration(struct scan *s, int hours_most)
{
	int sign = take(s, '-') ? -1 : 1;
	int32_t seconds;

	if (sign > 0)
		take(s, '+');
	seconds = number(s, 0, hours_most) * 3600;
	if (take(s, ':'))
		seconds += number(s, 0, 59) * 60;
	if (take(s, ':'))
		seconds += number(s, 0, 59);
	return sign * seconds;
}

static void read_day(struct scan *s, struct zone_day *day)
{
	*day = (struct zone_day){ .seconds = 7200 };
	want(s, ',');
	if (take(s, 'M')) {
		day->form = 'M';
		day->month = number(s, 1, 12);
		want(s, '.');
		day->week = number(s, 1, 5);
		want(s, '.');
		day->weekday = number(s, 0, 6);
	} else {
		day->form = take(s, 'J') ? 'J' : '0';
		day->day = number(s, day->form == 'J', 365);
	}
	if (take(s, '/'))
		day->seconds = duration(s, 167);
}

bool zone_rule_read(struct text t, struct zone_rule *out)
{
	struct scan s = { .at = t.data, .end = t.data + t.len };

	*out = (struct zone_rule){ 0 };
	skip_name(&s);
	out->standard = -duration(&s, 24); /* POSIX counts westwards */
	if (s.at < s.end && !s.failed) {
		out->changes = true;
		skip_name(&s);
		out->daylight = peek(&s) == ',' ? out->standard + 3600 : -duration(&s, 24);
		read_day(&s, &out->to_daylight);
		read_day(&s, &out->to_standard);
	}
	return !s.failed && s.at == s.end;
}

/* --- a year ---------------------------------------------------------------------- */
static int64_t day_in_year(const struct zone_day *rule, int year)
{
	int64_t first;
	int step;

	if (rule->form != 'M') {
		first = day_of_date(year, 1, 1);
		if (rule->form == '0')
			return first + rule->day;
		return first + rule->day - 1 + (rule->day >= 60 && days_of_month(year, 2) == 29);
	}
	first = day_of_date(year, rule->month, 1);
	step = ((rule->weekday + 6) % 7 - day_of_week(first) + 7) % 7 + 7 * (rule->week - 1);
	if (step >= days_of_month(year, rule->month))
		step -= 7;
	return first + step;
}

void zone_rule_year(const struct zone_rule *rule, int year, struct zone_change out[2])
{
	struct zone_change daylight = { day_in_year(&rule->to_daylight, year) * 86400 + rule->to_daylight.seconds -
		                                rule->standard,
		rule->daylight };
	struct zone_change standard = { day_in_year(&rule->to_standard, year) * 86400 + rule->to_standard.seconds -
		                                rule->daylight,
		rule->standard };
	bool is_north = daylight.at < standard.at;

	out[0] = is_north ? daylight : standard;
	out[1] = is_north ? standard : daylight;
}
