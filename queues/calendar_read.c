/* calendar_read.c - see calendar_read.h. */
#include "queues/calendar_read.h"

#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/holiday.h"

enum { INTERVALS_A_DAY = 24, HOLIDAYS_MOST = 400, YEAR_FIRST = 1900, YEARS = 300 };

static const char *const weekdays[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

struct reading {
	struct arena *arena;
	struct calendar_fault *fault;
	struct calendar_hours hours[7 * INTERVALS_A_DAY];
	int hour_count;
	int64_t *holidays;
	int holiday_count;
};

static bool fault(struct reading *r, const char *detail, const char *member, const char *key, int index)
{
	char *at = r->fault->pointer;
	size_t room = sizeof r->fault->pointer;

	r->fault->detail = detail;
	if (key)
		snprintf(at, room, index < 0 ? "/%s/%.20s" : "/%s/%.20s/%d", member, key, index);
	else
		snprintf(at, room, index < 0 ? "/%s" : "/%s/%d", member, index);
	return false;
}

/* Two digits; -1: they are none. */
static int32_t read_pair(const char *p)
{
	return p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9' ? (p[0] - '0') * 10 + p[1] - '0' : -1;
}

/* HH:MM or HH:MM:SS, to 24:00; -1: it is none. */
static int32_t read_time(const json_t *json)
{
	const char *p = json_string_value(json);
	size_t len = json_string_length(json);
	int32_t hour, minute, second = 0, time;

	if ((len != 5 && len != 8) || p[2] != ':' || (len == 8 && p[5] != ':'))
		return -1;
	hour = read_pair(p);
	minute = read_pair(p + 3);
	if (len == 8)
		second = read_pair(p + 6);
	time = hour * 3600 + minute * 60 + second;
	return hour < 0 || minute < 0 || minute > 59 || second < 0 || second > 59 || time > 86400 ? -1 : time;
}

static bool read_day(struct reading *r, const json_t *list, int weekday)
{
	if (!json_is_array(list) || json_array_size(list) > INTERVALS_A_DAY)
		return fault(r, "must be a list of up to 24 intervals", "weekly", weekdays[weekday], -1);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *pair = json_array_get(list, i);
		int32_t from = read_time(json_array_get(pair, 0)), to = read_time(json_array_get(pair, 1));

		if (json_array_size(pair) != 2 || from < 0 || to < 0 || from == 86400 || from == to)
			return fault(r, "must be a pair of different times, like [\"08:00\", \"12:00\"]", "weekly",
			        weekdays[weekday], (int)i);
		r->hours[r->hour_count++] = (struct calendar_hours){ weekday, from, to };
	}
	return true;
}

static int find_weekday(const char *name)
{
	for (int i = 0; i < 7; i++)
		if (strcmp(name, weekdays[i]) == 0)
			return i;
	return -1;
}

static bool read_weekly(struct reading *r, json_t *weekly)
{
	const char *name;
	json_t *list;

	if (!weekly) {
		for (int i = 0; i < 7; i++)
			r->hours[r->hour_count++] = (struct calendar_hours){ i, 0, 86400 };
		return true;
	}
	if (!json_is_object(weekly))
		return fault(r, "must be an object of weekdays, mon to sun", "weekly", NULL, -1);
	json_object_foreach(weekly, name, list)
	{
		int weekday = find_weekday(name);

		if (weekday < 0)
			return fault(r, "is no weekday, mon to sun", "weekly", name, -1);
		if (!read_day(r, list, weekday))
			return false;
	}
	return r->hour_count || fault(r, "has no open hour", "weekly", NULL, -1);
}

static bool read_holidays(struct reading *r, const json_t *list)
{
	size_t count = json_array_size(list);

	if (list && (!json_is_array(list) || count > HOLIDAYS_MOST))
		return fault(r, "must be a list of up to 400 days or rules", "holidays", NULL, -1);
	r->holidays = ARENA_ARRAY(r->arena, int64_t, count * YEARS + 1);
	for (size_t i = 0; i < count; i++) {
		struct holiday holiday;

		if (!holiday_read(text_of(json_string_value(json_array_get(list, i))), &holiday))
			return fault(r,
			        "must be a date, *-MM-DD, a rule like \"last Monday of May\", or a day from Easter",
			        "holidays", NULL, (int)i);
		for (int year = YEAR_FIRST; year < YEAR_FIRST + YEARS; year++)
			if (holiday_in_year(&holiday, year, &r->holidays[r->holiday_count]))
				r->holiday_count++;
	}
	return true;
}

static const struct zone *read_zone(struct reading *r, const json_t *name)
{
	const struct zone *zone = NULL;
	const char *why = "must be the name of a time zone, like Europe/Paris";

	if (!name)
		return zone_read(r->arena, TEXT("UTC"), &why);
	if (json_is_string(name))
		zone = zone_read(r->arena, text_of(json_string_value(name)), &why);
	if (!zone)
		fault(r, why, "timezone", NULL, -1);
	return zone;
}

static bool knows_members(struct reading *r, json_t *json)
{
	const char *name;
	json_t *value;

	json_object_foreach(json, name, value) if (strcmp(name, "timezone") && strcmp(name, "weekly") &&
	                                           strcmp(name, "holidays")) return fault(r,
	        "is not a member of a calendar", name, NULL, -1);
	return true;
}

struct calendar *calendar_read(struct arena *arena, const json_t *json, struct calendar_fault *out_fault)
{
	struct reading r = { .arena = arena, .fault = out_fault };
	const struct zone *zone;

	*out_fault = (struct calendar_fault){ .detail = "must be an object" };
	if (!json_is_object(json) || !knows_members(&r, (json_t *)json))
		return NULL;
	zone = read_zone(&r, json_object_get(json, "timezone"));
	if (!zone || !read_weekly(&r, json_object_get(json, "weekly")) ||
	        !read_holidays(&r, json_object_get(json, "holidays")))
		return NULL;
	return calendar_new(arena, zone, r.hours, r.hour_count, r.holidays, r.holiday_count);
}
