/* timer_flight_test.c - how much is on its way. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "workers/timer/flight.h"

static struct uuid id(uint8_t n)
{
	return (struct uuid){ { n, 1 } };
}

static void there_is_room_until_there_is_none(void **state)
{
	struct flight *f = calloc(1, sizeof *f);

	(void)state;
	assert_true(flight_has_room(f, FLIGHT_MOST));
	for (int i = 0; i < FLIGHT_MOST - 1; i++)
		flight_add(f, id(1), 0);
	assert_true(flight_has_room(f, 1));
	flight_add(f, id(2), 0);
	assert_false(flight_has_room(f, 1));
	flight_land(f, &(struct uuid){ { 2, 1 } });
	assert_true(flight_has_room(f, 1));
	free(f);
}

static void what_lands_makes_room_and_what_is_strange_does_not(void **state)
{
	struct flight *f = calloc(1, sizeof *f);
	struct uuid second = id(2), other = id(9);

	(void)state;
	for (uint8_t i = 1; i <= 3; i++)
		flight_add(f, id(i), i);
	flight_land(f, &second);
	flight_land(f, &second);
	flight_land(f, &other);
	assert_int_equal(f->count, 2);
	assert_int_equal(f->ids[0].bytes[0], 1);
	assert_int_equal(f->ids[1].bytes[0], 3);
	free(f);
}

static void what_does_not_land_is_forgotten(void **state)
{
	struct flight *f = calloc(1, sizeof *f);

	(void)state;
	flight_add(f, id(1), 100);
	flight_add(f, id(2), 200);
	flight_forget(f, 100 + FLIGHT_FORGET_MS - 1);
	assert_int_equal(f->count, 2);
	flight_forget(f, 100 + FLIGHT_FORGET_MS);
	assert_int_equal(f->count, 1);
	assert_int_equal(f->ids[0].bytes[0], 2);
	flight_forget(f, 10000);
	assert_int_equal(f->count, 0);
	free(f);
}

static void the_oldest_goes_when_it_is_full(void **state)
{
	struct flight *f = calloc(1, sizeof *f);

	(void)state;
	flight_add(f, id(1), 0);
	for (int i = 0; i < FLIGHT_MOST; i++)
		flight_add(f, id(2), 1);
	assert_int_equal(f->count, FLIGHT_MOST);
	assert_int_equal(f->ids[0].bytes[0], 2);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "there is room until there is none", there_is_room_until_there_is_none, NULL, NULL, NULL },
		{ "what was applied makes room, once", what_lands_makes_room_and_what_is_strange_does_not, NULL, NULL,
		        NULL },
		{ "what is not applied is forgotten after two seconds", what_does_not_land_is_forgotten, NULL, NULL,
		        NULL },
		{ "the oldest is forgotten when there is no place", the_oldest_goes_when_it_is_full, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
