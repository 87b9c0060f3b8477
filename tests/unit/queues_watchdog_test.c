/* queues_watchdog_test.c - a call that hangs on a socket comes back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/log.h"
#include "queues/watchdog.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, tear_down, NULL                                                               \
	}

static int pair[2];
static struct watchdog dog;

static int set_up(void **state)
{
	(void)state;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	watchdog_watch(&dog, pair[0]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	watchdog_unwatch(&dog);
	close(pair[0]);
	close(pair[1]);
	return 0;
}

/* What recv() gives, and after how long. */
static ssize_t blocked_for(int64_t *out_ms)
{
	char byte;
	int64_t begun = clock_mono_ms();
	ssize_t got = recv(pair[0], &byte, 1, 0);

	*out_ms = clock_mono_ms() - begun;
	return got;
}

static void a_blocked_call_returns_after_the_deadline(void **state)
{
	int64_t ms;

	(void)state;
	watchdog_expect(&dog, 300);
	assert_int_equal(blocked_for(&ms), 0);
	assert_true(ms >= 250 && ms < 2500);
	assert_true(dog.barked);
}

static void what_came_in_time_is_left_alone(void **state)
{
	struct timeval patience = { .tv_usec = 900000 };
	int64_t ms;

	(void)state;
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	watchdog_expect(&dog, 100);
	watchdog_done(&dog);
	assert_int_equal(blocked_for(&ms), -1);
	assert_false(dog.barked);
	assert_int_equal(write(pair[1], "x", 1), 1);
	assert_int_equal(blocked_for(&ms), 1);
}

static void a_later_deadline_replaces_an_earlier_one(void **state)
{
	struct timeval patience = { .tv_usec = 900000 };
	int64_t ms;

	(void)state;
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	watchdog_expect(&dog, 1);
	watchdog_expect(&dog, 60000);
	assert_int_equal(blocked_for(&ms), -1);
	assert_false(dog.barked);
}

static void who_is_not_watched_is_left_alone(void **state)
{
	struct timeval patience = { .tv_usec = 900000 };
	int64_t ms;

	(void)state;
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	watchdog_expect(&dog, 100);
	watchdog_unwatch(&dog);
	assert_int_equal(blocked_for(&ms), -1);
	assert_false(dog.barked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a blocked call returns after its deadline", a_blocked_call_returns_after_the_deadline),
		SENTENCE("a call that came back in time is left alone", what_came_in_time_is_left_alone),
		SENTENCE("a later deadline replaces an earlier one", a_later_deadline_replaces_an_earlier_one),
		SENTENCE("a socket that is watched no more is left alone", who_is_not_watched_is_left_alone),
	};

	log_init("test", LOG_LEVEL_CRITICAL);
	return cmocka_run_group_tests_name("watchdog", tests, NULL, NULL);
}
