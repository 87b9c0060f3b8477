/* ctl_replay_test.c - past tickets lived once more, as their history tells it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "ops/guichetctl/sla_replay.h"

#define HOUR 3600000000LL
#define T0 1790000000000000LL
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define EVENT(hour, field, before, after, staff)                                                                       \
	{                                                                                                              \
		T0 + (hour)*HOUR, { (field), sizeof(field) - 1 }, { (before), sizeof(before) - 1 },                    \
		        { (after), sizeof(after) - 1 }, (staff)                                                        \
	}
#define REPLAY(ticket, past) replay_ticket(&replay, (ticket), (past), COUNT(past), out)

static struct arena *arena;
static struct sla_policy policy;
static struct replay replay;
static struct replay_outcome out[SLA_TARGETS];
static struct replay_ticket ticket;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 16);
	policy = (struct sla_policy){ .calendar = calendar_always(arena) };
	for (int i = PRIORITY_LOW; i < ticket_priority_count; i++) {
		policy.budget_us[i][SLA_FIRST_RESPONSE] = HOUR;
		policy.budget_us[i][SLA_NEXT_RESPONSE] = 2 * HOUR;
		policy.budget_us[i][SLA_RESOLUTION] = i == PRIORITY_URGENT ? 4 * HOUR : 8 * HOUR;
	}
	replay = (struct replay){ arena_new(1 << 16), &policy, T0 + 100 * HOUR };
	ticket = (struct replay_ticket){ .status = TEXT("closed"),
		.priority = TEXT("low"),
		.category = TEXT("network"),
		.tags = TEXT("vip, printer"),
		.created_us = T0 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&replay.arena);
	arena_free(&arena);
	return 0;
}

static void a_life_is_lived_again(void **state)
{
	const struct replay_event past[] = {
		EVENT(2, "comment", "", "hello", true), /* an hour late */
		EVENT(2, "status", "open", "in_progress", true),
		EVENT(3, "comment", "", "and?", false),
		EVENT(4, "comment", "and?", "and now?", false), /* mended, not asked again */
		EVENT(4, "comment", "", "wait", true),
		EVENT(4, "status", "in_progress", "waiting_user", true),
		EVENT(20, "status", "waiting_user", "in_progress", false),
		EVENT(23, "status", "in_progress", "resolved", true), /* 7 hours, of 8 */
		EVENT(50, "status", "resolved", "closed", false),
	};

	(void)state;
	REPLAY(&ticket, past);
	assert_true(out[SLA_FIRST_RESPONSE].breached);
	assert_int_equal(out[SLA_FIRST_RESPONSE].over_us, HOUR);
	assert_true(out[SLA_NEXT_RESPONSE].promised);
	assert_false(out[SLA_NEXT_RESPONSE].breached);
	assert_true(out[SLA_RESOLUTION].promised);
	assert_false(out[SLA_RESOLUTION].breached);
}

static void what_was_missed_in_between_is_missed(void **state)
{
	const struct replay_event past[] = {
		EVENT(0, "comment", "", "hello", true),
		EVENT(1, "comment", "", "and?", false),
		EVENT(6, "comment", "", "sorry", true), /* three hours late */
		EVENT(7, "comment", "", "and?", false),
		EVENT(7, "comment", "", "yes", true),
		EVENT(7, "status", "open", "resolved", true),
	};

	(void)state;
	ticket.status = TEXT("resolved");
	REPLAY(&ticket, past);
	assert_true(out[SLA_NEXT_RESPONSE].breached);
	assert_int_equal(out[SLA_NEXT_RESPONSE].over_us, 3 * HOUR);
	assert_false(out[SLA_RESOLUTION].breached);
}

static void taking_it_to_work_is_a_first_response(void **state)
{
	const struct replay_event past[] = {
		EVENT(0, "status", "open", "in_progress", true),
		EVENT(3, "comment", "", "and?", false),
		EVENT(4, "status", "in_progress", "resolved", true),
	};

	(void)state;
	ticket.status = TEXT("resolved");
	REPLAY(&ticket, past);
	assert_false(out[SLA_FIRST_RESPONSE].breached);
	assert_true(out[SLA_NEXT_RESPONSE].promised);
}

static void what_never_ended_is_late_until_now(void **state)
{
	(void)state;
	ticket.status = TEXT("open");
	replay_ticket(&replay, &ticket, NULL, 0, out);
	assert_int_equal(out[SLA_FIRST_RESPONSE].over_us, 99 * HOUR);
	assert_int_equal(out[SLA_RESOLUTION].over_us, 92 * HOUR);
	assert_false(out[SLA_NEXT_RESPONSE].promised);
}

static void it_begins_as_it_was_and_fits_as_it_was(void **state)
{
	const struct replay_event past[] = {
		EVENT(3, "priority", "urgent", "low", true),
		EVENT(3, "category", "network", "hardware", true),
		EVENT(3, "tags", "vip, printer", "printer", true),
		EVENT(5, "status", "open", "resolved", true),
	};
	struct text vip = TEXT("vip");

	(void)state;
	ticket.category = TEXT("hardware");
	ticket.tags = TEXT("printer");
	REPLAY(&ticket, past);
	assert_int_equal(out[SLA_FIRST_RESPONSE].priority, PRIORITY_URGENT);
	assert_false(out[SLA_RESOLUTION].breached);
	policy.criteria.tags = (struct text_list){ &vip, 1 }; /* it fits for three hours */
	REPLAY(&ticket, past);
	assert_int_equal(out[SLA_FIRST_RESPONSE].over_us, 2 * HOUR);
	assert_true(out[SLA_RESOLUTION].promised);
	vip = TEXT("gold");
	REPLAY(&ticket, past);
	for (int i = 0; i < SLA_TARGETS; i++)
		assert_false(out[i].promised);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a life is lived again by what history says", a_life_is_lived_again, setup, teardown, NULL },
		{ "an answer that came late is missed, whatever came after", what_was_missed_in_between_is_missed,
		        setup, teardown, NULL },
		{ "who takes it to work has answered, as in the lane", taking_it_to_work_is_a_first_response, setup,
		        teardown, NULL },
		{ "what never ended is late until now", what_never_ended_is_late_until_now, setup, teardown, NULL },
		{ "it begins as it was, and is governed while it fits", it_begins_as_it_was_and_fits_as_it_was, setup,
		        teardown, NULL },
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
