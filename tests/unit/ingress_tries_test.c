/* ingress_tries_test.c - how often is too often: a window that slides by two numbers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "ingress/account/window.h"

#define LENGTH 180000
#define MOST 15

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}

static void the_window_before_counts_as_far_as_it_is_not_over(void **state)
{
	struct window w = { .before = 10, .now = 3 };

	(void)state;
	assert_int_equal(window_used(w, 0, LENGTH), 13);
	assert_int_equal(window_used(w, LENGTH / 2, LENGTH), 8);
	assert_int_equal(window_used(w, LENGTH - 1, LENGTH), 4); /* rounded up */
	assert_int_equal(window_number(LENGTH - 1, LENGTH), 0);
	assert_int_equal(window_number(LENGTH, LENGTH), 1);
}

static void who_has_room_waits_for_nothing(void **state)
{
	(void)state;
	assert_int_equal(window_wait_ms((struct window){ 0, 0 }, 5, LENGTH, MOST), 0);
	assert_int_equal(window_wait_ms((struct window){ 0, MOST - 1 }, 5, LENGTH, MOST), 0);
	assert_true(window_wait_ms((struct window){ 0, MOST }, 5, LENGTH, MOST) > 0);
}

/* Whatever was before and is now: after the wait there is room, and just before there was none. */
static void after_the_wait_there_is_room_and_not_before(void **state)
{
	(void)state;
	for (int before = 0; before <= 40; before++)
		for (int now = 0; now <= 20; now++)
			for (int64_t at = 0; at < LENGTH; at += 7919) {
				struct window w = { before, now };
				int64_t wait = window_wait_ms(w, at, LENGTH, MOST), then = at + wait;
				struct window later = then >= LENGTH ? (struct window){ now, 0 } : w;

				if (wait && window_used(later, then, LENGTH) + 1 > MOST)
					fail_msg("%d and %d at %lld: %lld is not enough", before, now, (long long)at,
					        (long long)wait);
				later = then - 2 >= LENGTH ? (struct window){ now, 0 } : w;
				if (wait > 2 && window_used(later, then - 2, LENGTH) + 1 <= MOST)
					fail_msg("%d and %d at %lld: %lld is too long", before, now, (long long)at,
					        (long long)wait);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("the window before counts as far as it is not over",
		        the_window_before_counts_as_far_as_it_is_not_over),
		SENTENCE("who has room waits for nothing", who_has_room_waits_for_nothing),
		SENTENCE("after the wait there is room, and not before", after_the_wait_there_is_room_and_not_before),
	};

	return cmocka_run_group_tests_name("tries", tests, NULL, NULL);
}
