/* ingress_window_test.c - the verdict on what was written to the broker, as its loop is told. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "ingress/command/publish_window.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, open_empty, NULL, NULL                                                                \
	}
#define PENDING (-1)

static h2o_globalconf_t config;
static h2o_context_t context;
static struct loop *loop;
static struct window window;
static struct submission all[2 * WINDOW_MOST];
static int told[2 * WINDOW_MOST]; /* the verdict of each, once its note has run */
static int used;

static void on_told(struct note *note)
{
	struct submission *s = (struct submission *)note;

	assert_int_equal(told[s - all], PENDING);
	told[s - all] = s->verdict;
}

/* A loop that nobody turns but hear(). */
static int open_loop(void **state)
{
	struct setting *const tables[] = { db_settings, NULL };

	(void)state;
	setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing", 1);
	if (!settings_load(tables, stderr))
		return -1;
	h2o_config_init(&config);
	h2o_config_register_host(&config, h2o_iovec_init(H2O_STRLIT("nobody")), 65535);
	h2o_context_init(&context, h2o_evloop_create(), &config);
	loop = loop_new();
	loop_open(loop, &context);
	ring_init();
	ring_open(true);
	return 0;
}

static int open_empty(void **state)
{
	(void)state;
	window_lose(&window);
	used = 0;
	return 0;
}

/* One that was taken from the ring and written; its place in all[]. */
static int publish(int queue, const char *id)
{
	struct submission *s = &all[used];

	*s = (struct submission){ .note = { .run = on_told },
		.loop = loop,
		.queue = queue,
		.message = { .message_id = text_of(id), .routing_key = TEXT("a queue"), .body = TEXT("{}") } };
	told[used] = PENDING;
	assert_true(submission_send(s));
	assert_ptr_equal(ring_take((queue_set)1 << queue), s);
	s->tag = (uint64_t)used + 1;
	window_enter(&window, s);
	return used++;
}

static void hear(void)
{
	h2o_evloop_run(context.loop, 0);
}

static uint64_t tag_of(int i)
{
	return all[i].tag;
}

static void a_confirm_is_for_its_own_tag(void **state)
{
	int first = publish(1, "a"), second = publish(1, "b"), third = publish(2, "c");

	(void)state;
	window_confirm(&window, tag_of(second), false, true);
	hear();
	assert_int_equal(told[first], PENDING);
	assert_int_equal(told[second], PUBLISH_ACCEPTED);
	assert_int_equal(told[third], PENDING);
	assert_int_equal(window.count, 2);
}

static void one_confirm_can_be_for_all_before_it(void **state)
{
	int first = publish(1, "a"), second = publish(2, "b"), third = publish(3, "c");

	(void)state;
	window_confirm(&window, tag_of(second), true, true);
	hear();
	assert_int_equal(told[first], PUBLISH_ACCEPTED);
	assert_int_equal(told[second], PUBLISH_ACCEPTED);
	assert_int_equal(told[third], PENDING);
}

static void a_negative_confirm_is_no_refusal(void **state)
{
	int only = publish(1, "a");

	(void)state;
	window_confirm(&window, tag_of(only), false, false);
	hear();
	assert_int_equal(told[only], PUBLISH_UNKNOWN);
}

static void what_was_returned_was_certainly_not_accepted(void **state)
{
	int first = publish(1, "a"), again = publish(1, "a"), other = publish(1, "b");

	(void)state;
	window_return(&window, TEXT("a"));
	window_return(&window, TEXT("nobody's"));
	window_confirm(&window, tag_of(other), true, true);
	hear();
	assert_int_equal(told[first], PUBLISH_NOT_ACCEPTED);
	assert_int_equal(told[again], PUBLISH_ACCEPTED);
	assert_int_equal(told[other], PUBLISH_ACCEPTED);
}

static void what_is_lost_with_the_connection_is_unknown(void **state)
{
	int first = publish(1, "a"), second = publish(2, "b");

	(void)state;
	window_confirm(&window, tag_of(first), false, true);
	window_lose(&window);
	hear();
	assert_int_equal(told[first], PUBLISH_ACCEPTED);
	assert_int_equal(told[second], PUBLISH_UNKNOWN);
	assert_int_equal(window.count, 0);
	assert_int_equal(window_room(&window), EVERY_QUEUE);
}

static void a_queue_has_a_quarter_of_the_window(void **state)
{
	(void)state;
	for (int i = 0; i < WINDOW_QUEUE_MOST; i++)
		publish(3, "a");
	assert_int_equal(window_room(&window), EVERY_QUEUE & ~((queue_set)1 << 3));
	for (int q = 4; q < 7; q++)
		for (int i = 0; i < WINDOW_QUEUE_MOST; i++)
			publish(q, "a");
	assert_int_equal(window_room(&window), 0);
	window_confirm(&window, tag_of(0), false, true);
	assert_int_equal(window_room(&window), EVERY_QUEUE & ~((queue_set)0x7 << 4));
	hear();
}

static void what_was_given_up_makes_room_and_its_queue_goes_slowly(void **state)
{
	int late = publish(3, "a"), next;

	(void)state;
	assert_int_equal(submission_give_up(&all[late]), PUBLISH_UNKNOWN);
	window_let_go(&window);
	hear();
	assert_int_not_equal(told[late], PENDING); /* the note comes in any case: the memory is the loop's again */
	assert_int_equal(window.count, 0);
	assert_true(window_any_silent(&window));
	assert_int_equal(window_room(&window), EVERY_QUEUE);
	next = publish(3, "b");
	assert_int_equal(window_room(&window), EVERY_QUEUE & ~((queue_set)1 << 3));
	window_confirm(&window, tag_of(late), false, true);
	assert_false(window_any_silent(&window));
	assert_int_equal(window_room(&window), EVERY_QUEUE);
	window_confirm(&window, tag_of(next), false, true);
	hear();
	assert_int_equal(told[next], PUBLISH_ACCEPTED);
}

static void what_nobody_has_written_was_certainly_not_accepted(void **state)
{
	struct submission *s = &all[used];

	(void)state;
	*s = (struct submission){ .note = { .run = on_told }, .loop = loop, .message = { .body = TEXT("{}") } };
	told[used] = PENDING;
	assert_true(submission_send(s));
	assert_int_equal(submission_give_up(s), PUBLISH_NOT_ACCEPTED);
	hear();
	assert_int_equal(told[used], PUBLISH_NOT_ACCEPTED);
	assert_null(ring_take(EVERY_QUEUE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a confirm is for its own tag", a_confirm_is_for_its_own_tag),
		SENTENCE("one confirm can be for all before it", one_confirm_can_be_for_all_before_it),
		SENTENCE("after a negative confirm nobody knows", a_negative_confirm_is_no_refusal),
		SENTENCE("what the broker returned was certainly not accepted",
		        what_was_returned_was_certainly_not_accepted),
		SENTENCE("of what is lost with the connection nobody knows",
		        what_is_lost_with_the_connection_is_unknown),
		SENTENCE("a queue has a quarter of the window", a_queue_has_a_quarter_of_the_window),
		SENTENCE("what was given up makes room, and its queue gets one at a time until it confirms",
		        what_was_given_up_makes_room_and_its_queue_goes_slowly),
		SENTENCE("what nobody has written was certainly not accepted",
		        what_nobody_has_written_was_certainly_not_accepted),
	};

	return cmocka_run_group_tests_name("window", tests, open_loop, NULL);
}
