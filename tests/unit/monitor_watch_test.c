/* monitor_watch_test.c - how old the head of a queue is, told from how many came and how many wait. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "workers/monitor/watch.h"

static void see(struct queue_watch *w, int64_t at_s, int64_t ready, int64_t published, int64_t acked)
{
	struct queue_seen seen = { .exists = true, .ready = ready, .published = published, .acked = acked };

	watch_see(w, at_s * 1000, &seen);
}

static void the_head_came_when_so_many_had_come_as_have_left(void **state)
{
	struct queue_watch w = { .name = "q" };

	(void)state;
	see(&w, 10, 0, 100, 100);
	see(&w, 20, 5, 105, 100);
	see(&w, 30, 10, 110, 100);
	assert_int_equal(watch_oldest_s(&w, 40000), 20);
	see(&w, 40, 3, 110, 107); /* the first five have gone, and two of the second */
	assert_int_equal(watch_oldest_s(&w, 50000), 20);
	see(&w, 60, 0, 110, 110);
	assert_int_equal(watch_oldest_s(&w, 70000), 0);
	see(&w, 80, 1, 111, 110);
	assert_int_equal(watch_oldest_s(&w, 90000), 10);
}

static void what_was_there_before_is_as_old_as_the_watch(void **state)
{
	struct queue_watch w = { .name = "q" };

	(void)state;
	see(&w, 100, 50, 7000, 6950);
	see(&w, 160, 50, 7000, 6950);
	assert_int_equal(watch_oldest_s(&w, 160000), 60);
}

static void a_broker_that_was_started_again_forgets_its_counts_and_the_watch_does_not(void **state)
{
	struct queue_watch w = { .name = "q" };

	(void)state;
	see(&w, 10, 0, 500, 500);
	see(&w, 20, 4, 504, 500);
	see(&w, 30, 4, -1, -1);
	see(&w, 40, 6, 2, -1);
	assert_int_equal(watch_oldest_s(&w, 50000), 30);
	see(&w, 50, 2, 2, 4);
	assert_int_equal(watch_oldest_s(&w, 60000), 20);
}

static void a_long_past_is_thinned_and_stays_right(void **state)
{
	struct queue_watch w = { .name = "q" };

	(void)state;
	see(&w, 1, 0, 0, 0);
	for (int64_t i = 1; i <= 5000; i++)
		see(&w, 1 + i, i, i, 0);
	assert_in_range(watch_oldest_s(&w, 5001000), 4800, 5000);
}

static void it_stands_still_while_nothing_leaves_it(void **state)
{
	struct queue_watch w = { .name = "q" };

	(void)state;
	see(&w, 10, 0, 10, 10);
	see(&w, 20, 3, 13, 10);
	see(&w, 80, 4, 14, 10);
	assert_int_equal(watch_stalled_s(&w, 80000), 70);
	see(&w, 90, 3, 14, 11);
	assert_int_equal(watch_stalled_s(&w, 91000), 1);
	see(&w, 95, 0, 14, 14);
	assert_int_equal(watch_stalled_s(&w, 200000), 0);
}

static void it_does_not_stand_still_while_the_broker_is_away(void **state)
{
	struct queue_watch w = { .name = "q" };

	(void)state;
	watch_miss(&w, 5000);
	see(&w, 10, 3, 10, 10);
	for (int64_t at_s = 12; at_s < 200; at_s += 2)
		watch_miss(&w, at_s * 1000);
	see(&w, 200, 3, 0, 0);
	assert_int_equal(watch_stalled_s(&w, 201000), 3);
	assert_int_equal(watch_oldest_s(&w, 201000), 191);
}

static void rates_are_of_the_last_looks_and_say_when_it_is_empty(void **state)
{
	struct queue_watch w = { .name = "q" };

	(void)state;
	for (int64_t i = 0; i < 20; i++)
		see(&w, 1 + 2 * i, 1000 - 20 * i, 20 * i + 1000, 40 * i);
	assert_float_equal(watch_in(&w), 10, 0.01);
	assert_float_equal(watch_out(&w), 20, 0.01);
	assert_int_equal(watch_forecast_s(&w), 62);
	see(&w, 41, 620, 1380, 760);
	for (int64_t i = 0; i < 6; i++)
		see(&w, 43 + 2 * i, 640 + 20 * i, 1400 + 20 * i, 760);
	assert_int_equal(watch_forecast_s(&w), -1);
}

static void one_that_is_gone_is_gone_since_it_was_missed(void **state)
{
	struct queue_watch w = { .name = "q" };

	(void)state;
	see(&w, 10, 3, 3, 0);
	watch_see(&w, 20000, &(struct queue_seen){ .exists = false });
	watch_see(&w, 30000, &(struct queue_seen){ .exists = false });
	assert_int_equal(watch_gone_s(&w, 30000), 10);
	assert_int_equal(watch_oldest_s(&w, 30000), 0);
	see(&w, 40, 0, 0, 0);
	assert_int_equal(watch_gone_s(&w, 50000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_head_came_when_so_many_had_come_as_have_left),
		cmocka_unit_test(what_was_there_before_is_as_old_as_the_watch),
		cmocka_unit_test(a_broker_that_was_started_again_forgets_its_counts_and_the_watch_does_not),
		cmocka_unit_test(a_long_past_is_thinned_and_stays_right),
		cmocka_unit_test(it_stands_still_while_nothing_leaves_it),
		cmocka_unit_test(it_does_not_stand_still_while_the_broker_is_away),
		cmocka_unit_test(rates_are_of_the_last_looks_and_say_when_it_is_empty),
		cmocka_unit_test(one_that_is_gone_is_gone_since_it_was_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
