/* ctl_feed_test.c - the whole days of an iCalendar. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/day.h"
#include "ops/guichetctl/holiday_feed.h"

static struct holiday_feed feed;

/* The days of 2026 and 2027 as text, with blanks between. */
static const char *days_of(const char *events)
{
	static char ical[4096], out[1024];
	char *end = out;

	snprintf(ical, sizeof ical, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n%sEND:VCALENDAR\r\n", events);
	*out = 0;
	if (!holiday_feed_read(text_of(ical), day_of_date(2026, 1, 1), day_of_date(2027, 12, 31), &feed))
		return "none";
	for (int i = 0; i < feed.count; i++) {
		int year, month, day;

		day_to_date(feed.days[i], &year, &month, &day);
		end += sprintf(end, "%s%04d-%02d-%02d", i ? " " : "", year, month, day);
	}
	return out;
}

#define EVENT(lines) "BEGIN:VEVENT\r\nUID:1\r\n" lines "END:VEVENT\r\n"

static void whole_days_are_holidays(void **state)
{
	(void)state;
	assert_string_equal(
	        days_of(EVENT("DTSTART;VALUE=DATE:20260714\r\nDTEND;VALUE=DATE:20260715\r\n")), "2026-07-14");
	assert_string_equal(days_of(EVENT("DTSTART;VALUE=DATE:20260714\r\n")), "2026-07-14");
	assert_string_equal(days_of(EVENT("DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\n")),
	        "2026-12-24 2026-12-25 2026-12-26");
	assert_string_equal(
	        days_of(EVENT("DTSTART;VALUE=DATE:20251230\r\nDTEND;VALUE=DATE:20260102\r\n")), "2026-01-01");
	assert_string_equal(days_of(EVENT("DTSTART;VALUE=DATE:20260714\r\n") EVENT("DTSTART;VALUE=DATE:20260714\r\n")),
	        "2026-07-14");
	assert_int_equal(feed.passed_over, 0);
}

static void what_comes_again_comes_again(void **state)
{
	(void)state;
	assert_string_equal(
	        days_of(EVENT("DTSTART;VALUE=DATE:20000501\r\nRRULE:FREQ=YEARLY\r\n")), "2026-05-01 2027-05-01");
	assert_string_equal(days_of(EVENT("DTSTART;VALUE=DATE:20200525\r\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO\r\n"
	                                  "EXDATE;VALUE=DATE:20270531\r\n")),
	        "2026-05-25");
}

static void what_is_no_holiday_is_passed_over(void **state)
{
	(void)state;
	assert_string_equal(days_of(EVENT("DTSTART:20260714T080000Z\r\nDTEND:20260714T090000Z\r\n")
	                                    EVENT("DTSTART;VALUE=DATE:20260714\r\nSTATUS:CANCELLED\r\n")
	                                            EVENT("DTSTART;VALUE=DATE:20260714\r\nRRULE:FREQ=SECONDLY\r\n")),
	        "");
	assert_int_equal(feed.passed_over, 3);
	assert_string_equal(days_of(""), "none");
	assert_false(holiday_feed_read(TEXT("<html>"), 0, 1, &feed));
	assert_false(holiday_feed_read(TEXT(""), 0, 1, &feed));
	assert_string_equal(days_of(EVENT("DTSTART;VALUE=DATE:2026\r\n")), "");
}

static void what_is_too_much_is_said(void **state)
{
	(void)state;
	days_of(EVENT("DTSTART;VALUE=DATE:19000101\r\nRRULE:FREQ=YEARLY\r\n"));
	assert_false(feed.overflowed);
	assert_true(holiday_feed_read(
	        TEXT("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=DAILY\r\n"
	             "END:VEVENT\r\nEND:VCALENDAR\r\n"),
	        day_of_date(2026, 1, 1), day_of_date(2036, 1, 1), &feed));
	assert_true(feed.overflowed);
	assert_int_equal(feed.count, FEED_DAYS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "events of whole days are holidays", whole_days_are_holidays, NULL, NULL, NULL },
		{ "what comes again by a rule comes again", what_comes_again_comes_again, NULL, NULL, NULL },
		{ "what is no holiday is passed over", what_is_no_holiday_is_passed_over, NULL, NULL, NULL },
		{ "what is too much is said", what_is_too_much_is_said, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
