/* calendar.c - see calendar.h.
 *
 * While a zone's offset stays the same, the wall clock runs with UTC. So time is cut into the spans between the zone's
 * changes. Within a span W(wall) is the working time from a fixed day to a time on the wall: whole weeks, and what
 * holidays take away, summed up beforehand. Before each span the working time until it began is known (worked), so that
 * the working time until any instant is worked + W(instant) - W(the span's beginning), and its inverse is found by
 * searching worked, then the holidays, then the week.
 */
#include "base/calendar.h"

#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/day.h"

#define SECOND 1000000LL
#define DAY_S 86400
#define DAY (DAY_S * SECOND)
#define WEEK 7

struct interval {
	int64_t from, to; /* since midnight */
	int64_t before;   /* open time of the day before it */
};

struct weekday {
	const struct interval *intervals;
	int count;
	int64_t open; /* in all */
};

struct calendar {
	const struct zone *zone;
	struct weekday days[WEEK];
	int64_t before[WEEK + 1]; /* open time of the week before the day; the last: of a week */
	const int64_t *holidays;  /* ascending, once each, only such as would be open */
	const int64_t *lost;      /* lost[n]: what the first n holidays take away */
	int holiday_count;
	const int64_t *worked; /* until each change of the zone */
	const int64_t *first;  /* W where each span begins */
};

/* --- W --------------------------------------------------------------------------- */
/* How many holidays are before the day. */
static int holidays_before(const struct calendar *c, int64_t day)
{
	int low = 0, high = c->holiday_count;

	while (low < high) {
		int middle = (low + high) / 2;

		if (c->holidays[middle] < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_holiday(const struct calendar *c, int64_t day, int before)
{
	return before < c->holiday_count && c->holidays[before] == day;
}

/* Working time from the Monday before 1970 to the day's beginning, had there been no holidays. */
static int64_t regular(const struct calendar *c, int64_t day)
{
	int64_t week = day_floor(day + 3, WEEK);

	return week * c->before[WEEK] + c->before[day + 3 - week * WEEK];
}

static int64_t of_day(const struct weekday *d, int64_t since_midnight)
{
	int64_t open = 0;

	for (int i = 0; i < d->count && d->intervals[i].from < since_midnight; i++)
		open = d->intervals[i].before +
		       (since_midnight < d->intervals[i].to ? since_midnight : d->intervals[i].to) -
		       d->intervals[i].from;
	return open;
}

static int64_t w_of(const struct calendar *c, int64_t wall)
{
	int64_t day = day_floor(wall, DAY);
	int before = holidays_before(c, day);
	int64_t open = regular(c, day) - c->lost[before];

	return is_holiday(c, day, before) ? open : open + of_day(&c->days[day_of_week(day)], wall - day * DAY);
}

/* The first time on the wall at which W is w, which some day before it falls short of; there must be open hours. */
static int64_t wall_of(const struct calendar *c, int64_t w)
{
	int low = 0, high = c->holiday_count;
	int64_t week, rest, day;
	const struct weekday *d;
	int weekday = 0, i;

	while (low < high) {
		int middle = (low + high) / 2;

		if (regular(c, c->holidays[middle]) - c->lost[middle] < w)
			low = middle + 1;
		else
			high = middle;
	}
	w += c->lost[low];
	week = day_floor(w - 1, c->before[WEEK]);
	rest = w - week * c->before[WEEK];
	while (c->before[weekday + 1] < rest)
		weekday++;
	d = &c->days[weekday];
	rest -= c->before[weekday];
	for (i = d->count - 1; d->intervals[i].before >= rest; i--)
		;
	day = week * WEEK + weekday - 3;
	return day * DAY + d->intervals[i].from + rest - d->intervals[i].before;
}

/* --- spans ----------------------------------------------------------------------- */
static int64_t offset_of(const struct calendar *c, int span)
{
	return c->zone->changes[span].offset * SECOND;
}

static int span_at(const struct calendar *c, int64_t us)
{
	return zone_change_at(c->zone, day_floor(us, SECOND));
}

static int64_t worked_until(const struct calendar *c, int64_t us)
{
	int span = span_at(c, us);

	return c->worked[span] + w_of(c, us + offset_of(c, span)) - c->first[span];
}

/* The last span before whose end the working time falls short of it. */
static int span_of_worked(const struct calendar *c, int64_t worked)
{
	int low = 0, high = c->zone->count;

	while (high - low > 1) {
		int middle = (low + high) / 2;

		if (c->worked[middle] < worked)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int64_t within(int64_t us)
{
	if (us < ZONE_FIRST * SECOND)
		return ZONE_FIRST * SECOND;
	return us > ZONE_LAST * SECOND ? ZONE_LAST * SECOND : us;
}

int64_t calendar_between(const struct calendar *c, int64_t start_us, int64_t end_us)
{
	return end_us <= start_us ? 0 : worked_until(c, within(end_us)) - worked_until(c, within(start_us));
}

bool calendar_add(const struct calendar *c, int64_t start_us, int64_t amount_us, int64_t *out_us)
{
	int64_t target, end;
	int span;

	if (start_us < ZONE_FIRST * SECOND || start_us > ZONE_LAST * SECOND || amount_us < 0 ||
	        amount_us > (ZONE_LAST - ZONE_FIRST) * SECOND || !c->before[WEEK])
		return false;
	target = worked_until(c, start_us) + amount_us;
	if (!amount_us) {
		/* Where the last bit before the start was worked it is the start, else where the next bit begins. */
		if (calendar_between(c, start_us - 1, start_us + 1)) {
			*out_us = start_us;
			return true;
		}
		target++;
	}
	span = span_of_worked(c, target);
	end = wall_of(c, target - c->worked[span] + c->first[span]) - offset_of(c, span) - !amount_us;
	if (end > ZONE_LAST * SECOND)
		return false;
	*out_us = end;
	return true;
}

/* --- open and closed ------------------------------------------------------------- */
/* When the day's state at since_midnight ends, on that day. */
static int64_t end_in_day(const struct weekday *d, int64_t since_midnight, bool *out_open)
{
	*out_open = false;
	for (int i = 0; i < d->count; i++) {
		if (since_midnight < d->intervals[i].from)
			return d->intervals[i].from;
		if (since_midnight < d->intervals[i].to) {
			*out_open = true;
			return d->intervals[i].to;
		}
	}
	return DAY;
}

/* One stretch of the same state: it ends at the latest with the day on the wall, or with the zone's span. */
static bool stretch(const struct calendar *c, int64_t at, int64_t *out_until)
{
	int span = span_at(c, at);
	int64_t wall = at + offset_of(c, span), day = day_floor(wall, DAY), end;
	bool open = false;

	if (is_holiday(c, day, holidays_before(c, day)))
		end = DAY;
	else
		end = end_in_day(&c->days[day_of_week(day)], wall - day * DAY, &open);
	*out_until = day * DAY + end - offset_of(c, span);
	if (span + 1 < c->zone->count && c->zone->changes[span + 1].at * SECOND < *out_until)
		*out_until = c->zone->changes[span + 1].at * SECOND;
	return open;
}

bool calendar_is_open(const struct calendar *c, int64_t at_us, int64_t limit_us, int64_t *out_until)
{
	int64_t next;
	bool open = stretch(c, at_us, out_until);

	/* However long it is closed: the next opening is a moment before the next moment's work is done. */
	if (!open)
		*out_until = calendar_add(c, at_us, 1, &next) ? next - 1 : limit_us;
	while (open && *out_until < limit_us && stretch(c, *out_until, &next))
		*out_until = next;
	if (*out_until > limit_us)
		*out_until = limit_us;
	return open;
}

/* --- making ---------------------------------------------------------------------- */
static int compare_intervals(const void *a, const void *b)
{
	const struct interval *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static int compare_days(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sorted and made disjoint. */
static void settle_weekday(struct weekday *d, struct interval *list, int count)
{
	int kept = 0;

	qsort(list, (size_t)count, sizeof *list, compare_intervals);
	for (int i = 0; i < count; i++) {
		if (kept && list[i].from <= list[kept - 1].to) {
			if (list[i].to > list[kept - 1].to)
				list[kept - 1].to = list[i].to;
		} else {
			list[kept++] = list[i];
		}
	}
	for (int i = 0; i < kept; i++) {
		list[i].before = d->open;
		d->open += list[i].to - list[i].from;
	}
	d->intervals = list;
	d->count = kept;
}

static void set_week(struct arena *arena, struct calendar *c, const struct calendar_hours *hours, int count)
{
	for (int day = 0; day < WEEK; day++) {
		struct interval *list = ARENA_ARRAY(arena, struct interval, (size_t)count + 1);
		int n = 0;

		for (int i = 0; i < count; i++) {
			bool over_midnight = hours[i].to <= hours[i].from;

			if (hours[i].weekday == day)
				list[n++] = (struct interval){ hours[i].from * SECOND,
					over_midnight ? DAY : hours[i].to * SECOND, 0 };
			else if (over_midnight && hours[i].to > 0 && (hours[i].weekday + 1) % WEEK == day)
				list[n++] = (struct interval){ 0, hours[i].to * SECOND, 0 };
		}
		settle_weekday(&c->days[day], list, n);
		c->before[day + 1] = c->before[day] + c->days[day].open;
	}
}

static void set_holidays(struct arena *arena, struct calendar *c, const int64_t *holidays, int count)
{
	int64_t *days = ARENA_ARRAY(arena, int64_t, (size_t)count + 1);
	int64_t *lost = ARENA_ARRAY(arena, int64_t, (size_t)count + 1);
	int kept = 0;

	if (count)
		memcpy(days, holidays, sizeof *days * (size_t)count);
	qsort(days, (size_t)count, sizeof *days, compare_days);
	for (int i = 0; i < count; i++) {
		int64_t open = c->days[day_of_week(days[i])].open;

		if (!open || (kept && days[kept - 1] == days[i]))
			continue;
		days[kept] = days[i];
		lost[kept + 1] = lost[kept] + open;
		kept++;
	}
	c->holidays = days;
	c->lost = lost;
	c->holiday_count = kept;
}

static void set_spans(struct arena *arena, struct calendar *c)
{
	int64_t *worked = ARENA_ARRAY(arena, int64_t, (size_t)c->zone->count);
	int64_t *first = ARENA_ARRAY(arena, int64_t, (size_t)c->zone->count);

	for (int i = 0; i < c->zone->count; i++) {
		int64_t begin = c->zone->changes[i].at * SECOND;

		first[i] = w_of(c, begin + offset_of(c, i));
		if (i)
			worked[i] = worked[i - 1] + w_of(c, begin + offset_of(c, i - 1)) - first[i - 1];
	}
	c->worked = worked;
	c->first = first;
}

struct calendar *calendar_new(struct arena *arena, const struct zone *zone, const struct calendar_hours *hours,
        int hour_count, const int64_t *holidays, int holiday_count)
{
	struct calendar *c = ARENA_NEW(arena, struct calendar);

	c->zone = zone;
	set_week(arena, c, hours, hour_count);
	set_holidays(arena, c, holidays, holiday_count);
	set_spans(arena, c);
	return c;
}

struct calendar *calendar_always(struct arena *arena)
{
	static const struct zone_change from_the_first[] = { { ZONE_FIRST, 0 } };
	static const struct zone utc = { .name = "UTC", .changes = from_the_first, .count = 1 };
	struct calendar_hours hours[WEEK];

	for (int i = 0; i < WEEK; i++)
		hours[i] = (struct calendar_hours){ i, 0, DAY_S };
	return calendar_new(arena, &utc, hours, WEEK, NULL, 0);
}

const struct zone *calendar_zone(const struct calendar *c)
{
	return c->zone;
}
