/* ingress_waiters_test.c - who is told of an outcome, and when a wait ends by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "ingress/command/waiters.h"

struct asker {
	struct waiter waiter; /* first */
	int called, status;   /* status -1: the wait ended without an outcome */
};

static void on_done(struct waiter *waiter, const struct outcome_told *told)
{
	struct asker *asker = (struct asker *)waiter;

	asker->called++;
	asker->status = told ? told->status : -1;
}

static struct asker ask(const struct uuid *id, const char *request, uint8_t fp)
{
	struct asker asker = { .waiter = { .command_id = *id, .correlation_id = text_of(request), .done = on_done } };

	memset(asker.waiter.fp, fp, sizeof asker.waiter.fp);
	return asker;
}

static void an_outcome_is_for_who_asked_for_it(void **state)
{
	struct waiters *waiters = waiters_new(NULL);
	struct uuid id = uuid_new(), another = uuid_new();
	struct asker askers[] = { ask(&id, "mine", 1), ask(&id, "mine", 2), ask(&id, "yours", 1),
		ask(&another, "mine", 1) };
	struct outcome_told told = { .status = 201 };
	uint8_t fp[FINGERPRINT_BYTES];

	(void)state;
	memset(fp, 1, sizeof fp);
	for (int i = 0; i < 4; i++)
		waiter_add(waiters, &askers[i].waiter, INT64_MAX);
	waiters_tell(waiters, &id, TEXT("mine"), fp, &told);
	waiters_tell(waiters, &id, TEXT("mine"), fp, &told);
	assert_int_equal(askers[0].called, 1);
	assert_int_equal(askers[0].status, 201);
	for (int i = 1; i < 4; i++)
		assert_int_equal(askers[i].called, 0);
	assert_int_equal(waiters_count(waiters), 3);
	free(waiters);
}

static void what_was_never_accepted_ends_at_its_deadline(void **state)
{
	struct waiters *waiters = waiters_new(NULL);
	struct uuid id = uuid_new();
	struct asker late = ask(&id, "a", 1), early = ask(&id, "b", 1);

	(void)state;
	waiter_add(waiters, &late.waiter, clock_mono_ms() - 1);
	waiter_add(waiters, &early.waiter, clock_mono_ms() + 60000);
	waiters_tick(waiters);
	assert_int_equal(late.called, 1);
	assert_int_equal(late.status, -1);
	assert_int_equal(early.called, 0);
	assert_int_equal(waiters_count(waiters), 1);
	free(waiters);
}

static void a_last_look_that_is_not_answered_ends_too(void **state)
{
	struct waiters *waiters = waiters_new(NULL);
	struct uuid id = uuid_new();
	struct asker asker = ask(&id, "a", 1);

	(void)state;
	waiter_add(waiters, &asker.waiter, INT64_MAX);
	waiter_wait(&asker.waiter, clock_mono_ms() - 1000);
	asker.waiter.polling = true; /* the database was asked, and stands still */
	waiters_tick(waiters);
	assert_int_equal(asker.status, -1);
	assert_int_equal(waiters_count(waiters), 0);
	free(waiters);
}

#define TEST(title, run)                                                                                               \
	{                                                                                                              \
		title, run, NULL, NULL, NULL                                                                           \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("an outcome is told to who asked with that id, that request and that body",
		        an_outcome_is_for_who_asked_for_it),
		TEST("what was never accepted ends at its deadline, and no earlier",
		        what_was_never_accepted_ends_at_its_deadline),
		TEST("a last look that the database does not answer ends by itself",
		        a_last_look_that_is_not_answered_ends_too),
	};

	return cmocka_run_group_tests_name("waiters", tests, NULL, NULL);
}
