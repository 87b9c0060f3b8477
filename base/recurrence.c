/* recurrence.c - see recurrence.h.
 *
 * libical steps through times without a zone; what they are in UTC is ours, by the system's tzdata.
 */
#include "base/recurrence.h"
#include "base/day.h"

#include <string.h>
#include <libical/ical.h>

#define STEPS_MOST 100000 /* of days: 270 years */
#define DAY_S 86400

/* --- rules ------------------------------------------------------------------------- */
static bool read_rule(struct text text, struct icalrecurrencetype *out)
{
	char rule[RECURRENCE_MAX + 1];

	if (!text.len || text.len > RECURRENCE_MAX || memchr(text.data, '\0', text.len))
		return false;
	memcpy(rule, text.data, text.len);
	rule[text.len] = '\0';
	icalerror_set_errors_are_fatal(false);
	*out = icalrecurrencetype_from_string(rule);
	return out->freq != ICAL_NO_RECURRENCE;
}

static bool steps_by_days(const struct icalrecurrencetype *rule)
{
	return rule->freq == ICAL_DAILY_RECURRENCE || rule->freq == ICAL_WEEKLY_RECURRENCE ||
	       rule->freq == ICAL_MONTHLY_RECURRENCE || rule->freq == ICAL_YEARLY_RECURRENCE;
}

static bool splits_days(const struct icalrecurrencetype *rule)
{
	return rule->by_second[0] != ICAL_RECURRENCE_ARRAY_MAX || rule->by_minute[0] != ICAL_RECURRENCE_ARRAY_MAX ||
	       rule->by_hour[0] != ICAL_RECURRENCE_ARRAY_MAX;
}

const char *recurrence_refuses(struct text text)
{
	struct icalrecurrencetype rule;

	if (!read_rule(text, &rule))
		return "is no recurrence rule, like FREQ=MONTHLY;BYDAY=1MO";
	if (!steps_by_days(&rule) || splits_days(&rule))
		return "comes more often than once a day";
	return rule.interval < 1 ? "has an interval of less than 1" : NULL;
}

/* --- walls ------------------------------------------------------------------------- */
static int32_t offset_at(const struct zone *zone, int64_t unix_s)
{
	return zone->changes[zone_change_at(zone, unix_s)].offset;
}

static int64_t wall_of(const struct zone *zone, int64_t unix_s)
{
	return unix_s + offset_at(zone, unix_s);
}

int64_t recurrence_instant(const struct zone *zone, int64_t wall_s)
{
	int64_t before = wall_s - offset_at(zone, wall_s - DAY_S), after;

	if (wall_of(zone, before) == wall_s)
		return before;
	after = wall_s - offset_at(zone, before);
	return wall_of(zone, after) == wall_s ? after : before;
}

/* --- times ------------------------------------------------------------------------- */
static int64_t seconds_of(struct icaltimetype t)
{
	return day_of_date(t.year, t.month, t.day) * DAY_S + t.hour * 3600 + t.minute * 60 + t.second;
}

static struct icaltimetype time_of(int64_t wall_s)
{
	int64_t day = day_floor(wall_s, DAY_S), second = wall_s - day * DAY_S;
	struct icaltimetype t = icaltime_null_time();

	day_to_date(day, &t.year, &t.month, &t.day);
	t.hour = (int)(second / 3600);
	t.minute = (int)(second / 60 % 60);
	t.second = (int)(second % 60);
	return t;
}

/* A last day that is given as an instant is compared with walls like the rest. A rule without an end has one all the
 * same, so that looking for a day that never comes does not take longer than it must. */
static void set_end(struct icalrecurrencetype *rule, const struct zone *zone)
{
	if (icaltime_is_null_time(rule->until)) {
		if (!rule->count)
			rule->until = time_of(ZONE_LAST);
	} else if (icaltime_is_utc(rule->until)) {
		rule->until = time_of(wall_of(zone, seconds_of(rule->until)));
	}
}

static bool walk(icalrecur_iterator *times, const struct zone *zone, int64_t after_us, int64_t *out_us)
{
	for (int i = 0; i < STEPS_MOST; i++) {
		struct icaltimetype next = icalrecur_iterator_next(times);
		int64_t at_s;

		if (icaltime_is_null_time(next) || seconds_of(next) >= ZONE_LAST - DAY_S)
			return false;
		at_s = recurrence_instant(zone, seconds_of(next));
		if (at_s * 1000000 <= after_us)
			continue;
		*out_us = at_s * 1000000;
		return true;
	}
	return false;
}

bool recurrence_after(struct text text, const struct zone *zone, int64_t first_us, int64_t after_us, int64_t *out_us)
{
	struct icalrecurrencetype rule;
	icalrecur_iterator *times;
	bool found;

	if (!read_rule(text, &rule))
		return false;
	set_end(&rule, zone);
	times = icalrecur_iterator_new(rule, time_of(wall_of(zone, first_us / 1000000)));
	if (!times)
		return false;
	found = walk(times, zone, after_us, out_us);
	icalrecur_iterator_free(times);
	return found;
}
