/* monitor_queues_test.c - when a queue is said to stand still, and when that is nobody's fault. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "workers/monitor/monitor.h"

#define LANE "{\"name\":\"cmd.ticket.3\",\"messages_ready\":5,\"message_stats\":{\"publish\":9,\"ack\":4}}"

static struct monitor *monitor;

static int begin(void **state)
{
	(void)state;
	monitor = calloc(1, sizeof *monitor);
	monitor->queues[0].name = "cmd.ticket.3";
	monitor->queue_count = 1;
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(monitor);
	return 0;
}

/* Since when the lane stands still; -1: that is not said. pauses: NULL while the database is away; queues: NULL while
 * the broker is. */
static int64_t stalled(int64_t at_s, const char *pauses, const char *queues)
{
	json_t *seen = json_object(), *said;
	int64_t seconds;

	if (pauses)
		json_object_set_new(seen, "pauses", json_loads(pauses, 0, NULL));
	json_object_set_new(seen, "queues", queues ? json_loads(queues, 0, NULL) : json_null());
	monitor_see_queues(monitor, seen, at_s * 1000);
	said = json_object_get(json_array_get(json_object_get(seen, "queues"), 0), "stalledSeconds");
	seconds = json_is_integer(said) ? json_integer_value(said) : -1;
	json_decref(seen);
	return seconds;
}

static void it_stands_still_by_its_own_fault(void **state)
{
	(void)state;
	assert_int_equal(stalled(100, "[]", "[" LANE "]"), 0);
	assert_int_equal(stalled(200, "[]", "[" LANE "]"), 100);
}

static void one_that_rested_does_not_stand_still_when_it_works_again(void **state)
{
	(void)state;
	stalled(100, "[]", "[" LANE "]");
	assert_int_equal(stalled(200, "[{\"target\":\"cmd.ticket.3\"}]", "[" LANE "]"), 0);
	assert_int_equal(stalled(300, "[{\"target\":\"ticket\"}]", "[" LANE "]"), 0);
	assert_int_equal(stalled(302, "[]", "[" LANE "]"), 2);
}

static void what_is_away_is_not_the_fault_of_the_queue(void **state)
{
	(void)state;
	stalled(100, "[{\"target\":\"ticket\"}]", "[" LANE "]");
	assert_int_equal(stalled(200, NULL, "[" LANE "]"), -1);
	assert_int_equal(stalled(202, "[]", "[" LANE "]"), 2);
	assert_int_equal(stalled(300, "[]", NULL), -1);
	assert_int_equal(stalled(302, "[]", "[" LANE "]"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_stands_still_by_its_own_fault, begin, end),
		cmocka_unit_test_setup_teardown(one_that_rested_does_not_stand_still_when_it_works_again, begin, end),
		cmocka_unit_test_setup_teardown(what_is_away_is_not_the_fault_of_the_queue, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
