/* ingress_ring_test.c - the ring between the loops and the publisher: shares, turns, and what is given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ingress/command/publish_ring.h"

#define SHARE 1024
#define MIB ((size_t)1024 * 1024)

static struct submission *submit(int queue, size_t bytes, bool expected)
{
	static struct submission all[SHARE + 100];
	static int used;
	struct submission *s = &all[used++];

	s->queue = queue;
	s->message.body = (struct text){ "", bytes };
	assert_int_equal(submission_send(s), expected);
	return s;
}

static int open_empty(void **state)
{
	(void)state;
	ring_init();
	ring_open(true);
	while (ring_take(EVERY_QUEUE))
		continue;
	return 0;
}

static void a_queue_takes_no_more_than_its_share(void **state)
{
	(void)state;
	for (int i = 0; i < SHARE; i++)
		submit(3, 10, true);
	submit(3, 10, false);
	submit(4, 10, true);
	for (int i = 0; i < 4; i++)
		submit(5, MIB, true);
	submit(5, MIB, false);
	submit(6, MIB, true);
}

static void queues_take_turns(void **state)
{
	struct submission *first = submit(1, 1, true), *second = submit(1, 1, true), *other = submit(2, 1, true);
	struct submission *one = ring_take(EVERY_QUEUE), *two = ring_take(EVERY_QUEUE);

	(void)state;
	assert_true((one == first && two == other) || (one == other && two == first));
	assert_null(ring_take((queue_set)1 << 2));
	assert_false(ring_sleep(EVERY_QUEUE));
	assert_true(ring_sleep((queue_set)1 << 2));
	assert_ptr_equal(ring_take(EVERY_QUEUE), second);
}

static void what_was_written_is_unknown_when_given_up(void **state)
{
	struct submission *s = submit(0, 1, true);

	(void)state;
	assert_ptr_equal(ring_take(EVERY_QUEUE), s);
	assert_false(ring_any_given_up());
	assert_int_equal(submission_give_up(s), PUBLISH_UNKNOWN);
	assert_true(ring_is_given_up(s));
	assert_true(ring_any_given_up());
}

static void a_closed_ring_takes_nothing(void **state)
{
	(void)state;
	ring_open(false);
	submit(0, 1, false);
}

#define TEST(title, run)                                                                                               \
	{                                                                                                              \
		title, run, open_empty, NULL, NULL                                                                     \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("a queue takes no more than its share of the ring, in number and in bytes",
		        a_queue_takes_no_more_than_its_share),
		TEST("queues take turns, and one that has no room holds up no other", queues_take_turns),
		TEST("what was written is unknown when it is given up", what_was_written_is_unknown_when_given_up),
		TEST("a closed ring takes nothing", a_closed_ring_takes_nothing),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
