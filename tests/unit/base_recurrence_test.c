/* base_recurrence_test.c - rules of iCalendar on walls of several zones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/instant.h"
#include "base/recurrence.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const struct zone *zone_of(const char *name)
{
	const char *why;
	const struct zone *zone = zone_read(arena, text_of(name), &why);

	assert_non_null(zone);
	return zone;
}

static int64_t at(const char *text)
{
	int64_t us = 0;

	assert_true(instant_read(text_of(text), &us));
	return us;
}

/* The times that follow, until there is none or the list ends with NULL. */
static void follows(const char *rule, const char *zone_name, const char *first, const char *const *times)
{
	const struct zone *zone = zone_of(zone_name);
	int64_t last = at(first) - 1, next;

	assert_null(recurrence_refuses(text_of(rule)));
	for (; *times; times++) {
		char text[CLOCK_TEXT_BYTES];

		if (!**times) {
			assert_false(recurrence_after(text_of(rule), zone, at(first), last, &next));
			return;
		}
		assert_true(recurrence_after(text_of(rule), zone, at(first), last, &next));
		clock_format(next, text);
		text[19] = '\0';
		assert_string_equal(text, *times);
		last = next;
	}
}

#define FOLLOWS(rule, zone, first, ...) follows(rule, zone, first, (const char *const[]){ __VA_ARGS__, NULL })

static void every_first_monday(void **state)
{
	(void)state;
	FOLLOWS("FREQ=MONTHLY;BYDAY=1MO", "Europe/Paris", "2026-11-01T08:00:00Z", "2026-11-02T08:00:00",
	        "2026-12-07T08:00:00", "2027-01-04T08:00:00", "2027-02-01T08:00:00", "2027-03-01T08:00:00",
	        "2027-04-05T07:00:00");
}

static void the_wall_keeps_its_time_when_clocks_change(void **state)
{
	(void)state;
	FOLLOWS("FREQ=DAILY", "Europe/Paris", "2026-03-27T08:00:00Z", "2026-03-27T08:00:00", "2026-03-28T08:00:00",
	        "2026-03-29T07:00:00", "2026-03-30T07:00:00");
	FOLLOWS("FREQ=DAILY", "America/New_York", "2026-10-31T12:00:00Z", "2026-10-31T12:00:00", "2026-11-01T13:00:00",
	        "2026-11-02T13:00:00");
}

/* 02:30 of 29 March 2026 is on no wall of Paris: by the offset before the gap it is 03:30. 02:30 of 25 October is there
 * twice: at 00:30 and at 01:30 UTC. */
static void a_skipped_hour_is_not_missed_and_a_repeated_one_counts_once(void **state)
{
	(void)state;
	FOLLOWS("FREQ=DAILY", "Europe/Paris", "2026-03-28T01:30:00Z", "2026-03-28T01:30:00", "2026-03-29T01:30:00",
	        "2026-03-30T00:30:00");
	FOLLOWS("FREQ=DAILY", "Europe/Paris", "2026-10-24T00:30:00Z", "2026-10-24T00:30:00", "2026-10-25T00:30:00",
	        "2026-10-26T01:30:00");
	FOLLOWS("FREQ=DAILY", "Australia/Lord_Howe", "2026-10-02T15:45:00Z", "2026-10-02T15:45:00",
	        "2026-10-03T15:45:00", "2026-10-04T15:15:00", "2026-10-05T15:15:00");
}

static void an_end_is_an_end(void **state)
{
	(void)state;
	FOLLOWS("FREQ=WEEKLY;COUNT=2", "UTC", "2026-11-02T08:00:00Z", "2026-11-02T08:00:00", "2026-11-09T08:00:00", "");
	FOLLOWS("FREQ=DAILY;UNTIL=20261103T090000", "Europe/Paris", "2026-11-02T08:00:00Z", "2026-11-02T08:00:00",
	        "2026-11-03T08:00:00", "");
	/* As an instant: 07:59:59 UTC is before 09:00 on the wall. */
	FOLLOWS("FREQ=DAILY;UNTIL=20261103T075959Z", "Europe/Paris", "2026-11-02T08:00:00Z", "2026-11-02T08:00:00", "");
	FOLLOWS("FREQ=DAILY;UNTIL=20261103T080000Z", "Europe/Paris", "2026-11-02T08:00:00Z", "2026-11-02T08:00:00",
	        "2026-11-03T08:00:00", "");
}

static void last_days_leap_days_and_days_that_never_come(void **state)
{
	(void)state;
	FOLLOWS("FREQ=MONTHLY;BYMONTHDAY=-1", "UTC", "2027-01-31T06:00:00Z", "2027-01-31T06:00:00",
	        "2027-02-28T06:00:00", "2027-03-31T06:00:00");
	FOLLOWS("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "UTC", "2026-01-01T06:00:00Z", "2028-02-29T06:00:00",
	        "2032-02-29T06:00:00");
	FOLLOWS("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", "Asia/Tokyo", "2026-12-01T00:00:00Z", "2026-12-01T00:00:00",
	        "2026-12-03T00:00:00", "2026-12-15T00:00:00");
	FOLLOWS("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "UTC", "2026-01-01T06:00:00Z", "");
	FOLLOWS("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31", "UTC", "2026-01-01T06:00:00Z", "");
}

static void what_is_no_rule_is_refused(void **state)
{
	static const char *const bad[] = { "", "nonsense", "FREQ=", "FREQ=SOMETIMES", "FREQ=SECONDLY", "FREQ=MINUTELY",
		"FREQ=HOURLY", "FREQ=DAILY;BYHOUR=1,2,3", "FREQ=DAILY;BYMINUTE=1,2", "BYDAY=MO",
		"FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;BYDAY=XX", "FREQ=DAILY;NONSENSE=1",
		"FREQ=DAILY;COUNT=x", "FREQ=DAILY;COUNT=1;UNTIL=20270101" };
	char long_rule[400] = "FREQ=DAILY;BYMONTHDAY=1";

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!recurrence_refuses(text_of(bad[i])))
			fail_msg("taken: %s", bad[i]);
	for (size_t i = 23; i < sizeof long_rule - 1; i++)
		long_rule[i] = i % 2 ? ',' : '1';
	assert_non_null(recurrence_refuses(text_of(long_rule)));
	assert_non_null(recurrence_refuses((struct text){ "FREQ=DAILY\0", 11 }));
}

/* For the lane that decides a schedule: a rule may be of any age, or sparse. */
static void no_rule_takes_long(void **state)
{
	static const char *const slow[] = { "FREQ=DAILY", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
		"FREQ=DAILY;INTERVAL=32767", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;BYDAY=MO",
		"FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU;BYMONTH=6", "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=3",
		"FREQ=WEEKLY;BYDAY=MO;BYMONTH=2;BYSETPOS=5" };
	const struct zone *zone = zone_of("Europe/Paris");
	int64_t next;

	(void)state;
	for (size_t i = 0; i < sizeof slow / sizeof *slow; i++) {
		clock_t began = clock(); /* of the processor: others may keep it busy */

		if (!recurrence_refuses(text_of(slow[i])))
			recurrence_after(
			        text_of(slow[i]), zone, at("1971-01-01T00:00:00Z"), at("2150-01-01T00:00:00Z"), &next);
		if (clock() - began > 2 * CLOCKS_PER_SEC)
			fail_msg("%s takes %.1f s", slow[i], (double)(clock() - began) / CLOCKS_PER_SEC);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a rule says every first Monday", every_first_monday, set_up, tear_down, NULL },
		{ "the wall keeps its time when clocks change", the_wall_keeps_its_time_when_clocks_change, set_up,
		        tear_down, NULL },
		{ "a skipped hour is not missed, and one that comes twice counts once",
		        a_skipped_hour_is_not_missed_and_a_repeated_one_counts_once, set_up, tear_down, NULL },
		{ "after COUNT and UNTIL nothing comes, on the wall and as an instant", an_end_is_an_end, set_up,
		        tear_down, NULL },
		{ "last days, leap days, and days that never come", last_days_leap_days_and_days_that_never_come,
		        set_up, tear_down, NULL },
		{ "what is no rule, or comes more often than once a day, is refused", what_is_no_rule_is_refused,
		        set_up, tear_down, NULL },
		{ "no rule takes long, however old or sparse", no_rule_takes_long, set_up, tear_down, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
