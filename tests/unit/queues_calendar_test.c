/* queues_calendar_test.c - calendars as people write them, and what is said of one that is none. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/instant.h"
#include "queues/calendar_read.h"

#define HOUR 3600000000LL

static struct calendar *read_calendar(struct arena *arena, const char *json, struct calendar_fault *fault)
{
	json_t *parsed = json_loads(json, 0, NULL);
	struct calendar *calendar;

	assert_non_null(parsed);
	calendar = calendar_read(arena, parsed, fault);
	json_decref(parsed);
	return calendar;
}

static int64_t between(const struct calendar *c, const char *from, const char *to)
{
	int64_t start, end;

	assert_true(instant_read(text_of(from), &start) && instant_read(text_of(to), &end));
	return calendar_between(c, start, end);
}

static void reads_what_people_write(void **state)
{
	struct arena *arena = arena_new(1 << 16);
	struct calendar_fault fault;
	struct calendar *c;

	(void)state;
	c = read_calendar(arena,
	        "{\"timezone\":\"Europe/Berlin\",\"weekly\":{\"mon\":[[\"08:00\",\"12:00\"],[\"13:00\",\"17:00:30\"]],"
	        "\"fri\":[[\"22:00\",\"06:00\"]],\"sun\":[]},\"holidays\":[\"Easter+1\",\"2026-03-27\"]}",
	        &fault);
	assert_non_null(c);
	assert_int_equal(between(c, "2026-03-30T00:00:00+02:00", "2026-03-31T00:00:00+02:00"), 8 * HOUR + 30000000);
	assert_int_equal(between(c, "2026-04-06T00:00:00+02:00", "2026-04-07T00:00:00+02:00"), 0); /* Easter Monday */
	/* The evening falls on the holiday, what is behind midnight does not. */
	assert_int_equal(between(c, "2026-03-27T00:00:00+01:00", "2026-03-29T00:00:00+01:00"), 6 * HOUR);
	c = read_calendar(arena, "{}", &fault);
	assert_int_equal(between(c, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"), 24 * HOUR);
	c = read_calendar(
	        arena, "{\"weekly\":{\"sat\":[[\"00:00\",\"24:00\"]],\"sun\":[[\"00:00\",\"24:00\"]]}}", &fault);
	assert_int_equal(between(c, "2026-03-27T00:00:00Z", "2026-04-03T00:00:00Z"), 48 * HOUR);
	arena_free(&arena);
}

static void points_at_what_is_wrong(void **state)
{
	static const struct {
		const char *json, *pointer;
	} cases[] = {
		{ "[]", "" },
		{ "{\"zone\":\"UTC\"}", "/zone" },
		{ "{\"timezone\":7}", "/timezone" },
		{ "{\"timezone\":\"Mars/Olympus\"}", "/timezone" },
		{ "{\"weekly\":[]}", "/weekly" },
		{ "{\"weekly\":{}}", "/weekly" },
		{ "{\"weekly\":{\"mon\":[]}}", "/weekly" },
		{ "{\"weekly\":{\"Montag\":[]}}", "/weekly/Montag" },
		{ "{\"weekly\":{\"mon\":7}}", "/weekly/mon" },
		{ "{\"weekly\":{\"mon\":[[\"08:00\"]]}}", "/weekly/mon/0" },
		{ "{\"weekly\":{\"mon\":[[\"08:00\",\"09:00\"],[\"8:00\",\"09:00\"]]}}", "/weekly/mon/1" },
		{ "{\"weekly\":{\"mon\":[[\"08:00\",\"08:00\"]]}}", "/weekly/mon/0" },
		{ "{\"weekly\":{\"mon\":[[\"24:00\",\"08:00\"]]}}", "/weekly/mon/0" },
		{ "{\"weekly\":{\"mon\":[[\"08:00\",\"24:01\"]]}}", "/weekly/mon/0" },
		{ "{\"weekly\":{\"mon\":[[\"08:60\",\"09:00\"]]}}", "/weekly/mon/0" },
		{ "{\"weekly\":{\"mon\":[[\" 8:00\",\"-9:00\"]]}}", "/weekly/mon/0" },
		{ "{\"holidays\":\"*-05-01\"}", "/holidays" },
		{ "{\"holidays\":[\"*-05-01\",\"1 May\"]}", "/holidays/1" },
		{ "{\"holidays\":[7]}", "/holidays/0" },
	};
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct calendar_fault fault;

		assert_null(read_calendar(arena, cases[i].json, &fault));
		assert_string_equal(fault.pointer, cases[i].pointer);
		assert_true(fault.detail && *fault.detail);
	}
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a calendar is read as people write it", reads_what_people_write, NULL, NULL, NULL },
		{ "what is wrong with a calendar is pointed at", points_at_what_is_wrong, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests_name("queues calendar", tests, NULL, NULL);
}
