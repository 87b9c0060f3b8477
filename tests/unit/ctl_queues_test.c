/* ctl_queues_test.c - what two looks at the queues say together: rates, and when a queue is empty. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>
#include "ops/guichetctl/queue_look.h"

static struct queue_looks looks;

static struct queue_look *look(int64_t at_ms, int64_t ready, int64_t in, int64_t out)
{
	static struct queue_look look;

	look = (struct queue_look){ .at_ms = at_ms,
		.count = 1,
		.queues = { { .name = "cmd.ticket.0",
		        .ready = ready,
		        .in = in,
		        .out = out,
		        .is_there = true,
		        .due = -1,
		        .age_s = -1,
		        .in_s = -1,
		        .out_s = -1,
		        .empty_s = -1 } } };
	queue_looks_add(&looks, &look);
	return &look;
}

static const struct queue_state *last(void)
{
	return &queue_looks_last(&looks)->queues[0];
}

static void rates_are_of_the_stretch_that_is_kept(void **state)
{
	(void)state;
	looks.count = 0;
	look(0, 100, 0, 0);
	assert_true(last()->in_s < 0);
	look(2000, 100, 20, 40);
	assert_float_equal(last()->in_s, 10, 0.01);
	assert_float_equal(last()->out_s, 20, 0.01);
	assert_float_equal(last()->empty_s, 10, 0.01);
	look(4000, 100, 100, 40);
	assert_true(isinf(last()->empty_s));
	look(6000, 0, 100, 40);
	assert_float_equal(last()->empty_s, 0, 0.01);
	for (int i = 0; i < 10; i++)
		look(8000 + i * 1000, 5, 100, 40);
	assert_int_equal(looks.count, LOOKS_MAX);
	assert_float_equal(last()->in_s, 0, 0.01);
}

static void a_broker_that_counts_anew_has_no_rates_yet(void **state)
{
	(void)state;
	looks.count = 0;
	look(0, 1, 1000, 1000);
	look(2000, 1, 5, 5);
	assert_true(last()->in_s < 0 && last()->empty_s < 0);
}

static void a_line_fits_the_screen(void **state)
{
	const struct queue_state whole = { .name = "a.queue.with.a.name.that.is.long",
		.ready = 123456789,
		.unacked = 1234567,
		.consumers = 12,
		.age_s = 1e9,
		.in_s = 1e9,
		.out_s = 1234567,
		.empty_s = INFINITY,
		.dead = 12345678,
		.paused = true,
		.due = -1 };
	char line[128];

	(void)state;
	queue_line(&whole, line, sizeof line);
	assert_true(strlen(line) <= 80);
	assert_true(strlen(QUEUE_HEAD) <= 80);
	assert_non_null(strstr(line, "never"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_of_the_stretch_that_is_kept),
		cmocka_unit_test(a_broker_that_counts_anew_has_no_rates_yet),
		cmocka_unit_test(a_line_fits_the_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
