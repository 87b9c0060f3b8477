/* base_calendar_test.c - working time against a walk by minutes that asks the C library what the clock on the wall
 * shows, in twenty zones, around every change of their clocks; and what holidays and intervals mean.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/day.h"
#include "base/calendar.h"
#include "base/holiday.h"
#include "base/instant.h"

#define MINUTE 60000000LL
#define HOUR (60 * MINUTE)

static const char *const zones[] = { "Europe/Paris", "Europe/London", "America/New_York", "America/Sao_Paulo",
	"America/St_Johns", "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Apia", "Pacific/Chatham",
	"Asia/Kathmandu", "Asia/Tehran", "Asia/Tokyo", "Africa/Casablanca", "Africa/Cairo", "Antarctica/Troll",
	"America/Santiago", "Asia/Gaza", "Europe/Dublin", "America/Caracas", "UTC" };

static struct arena *arena;
static uint64_t seed = 88172645463325252ULL;

static int64_t random_below(int64_t most)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (int64_t)(seed % (uint64_t)most);
}

static int setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	unsetenv("TZ");
	tzset();
	return 0;
}

static const struct zone *zone_named(const char *name)
{
	const char *why = NULL;
	const struct zone *zone = zone_read(arena, text_of(name), &why);

	if (!zone)
		fail_msg("%s %s", name, why);
	return zone;
}

static int64_t at(const char *instant)
{
	int64_t us = 0;

	assert_true(instant_read(text_of(instant), &us));
	return us;
}

/* --- zones --------------------------------------------------------------------------- */
static void zones_are_those_of_the_c_library(void **state)
{
	(void)state;
	for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
		const struct zone *zone = zone_named(zones[z]);

		setenv("TZ", zones[z], 1);
		tzset();
		for (int i = 0; i < 4000; i++) {
			time_t t = (time_t)random_below(4102444800LL); /* 1970 to 2100 */
			struct tm wall;

			localtime_r(&t, &wall);
			assert_int_equal(zone->changes[zone_change_at(zone, t)].offset, wall.tm_gmtoff);
		}
	}
}

static void a_name_that_is_none_is_refused(void **state)
{
	static const char *const names[] = { "", "Europe/Atlantis", "../../etc/passwd", "/etc/passwd", "Europe",
		"zone.tab", "Europe/Paris ", ".", "Europe//../Paris", "posixrules\n" };
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_null(zone_read(arena, text_of(names[i]), &why));
}

static void dates_go_to_days_and_back(void **state)
{
	int year, month, day;
	int64_t n = day_of_date(1890, 1, 1);

	(void)state;
	assert_int_equal(day_of_date(1970, 1, 1), 0);
	assert_int_equal(day_of_week(day_of_date(2026, 11, 29)), 6);
	for (int y = 1890; y < 2210; y++)
		for (int m = 1; m <= 12; m++)
			for (int d = 1; d <= days_of_month(y, m); d++, n++) {
				assert_int_equal(day_of_date(y, m, d), n);
				day_to_date(n, &year, &month, &day);
				assert_true(year == y && month == m && day == d);
			}
}

/* --- against the walk ------------------------------------------------------------------ */
struct model {
	struct calendar_hours hours[8];
	int hour_count;
	int64_t holidays[40];
	int holiday_count;
};

/* What the wall shows in that minute, by the C library. */
static bool model_is_open(const struct model *m, int64_t us)
{
	time_t t = (time_t)(us / 1000000);
	struct tm wall;
	int32_t second;
	int weekday;

	localtime_r(&t, &wall);
	for (int i = 0; i < m->holiday_count; i++)
		if (m->holidays[i] == day_of_date(wall.tm_year + 1900, wall.tm_mon + 1, wall.tm_mday))
			return false;
	second = wall.tm_hour * 3600 + wall.tm_min * 60 + wall.tm_sec;
	weekday = (wall.tm_wday + 6) % 7;
	for (int i = 0; i < m->hour_count; i++) {
		const struct calendar_hours *h = &m->hours[i];
		bool over = h->to <= h->from;

		if (h->weekday == weekday && second >= h->from && (over || second < h->to))
			return true;
		if (over && (h->weekday + 1) % 7 == weekday && second < h->to)
			return true;
	}
	return false;
}

static struct model random_model(int64_t around)
{
	struct model m = { .hour_count = (int)random_below(8) + 1, .holiday_count = (int)random_below(6) };

	for (int i = 0; i < m.hour_count; i++) {
		m.hours[i].weekday = (int)random_below(7);
		m.hours[i].from = (int32_t)random_below(96) * 900;
		do
			m.hours[i].to = (int32_t)random_below(97) * 900;
		while (m.hours[i].to == m.hours[i].from);
	}
	for (int i = 0; i < m.holiday_count; i++)
		m.holidays[i] = around / 1000000 / 86400 + random_below(10) - 4;
	return m;
}

static void walk(const struct calendar *c, const struct model *m, int64_t start, int minutes)
{
	int64_t open = 0, end, until;

	for (int i = 0; i < minutes; i++) {
		int64_t now = start + i * MINUTE;
		bool is_open = model_is_open(m, now);

		assert_int_equal(calendar_between(c, start, now), open);
		assert_int_equal(calendar_is_open(c, now, now + MINUTE, &until), is_open);
		assert_int_equal(until, now + MINUTE);
		if (is_open) {
			open += MINUTE;
			assert_true(calendar_add(c, start, open, &end));
			assert_int_equal(end, now + MINUTE);
		}
	}
}

/* Zones change on the minute since 1970; each walk begins two days before a change. */
static void arithmetic_is_a_walk_by_minutes(void **state)
{
	(void)state;
	for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
		const struct zone *zone = zone_named(zones[z]);

		setenv("TZ", zones[z], 1);
		tzset();
		for (int i = 0; i < 6; i++) {
			int change = zone_change_at(zone, random_below(4102444800LL - 400000000) + 400000000);
			int64_t start = zone->changes[change].at < 400000000 ? 1774000800 : zone->changes[change].at;
			struct model m = random_model(start * 1000000);
			struct calendar *c =
			        calendar_new(arena, zone, m.hours, m.hour_count, m.holidays, m.holiday_count);

			walk(c, &m, (start / 60 - 2 * 1440) * MINUTE, 6 * 1440);
		}
	}
}

/* --- laws -------------------------------------------------------------------------- */
static void adding_and_measuring_are_inverse(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		const struct zone *zone = i % 50 ? NULL : zone_named(zones[random_below(20)]);
		static struct calendar *c;
		int64_t start = random_below(4102444800000000LL), a = random_below(400 * HOUR),
		        b = random_below(400 * HOUR);
		int64_t one, two, both, until;

		if (zone) {
			struct model m = random_model(start);

			c = calendar_new(arena, zone, m.hours, m.hour_count, m.holidays, m.holiday_count);
		}
		assert_true(calendar_add(c, start, a, &one) && calendar_add(c, one, b, &two) &&
		            calendar_add(c, start, a + b, &both));
		assert_int_equal(two, both);
		assert_int_equal(calendar_between(c, start, one), a);
		assert_true(calendar_is_open(c, one, one + HOUR, &until) ||
		            calendar_is_open(c, one - 1, one + HOUR, &until));
		assert_true(until > one - 1);
	}
}

static void ten_years_are_no_walk(void **state)
{
	const struct calendar_hours hours[] = { { 0, 8 * 3600, 17 * 3600 }, { 3, 8 * 3600, 12 * 3600 } };
	struct calendar *c = calendar_new(arena, zone_named("Europe/Paris"), hours, 2, NULL, 0);
	int64_t start = at("2026-01-01T00:00:00Z"), worked = calendar_between(c, start, at("2036-01-01T00:00:00Z")),
	        end;

	(void)state;
	assert_int_equal(worked, 522 * 9 * HOUR + 522 * 4 * HOUR); /* 522 Mondays, 522 Thursdays */
	assert_true(calendar_add(c, start, worked, &end));
	assert_int_equal(end, at("2035-12-31T16:00:00Z"));
}

static void what_never_opens_has_no_end(void **state)
{
	const struct calendar_hours monday = { 0, 8 * 3600, 17 * 3600 };
	int64_t holidays[17000], end = 42, until;
	struct calendar *none = calendar_new(arena, zone_named("UTC"), NULL, 0, NULL, 0), *closed;
	int count = 0;

	(void)state;
	for (int64_t day = day_of_date(2026, 1, 1); day < day_of_date(2200, 1, 1); day++)
		if (day_of_week(day) == 0)
			holidays[count++] = day;
	closed = calendar_new(arena, zone_named("UTC"), &monday, 1, holidays, count);
	assert_false(calendar_add(none, at("2026-01-01T00:00:00Z"), 1, &end));
	assert_false(calendar_add(none, at("2026-01-01T00:00:00Z"), 0, &end));
	assert_false(calendar_add(closed, at("2026-01-01T00:00:00Z"), HOUR, &end));
	assert_int_equal(end, 42);
	assert_int_equal(calendar_between(closed, at("2026-01-01T00:00:00Z"), at("2100-01-01T00:00:00Z")), 0);
	assert_false(calendar_is_open(closed, at("2026-01-01T00:00:00Z"), at("2100-01-01T00:00:00Z"), &until));
	assert_int_equal(until, at("2100-01-01T00:00:00Z"));
}

static void an_end_belongs_to_its_interval(void **state)
{
	const struct calendar_hours hours[] = { { 0, 8 * 3600, 12 * 3600 }, { 0, 13 * 3600, 86400 }, { 1, 0, 3600 } };
	struct calendar *c = calendar_new(arena, zone_named("UTC"), hours, 3, NULL, 0);
	int64_t end, until;

	(void)state; /* 30 March 2026 was a Monday */
	assert_true(calendar_add(c, at("2026-03-30T08:00:00Z"), 4 * HOUR, &end));
	assert_int_equal(end, at("2026-03-30T12:00:00Z"));
	assert_true(calendar_add(c, end, 0, &end));
	assert_int_equal(end, at("2026-03-30T12:00:00Z"));
	assert_true(calendar_add(c, at("2026-03-30T12:30:00Z"), 0, &end));
	assert_int_equal(end, at("2026-03-30T13:00:00Z"));
	assert_true(calendar_add(c, at("2026-03-30T12:30:00Z"), 11 * HOUR, &end));
	assert_int_equal(end, at("2026-03-31T00:00:00Z"));
	assert_true(calendar_is_open(c, at("2026-03-30T13:00:00Z"), at("2026-04-30T00:00:00Z"), &until));
	assert_int_equal(until, at("2026-03-31T01:00:00Z")); /* midnight is no end */
	assert_false(calendar_is_open(c, at("2026-03-30T12:00:00Z"), at("2026-04-30T00:00:00Z"), &until));
	assert_int_equal(until, at("2026-03-30T13:00:00Z"));
	assert_int_equal(calendar_between(c, at("2026-03-30T13:00:00Z"), at("2026-03-30T08:00:00Z")), 0);
}

/* --- holidays ------------------------------------------------------------------------ */
static void rules_name_days(void **state)
{
	static const struct {
		const char *rule;
		int year;
		const char *day; /* NULL: none that year */
	} cases[] = {
		{ "2026-12-25", 2026, "2026-12-25" },
		{ "2026-12-25", 2027, NULL },
		{ "*-05-01", 2031, "2031-05-01" },
		{ "*-02-29", 2028, "2028-02-29" },
		{ "*-02-29", 2027, NULL },
		{ "last Monday of May", 2026, "2026-05-25" },
		{ "LAST mon of may", 2027, "2027-05-31" },
		{ " first  Monday of September ", 2026, "2026-09-07" },
		{ "4th Thursday of November", 2026, "2026-11-26" },
		{ "fifth Friday of Feb", 2027, NULL },
		{ "Easter", 2026, "2026-04-05" },
		{ "Easter+1", 2027, "2027-03-29" },
		{ "easter-2", 2024, "2024-03-29" },
		{ "Easter+39", 2038, "2038-06-03" },
	};
	static const char *const wrong[] = { "", "2026-02-30", "2026-13-01", "*-00-10", "26-12-25", "last Monday",
		"last Monday of Mai", "sixth Monday of May", "Easter+", "Easter 1", "Easter+1000", "Monday of May",
		"2026-12-25 ", "last Monday of May 2026", "*-5-1" };
	struct holiday h;
	int64_t day;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int year, month, date;
		char text[40];

		assert_true(holiday_read(text_of(cases[i].rule), &h));
		if (holiday_in_year(&h, cases[i].year, &day) != (cases[i].day != NULL))
			fail_msg("%s in %d", cases[i].rule, cases[i].year);
		if (!cases[i].day)
			continue;
		day_to_date(day, &year, &month, &date);
		snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, date);
		assert_string_equal(text, cases[i].day);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (i != 12 && holiday_read(text_of(wrong[i]), &h))
			fail_msg("'%s' is taken for a holiday", wrong[i]);
}

static void instants_are_rfc_3339(void **state)
{
	static const char *const wrong[] = { "", "2026-03-27", "2026-03-27T15:00Z", "2026-02-29T00:00:00Z",
		"2026-03-27T24:00:00Z", "2026-03-27T15:00:00", "2026-03-27T15:00:00+1", "2026-03-27T15:00:00.Z",
		"2026-03-27T15:00:00Zx", "1899-12-31T00:00:00Z", "2026-3-27T15:00:00Z" };
	char text[INSTANT_TEXT_BYTES];
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (instant_read(text_of(wrong[i]), &us))
			fail_msg("'%s' is taken for an instant", wrong[i]);
	instant_write(at("2026-03-27T17:00:00.25+02:00"), text);
	assert_string_equal(text, "2026-03-27T15:00:00.250000Z");
	instant_write(at("1969-12-31T23:59:59.999999Z"), text);
	assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
	instant_write(at("2026-12-31t23:30:00-01:00"), text);
	assert_string_equal(text, "2027-01-01T00:30:00Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "twenty zones have the offsets that the C library knows, to 2100", zones_are_those_of_the_c_library,
		        setup, teardown, NULL },
		{ "a name that is no zone's is refused, and opens no other file", a_name_that_is_none_is_refused, setup,
		        teardown, NULL },
		{ "dates go to days and back for 320 years", dates_go_to_days_and_back, setup, teardown, NULL },
		{ "working time is what a walk by minutes counts, around changes of the clock in twenty zones",
		        arithmetic_is_a_walk_by_minutes, setup, teardown, NULL },
		{ "adding and measuring are inverse, in one step or in two, and never land in closed time",
		        adding_and_measuring_are_inverse, setup, teardown, NULL },
		{ "ten years are exact", ten_years_are_no_walk, setup, teardown, NULL },
		{ "what never opens has no end, and no working time", what_never_opens_has_no_end, setup, teardown,
		        NULL },
		{ "an interval's end belongs to it, and midnight ends none", an_end_belongs_to_its_interval, setup,
		        teardown, NULL },
		{ "holidays are dates, rules and days from Easter", rules_name_days, setup, teardown, NULL },
		{ "instants are read and written as RFC 3339 has them", instants_are_rfc_3339, setup, teardown, NULL },
	};

	return cmocka_run_group_tests_name("base calendar", tests, NULL, NULL);
}
