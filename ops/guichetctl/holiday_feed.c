/* holiday_feed.c - the only file here that knows libical. See holiday_feed.h. */
#include "ops/guichetctl/holiday_feed.h"

#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

struct reading {
	struct holiday_feed *feed;
	int64_t first, last;
};

static void add(struct reading *r, int64_t day)
{
	if (day < r->first || day > r->last)
		return;
	if (r->feed->count < FEED_DAYS_MAX)
		r->feed->days[r->feed->count++] = day;
	else
		r->feed->overflowed = true;
}

/* DTEND is the day behind the last one. */
static int64_t length_of(icalcomponent *event)
{
	icalproperty *end = icalcomponent_get_first_property(event, ICAL_DTEND_PROPERTY);
	icalproperty *duration = icalcomponent_get_first_property(event, ICAL_DURATION_PROPERTY);
	int64_t length = 1;

	if (end)
		length = (icaltime_as_timet(icalproperty_get_dtend(end)) -
		                 icaltime_as_timet(icalcomponent_get_dtstart(event))) /
		         DAY_S;
	else if (duration)
		length = icaldurationtype_as_int(icalproperty_get_duration(duration)) / DAY_S;
	return length > 1 ? length : 1;
}

static void take_span(icalcomponent *event, struct icaltime_span *span, void *arg)
{
	struct reading *r = arg;
	int64_t day = span->start / DAY_S, length = length_of(event);

	for (int64_t i = 0; i < length && day + i <= r->last; i++)
		add(r, day + i);
}

/* Rules by the hour or quicker say nothing of days. */
static bool has_slow_rule(icalcomponent *event)
{
	icalproperty *p = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);

	for (; p; p = icalcomponent_get_next_property(event, ICAL_RRULE_PROPERTY))
		if (icalproperty_get_rrule(p).freq < ICAL_DAILY_RECURRENCE)
			return false;
	return true;
}

static bool is_holiday(icalcomponent *event)
{
	struct icaltimetype start = icalcomponent_get_dtstart(event);

	return icaltime_is_valid_time(start) && !icaltime_is_null_time(start) && icaltime_is_date(start) &&
	       icalcomponent_get_status(event) != ICAL_STATUS_CANCELLED && has_slow_rule(event);
}

static void take_events(struct reading *r, icalcomponent *calendar, int *out_seen)
{
	struct icaltimetype from = icaltime_from_timet_with_zone((time_t)(r->first - 31) * DAY_S, 0, NULL);
	struct icaltimetype until = icaltime_from_timet_with_zone((time_t)(r->last + 1) * DAY_S, 0, NULL);
	icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);

	for (; event; event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
		++*out_seen;
		if (is_holiday(event))
			icalcomponent_foreach_recurrence(event, from, until, take_span, r);
		else
			r->feed->passed_over++;
	}
}

static int by_day(const void *a, const void *b)
{
	const int64_t *one = a, *other = b;

	return *one < *other ? -1 : *one > *other;
}

static void keep_each_once(struct holiday_feed *feed)
{
	int kept = 0;

	qsort(feed->days, (size_t)feed->count, sizeof *feed->days, by_day);
	for (int i = 0; i < feed->count; i++)
		if (!kept || feed->days[kept - 1] != feed->days[i])
			feed->days[kept++] = feed->days[i];
	feed->count = kept;
}

bool holiday_feed_read(struct text ical, int64_t first, int64_t last, struct holiday_feed *out)
{
	char *copy = strndup(ical.data, ical.len);
	struct reading r = { out, first, last };
	icalcomponent *root, *inner;
	int seen = 0;

	memset(out, 0, sizeof *out);
	icalerror_set_errors_are_fatal(0);
	root = copy ? icalparser_parse_string(copy) : NULL;
	free(copy);
	if (!root)
		return false;
	take_events(&r, root, &seen);
	inner = icalcomponent_get_first_component(root, ICAL_VCALENDAR_COMPONENT);
	for (; inner; inner = icalcomponent_get_next_component(root, ICAL_VCALENDAR_COMPONENT))
		take_events(&r, inner, &seen);
	icalcomponent_free(root);
	keep_each_once(out);
	return seen > 0;
}
