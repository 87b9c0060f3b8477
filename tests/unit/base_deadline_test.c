/* base_deadline_test.c - a clock's life against a model that is nothing but the list of what happened to it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/deadline.h"
#include "base/instant.h"

#define MINUTE 60000000LL
#define HOUR (60 * MINUTE)

static struct arena *arena;
static struct calendar *office; /* Monday to Friday, 08:00 to 12:00 and 13:00 to 17:00, UTC */
static struct calendar *always;
static uint64_t seed = 2463534242ULL;

static int64_t random_below(int64_t most)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (int64_t)(seed % (uint64_t)most);
}

static int setup(void **state)
{
	struct calendar_hours hours[10];
	const char *why;

	(void)state;
	arena = arena_new(1 << 16);
	for (int i = 0; i < 5; i++) {
		hours[2 * i] = (struct calendar_hours){ i, 8 * 3600, 12 * 3600 };
		hours[2 * i + 1] = (struct calendar_hours){ i, 13 * 3600, 17 * 3600 };
	}
	office = calendar_new(arena, zone_read(arena, TEXT("UTC"), &why), hours, 10, NULL, 0);
	always = calendar_always(arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static int64_t at(const char *instant)
{
	int64_t us = 0;

	assert_true(instant_read(text_of(instant), &us));
	return us;
}

static void holds_for_what_was_left(void **state)
{
	struct deadline d;

	(void)state; /* a Friday */
	deadline_start(&d, office, 4 * HOUR, at("2026-11-27T15:00:00Z"));
	assert_int_equal(d.due_us, at("2026-11-30T10:00:00Z"));
	deadline_pause(&d, office, at("2026-11-27T16:00:00Z"));
	assert_int_equal(deadline_state(&d), DEADLINE_PAUSED);
	assert_int_equal(d.due_us, 0);
	assert_int_equal(deadline_left(&d, office, at("2027-11-27T16:00:00Z")), 3 * HOUR);
	deadline_resume(&d, office, at("2026-12-01T11:30:00Z"));
	assert_int_equal(d.due_us, at("2026-12-01T15:30:00Z")); /* the lunch break does not count */
	assert_false(deadline_is_missed(&d, d.due_us));
	assert_true(deadline_is_missed(&d, d.due_us + 1));
	deadline_meet(&d, office, d.due_us);
	assert_false(deadline_is_missed(&d, d.due_us + HOUR));
	assert_int_equal(deadline_left(&d, office, 0), 0);
}

static void a_repeat_changes_nothing(void **state)
{
	struct deadline d, once;
	int64_t now = at("2026-11-27T15:00:00Z");

	(void)state;
	deadline_start(&d, office, 4 * HOUR, now);
	deadline_resume(&d, office, now + HOUR);
	assert_int_equal(d.since_us, now);
	deadline_pause(&d, office, now + HOUR);
	once = d;
	deadline_pause(&d, office, now + 2 * HOUR);
	assert_memory_equal(&d, &once, sizeof d);
	deadline_meet(&d, office, now + 2 * HOUR);
	once = d;
	deadline_meet(&d, office, now + 3 * HOUR);
	deadline_pause(&d, office, now + 3 * HOUR);
	deadline_resume(&d, office, now + 3 * HOUR);
	assert_memory_equal(&d, &once, sizeof d);
}

static void no_budget_is_no_clock(void **state)
{
	struct deadline d;
	int64_t now = at("2026-11-27T15:00:00Z");

	(void)state;
	deadline_start(&d, office, 0, now);
	deadline_pause(&d, office, now);
	deadline_resume(&d, office, now);
	deadline_meet(&d, office, now);
	assert_int_equal(deadline_state(&d), DEADLINE_NONE);
	assert_false(deadline_is_missed(&d, INT64_MAX));
	deadline_change(&d, office, office, HOUR, now);
	assert_int_equal(d.due_us, now + HOUR);
	deadline_change(&d, office, office, 0, now);
	assert_int_equal(deadline_state(&d), DEADLINE_NONE);
}

static void warns_and_escalates_by_what_is_used(void **state)
{
	struct deadline d;
	int64_t now = at("2026-11-27T15:00:00Z");

	(void)state;
	deadline_start(&d, office, 4 * HOUR, now);
	assert_int_equal(deadline_when(&d, office, 3 * HOUR), at("2026-11-30T09:00:00Z")); /* 75 % */
	assert_int_equal(deadline_when(&d, office, 5 * HOUR), at("2026-11-30T11:00:00Z"));
	deadline_pause(&d, office, now + 2 * HOUR);
	assert_int_equal(deadline_when(&d, office, 3 * HOUR), 0);
	deadline_resume(&d, office, at("2026-12-01T08:00:00Z"));
	assert_int_equal(deadline_when(&d, office, HOUR), at("2026-12-01T08:00:00Z"));
}

/* --- a random life ---------------------------------------------------------------------- */
enum event { START, PAUSE, RESUME, CHANGE, MEET, REOPEN, EVENTS };

struct happened {
	enum event event;
	int64_t at, budget;
	const struct calendar *calendar;
};

/* Plays the list from its beginning and counts working minutes one by one. */
static int64_t model_used(const struct happened *list, int count, int64_t now, bool *out_running)
{
	int64_t used = 0;
	bool running = false, met = false;

	for (int i = 0; i < count; i++) {
		int64_t until = i + 1 < count ? list[i + 1].at : now, end;

		running = list[i].event == START || list[i].event == RESUME || list[i].event == REOPEN ||
		          (running && list[i].event == CHANGE);
		met = list[i].event == MEET || (met && list[i].event != REOPEN);
		running = running && !met;
		for (int64_t t = list[i].at; running && t < until; t += MINUTE)
			used += calendar_is_open(list[i].calendar, t, t + MINUTE, &end) ? MINUTE : 0;
	}
	*out_running = running;
	return used;
}

static enum event random_event(const struct deadline *d)
{
	static const enum event running[] = { PAUSE, CHANGE, MEET }, paused[] = { RESUME, CHANGE, RESUME };

	if (deadline_state(d) == DEADLINE_RUNNING)
		return running[random_below(3)];
	return deadline_state(d) == DEADLINE_PAUSED ? paused[random_below(3)] : REOPEN;
}

static void play(struct deadline *d, const struct happened *now, const struct calendar *before)
{
	switch (now->event) {
	case PAUSE:
		deadline_pause(d, before, now->at);
		break;
	case RESUME:
		deadline_resume(d, now->calendar, now->at);
		break;
	case CHANGE:
		deadline_change(d, before, now->calendar, now->budget, now->at);
		break;
	case MEET:
		deadline_meet(d, before, now->at);
		break;
	default:
		deadline_reopen(d, now->calendar, now->at);
	}
}

static void live(void)
{
	struct happened list[12] = { { START, at("2026-11-02T00:00:00Z") + random_below(20000) * MINUTE,
		(random_below(3000) + 1) * MINUTE, random_below(2) ? office : always } };
	struct deadline d;
	bool running;

	deadline_start(&d, list[0].calendar, list[0].budget, list[0].at);
	for (int i = 1; i < 12; i++) {
		struct happened *now = &list[i];

		*now = (struct happened){ random_event(&d), list[i - 1].at + random_below(3000) * MINUTE,
			list[i - 1].budget, list[i - 1].calendar };
		if (now->event == CHANGE) {
			now->budget = (random_below(3000) + 1) * MINUTE;
			now->calendar = random_below(2) ? office : always;
		}
		play(&d, now, list[i - 1].calendar);
		assert_int_equal(deadline_used(&d, now->calendar, now->at + 100 * MINUTE),
		        model_used(list, i + 1, now->at + 100 * MINUTE, &running));
		assert_int_equal(d.since_us != 0, running);
		if (running && d.used_us < d.budget_us)
			assert_int_equal(
			        d.used_us + calendar_between(now->calendar, d.since_us, d.due_us), d.budget_us);
	}
}

static void any_life_adds_up(void **state)
{
	(void)state;
	for (int i = 0; i < 150; i++)
		live();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a pause is forgotten by nobody: the deadline moves by working time, not from the beginning",
		        holds_for_what_was_left, setup, teardown, NULL },
		{ "what happens twice changes nothing", a_repeat_changes_nothing, setup, teardown, NULL },
		{ "no budget is no clock, and no error", no_budget_is_no_clock, setup, teardown, NULL },
		{ "warnings and escalations are shares of what is used", warns_and_escalates_by_what_is_used, setup,
		        teardown, NULL },
		{ "any life of a clock adds up to the list of its events", any_life_adds_up, setup, teardown, NULL },
	};

	return cmocka_run_group_tests_name("base deadline", tests, NULL, NULL);
}
