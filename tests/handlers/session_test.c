/* session_test.c - a refresh token leads to one other, against a real PostgreSQL, as ingress. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tests/handlers/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, NULL, NULL                                                                    \
	}

static struct uuid account, session;

static int set_up(void **state)
{
	desk_empty(state);
	account = desk_account("user", true);
	session = uuid_new();
	ask("insert into sessions (id, account_id, refresh_hash, expires_at) values ('%s', '%s', '\\x01', now() + "
	    "interval '1 day')",
	        id_text(session), id_text(account));
	return 0;
}

/* The verdict for old, with what follows from it. */
static const char *renew(const char *old, const char *follower)
{
	return ask("select verdict from session_renew('\\x%s', '\\x%s', 3600)", old, follower);
}

static void age(void)
{
	ask("update spent_tokens set spent_at = spent_at - interval '31 seconds'");
}

static void the_same_successor_again_within_half_a_minute(void **state)
{
	(void)state;
	assert_string_equal(renew("01", "02"), "ok");
	assert_string_equal(renew("01", "02"), "again");
	assert_string_equal(renew("02", "03"), "ok");
	assert_string_equal(renew("01", "02"), "again");
	assert_int_equal(ask_number("select count(*) from sessions where revoked_at is null"), 1);
	assert_int_equal(ask_number("select count(*) from spent_tokens"), 2);
	assert_string_equal(renew("09", "0a"), "unknown");
}

static void later_it_ends_the_session_once(void **state)
{
	(void)state;
	renew("01", "02");
	age();
	assert_string_equal(renew("01", "02"), "reused");
	assert_int_equal(ask_number("select count(*) from sessions where revoked_at is null"), 0);
	assert_string_equal(renew("01", "02"), "unknown");
	assert_string_equal(renew("02", "03"), "unknown");
}

static void another_key_in_between_gives_nothing_and_ends_nothing(void **state)
{
	(void)state;
	renew("01", "02");
	assert_string_equal(renew("01", "77"), "unknown");
	assert_int_equal(ask_number("select count(*) from sessions where revoked_at is null"), 1);
}

static void what_has_ended_is_not_renewed(void **state)
{
	(void)state;
	ask("update accounts set active = false");
	assert_int_equal(ask_number("select count(*) from sessions where revoked_at is null"), 0);
	assert_string_equal(renew("01", "02"), "unknown");
	ask("update accounts set active = true");
	assert_string_equal(renew("01", "02"), "unknown");
	ask("update sessions set epoch = (select max(epoch) from accounts), revoked_at = null, expires_at = now() - "
	    "interval '1 second'");
	assert_string_equal(renew("01", "02"), "expired");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("within half a minute a spent token gets the same successor again",
		        the_same_successor_again_within_half_a_minute),
		SENTENCE("after that it ends the session, once", later_it_ends_the_session_once),
		SENTENCE("a successor by another key is not known, and ends nothing",
		        another_key_in_between_gives_nothing_and_ends_nothing),
		SENTENCE("a session that has ended is not renewed", what_has_ended_is_not_renewed),
	};

	return cmocka_run_group_tests_name("session", tests, desk_open, desk_close);
}
