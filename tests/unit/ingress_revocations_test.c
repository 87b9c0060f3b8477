/* ingress_revocations_test.c - which tokens a set of revocations holds, and what stays when it is started anew. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "ingress/http/revocation_set.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, open_set, close_set, NULL                                                             \
	}

static struct revocation_set set;

static int open_set(void **state)
{
	(void)state;
	revocation_set_init(&set);
	return 0;
}

static int close_set(void **state)
{
	(void)state;
	revocation_set_deinit(&set);
	return 0;
}

static bool holds(struct uuid account, struct uuid session, int64_t epoch)
{
	return revocation_set_holds(
	        &set, &(struct principal){ .account_id = account, .session_id = session, .epoch = epoch });
}

static void add(struct uuid id, int64_t epoch, int64_t added_ms)
{
	revocation_set_add(&set, &(struct revocation){ id, epoch, added_ms });
}

static void a_revoked_session_is_held_and_no_other(void **state)
{
	struct uuid account = uuid_new(), session = uuid_new(), other = uuid_new(), none = { { 0 } };

	(void)state;
	assert_false(holds(account, session, 0));
	add(session, 0, 0);
	assert_true(holds(account, session, 0));
	assert_true(holds(account, session, 99));
	assert_false(holds(account, other, 0));
	assert_false(holds(account, none, 0));
	add(none, 0, 0);
	assert_false(holds(account, none, 0));
	assert_int_equal(set.count, 1);
}

static void an_epoch_ends_the_tokens_before_it(void **state)
{
	struct uuid account = uuid_new(), session = uuid_new(), none = { { 0 } };

	(void)state;
	add(account, 3, 0);
	assert_true(holds(account, session, 2));
	assert_true(holds(account, none, 0));
	assert_false(holds(account, session, 3));
	assert_false(holds(uuid_new(), session, 0));
}

static void an_older_answer_takes_nothing_back(void **state)
{
	struct uuid account = uuid_new(), session = uuid_new();

	(void)state;
	add(account, 5, 1000);
	add(account, 4, 0);
	assert_true(holds(account, session, 4));
	assert_int_equal(set.count, 1);
	revocation_set_start_anew(&set, 1000);
	assert_true(holds(account, session, 4));
}

static void anew_it_keeps_what_was_revoked_here_since(void **state)
{
	struct uuid account = uuid_new(), read = uuid_new(), before = uuid_new(), since = uuid_new();

	(void)state;
	add(read, 0, 0);
	add(before, 0, 999);
	add(since, 0, 1000);
	revocation_set_start_anew(&set, 1000);
	assert_false(holds(account, read, 0));
	assert_false(holds(account, before, 0));
	assert_true(holds(account, since, 0));
	assert_int_equal(set.count, 1);
}

static void a_set_grows_and_forgets_nothing(void **state)
{
	struct uuid ids[1000], account = uuid_new();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		ids[i] = uuid_new();
		add(ids[i], 0, 0);
		add(ids[i], 0, 0);
	}
	assert_int_equal(set.count, 1000);
	assert_true(set.capacity >= 2 * set.count);
	for (int i = 0; i < 1000; i++)
		assert_true(holds(account, ids[i], 0));
	assert_false(holds(account, uuid_new(), 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a revoked session is held, and no other", a_revoked_session_is_held_and_no_other),
		SENTENCE("an epoch ends the tokens before it, and none of its own", an_epoch_ends_the_tokens_before_it),
		SENTENCE("an answer that is older takes nothing back", an_older_answer_takes_nothing_back),
		SENTENCE("started anew it keeps what was revoked here since, and nothing else",
		        anew_it_keeps_what_was_revoked_here_since),
		SENTENCE("a set grows, and forgets nothing", a_set_grows_and_forgets_nothing),
	};

	return cmocka_run_group_tests_name("revocations", tests, NULL, NULL);
}
