/* queues_life_test.c - what happens to a ticket moves its clocks, as users of other helpdesks wished it did. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/instant.h"
#include "queues/sla_life.h"

#define MINUTE 60000000LL
#define HOUR (60 * MINUTE)

static struct arena *arena;
static struct sla_policy always, office, nothing; /* office: Monday to Friday, 09:00 to 17:00, UTC */
static struct sla_life life;
static int64_t now;

static void promise(struct sla_policy *policy, struct calendar *calendar)
{
	*policy = (struct sla_policy){ .calendar = calendar };
	for (int i = PRIORITY_LOW; i < ticket_priority_count; i++) {
		int64_t unit = i == PRIORITY_URGENT ? HOUR : 4 * HOUR;

		policy->budget_us[i][SLA_FIRST_RESPONSE] = unit;
		policy->budget_us[i][SLA_NEXT_RESPONSE] = 2 * unit;
		policy->budget_us[i][SLA_RESOLUTION] = 6 * unit;
	}
}

static int setup(void **state)
{
	struct calendar_hours hours[5];
	const char *why;

	(void)state;
	arena = arena_new(1 << 16);
	for (int i = 0; i < 5; i++)
		hours[i] = (struct calendar_hours){ i, 9 * 3600, 17 * 3600 };
	promise(&always, calendar_always(arena));
	promise(&office, calendar_new(arena, zone_read(arena, TEXT("UTC"), &why), hours, 5, NULL, 0));
	nothing = (struct sla_policy){ .calendar = always.calendar };
	assert_true(instant_read(TEXT("2026-11-02T09:00:00Z"), &now)); /* a Monday */
	sla_life_begin(&life, &always, PRIORITY_LOW, TICKET_OPEN, now);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static enum deadline_state state_of(enum sla_target target)
{
	return deadline_state(&life.clocks[target]);
}

static int64_t due(enum sla_target target)
{
	return life.clocks[target].due_us - now;
}

static void a_reply_meets_what_was_asked(void **state)
{
	(void)state;
	sla_life_ask(&life, now + HOUR); /* the owner adds something: the first response is still to come */
	assert_int_equal(state_of(SLA_NEXT_RESPONSE), DEADLINE_NONE);
	sla_life_reply(&life, now + 2 * HOUR);
	assert_int_equal(state_of(SLA_FIRST_RESPONSE), DEADLINE_MET);
	assert_int_equal(life.clocks[SLA_FIRST_RESPONSE].met_us, now + 2 * HOUR);
	sla_life_ask(&life, now + 3 * HOUR);
	assert_int_equal(due(SLA_NEXT_RESPONSE), 11 * HOUR);
	sla_life_ask(&life, now + 4 * HOUR); /* asking again gives no more time */
	assert_int_equal(due(SLA_NEXT_RESPONSE), 11 * HOUR);
	sla_life_reply(&life, now + 5 * HOUR);
	assert_int_equal(state_of(SLA_NEXT_RESPONSE), DEADLINE_MET);
	sla_life_ask(&life, now + 20 * HOUR); /* the next question has all its time */
	assert_int_equal(due(SLA_NEXT_RESPONSE), 28 * HOUR);
	assert_int_equal(life.clocks[SLA_FIRST_RESPONSE].met_us, now + 2 * HOUR);
}

static void each_target_has_its_own_pause(void **state)
{
	(void)state;
	sla_life_reply(&life, now + HOUR);
	sla_life_move(&life, TICKET_WAITING_USER, now + HOUR);
	assert_int_equal(state_of(SLA_FIRST_RESPONSE), DEADLINE_MET);
	assert_int_equal(state_of(SLA_RESOLUTION), DEADLINE_PAUSED);
	sla_life_move(&life, TICKET_WAITING_USER, now + 2 * HOUR); /* again: nothing new */
	sla_life_ask(&life, now + 10 * HOUR);
	sla_life_move(&life, TICKET_IN_PROGRESS, now + 10 * HOUR);
	assert_int_equal(due(SLA_NEXT_RESPONSE), 18 * HOUR);
	assert_int_equal(due(SLA_RESOLUTION), 33 * HOUR); /* 24 hours, and the 9 that it waited */
}

static void nothing_runs_after_resolve(void **state)
{
	(void)state;
	sla_life_reply(&life, now + HOUR);
	sla_life_ask(&life, now + 2 * HOUR);
	sla_life_move(&life, TICKET_RESOLVED, now + 4 * HOUR);
	assert_int_equal(state_of(SLA_NEXT_RESPONSE), DEADLINE_MET);
	assert_int_equal(state_of(SLA_RESOLUTION), DEADLINE_MET);
	sla_life_move(&life, TICKET_CLOSED, now + 28 * HOUR);
	assert_int_equal(life.clocks[SLA_RESOLUTION].met_us, now + 4 * HOUR);
	sla_life_move(&life, TICKET_OPEN, now + 50 * HOUR);
	assert_int_equal(due(SLA_RESOLUTION), 70 * HOUR); /* 20 hours were left */
	assert_int_equal(state_of(SLA_NEXT_RESPONSE), DEADLINE_MET);
}

static void resolving_is_no_response(void **state)
{
	(void)state;
	sla_life_move(&life, TICKET_RESOLVED, now + HOUR);
	assert_int_equal(state_of(SLA_FIRST_RESPONSE), DEADLINE_PAUSED);
	sla_life_move(&life, TICKET_IN_PROGRESS, now + 10 * HOUR);
	assert_int_equal(due(SLA_FIRST_RESPONSE), 13 * HOUR);
}

static void another_promise_keeps_what_was_used(void **state)
{
	(void)state;
	sla_life_move(&life, TICKET_WAITING_USER, now + 2 * HOUR);
	sla_life_govern(&life, &always, PRIORITY_URGENT, now + 3 * HOUR);
	assert_int_equal(state_of(SLA_RESOLUTION), DEADLINE_PAUSED); /* the pause is not forgotten */
	sla_life_move(&life, TICKET_IN_PROGRESS, now + 10 * HOUR);
	assert_int_equal(due(SLA_RESOLUTION), 14 * HOUR);                  /* 6 hours, of which 2 were used */
	sla_life_govern(&life, &office, PRIORITY_URGENT, now + 11 * HOUR); /* 20:00: 3 hours are left */
	assert_int_equal(due(SLA_RESOLUTION), 27 * HOUR);
}

static void no_promise_is_no_error(void **state)
{
	(void)state;
	sla_life_begin(&life, &nothing, PRIORITY_LOW, TICKET_OPEN, now);
	sla_life_reply(&life, now + HOUR);
	sla_life_ask(&life, now + 2 * HOUR);
	sla_life_move(&life, TICKET_RESOLVED, now + 3 * HOUR);
	sla_life_move(&life, TICKET_OPEN, now + 4 * HOUR);
	for (int i = 0; i < SLA_TARGETS; i++)
		assert_int_equal(state_of(i), DEADLINE_NONE);
	/* One that is made later begins then; what was done already is not asked for again. */
	sla_life_govern(&life, &always, PRIORITY_LOW, now + 5 * HOUR);
	assert_int_equal(state_of(SLA_FIRST_RESPONSE), DEADLINE_NONE);
	assert_int_equal(state_of(SLA_NEXT_RESPONSE), DEADLINE_NONE);
	assert_int_equal(due(SLA_RESOLUTION), 29 * HOUR);
}

static void a_promise_begins_paused_where_nobody_works(void **state)
{
	(void)state;
	sla_life_begin(&life, &nothing, PRIORITY_LOW, TICKET_OPEN, now);
	sla_life_move(&life, TICKET_WAITING_USER, now + HOUR);
	sla_life_govern(&life, &always, PRIORITY_LOW, now + 2 * HOUR);
	assert_int_equal(state_of(SLA_RESOLUTION), DEADLINE_PAUSED);
	sla_life_move(&life, TICKET_RESOLVED, now + 3 * HOUR);
	sla_life_govern(&life, &nothing, PRIORITY_LOW, now + 4 * HOUR);
	sla_life_govern(&life, &always, PRIORITY_LOW, now + 5 * HOUR);
	assert_int_equal(state_of(SLA_RESOLUTION), DEADLINE_NONE); /* it is resolved */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a reply meets what was asked, and a question starts one clock once", a_reply_meets_what_was_asked,
		        setup, teardown, NULL },
		{ "each target has its own pause, and the deadline moves by it", each_target_has_its_own_pause, setup,
		        teardown, NULL },
		{ "nothing runs after a ticket is resolved, and a reopened one goes on", nothing_runs_after_resolve,
		        setup, teardown, NULL },
		{ "a resolved ticket that nobody answered waits for its first response", resolving_is_no_response,
		        setup, teardown, NULL },
		{ "another priority, policy or calendar keeps what was used", another_promise_keeps_what_was_used,
		        setup, teardown, NULL },
		{ "no promise is no error", no_promise_is_no_error, setup, teardown, NULL },
		{ "a promise begins paused where nobody works", a_promise_begins_paused_where_nobody_works, setup,
		        teardown, NULL },
	};

	return cmocka_run_group_tests_name("queues life", tests, NULL, NULL);
}
