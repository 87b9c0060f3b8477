/* federation_test.c - whose account somebody is whom another service has proven, against a real PostgreSQL, as ingress.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tests/handlers/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, desk_empty, NULL, NULL                                                                \
	}

/* The verdict for that subject of the issuer "there", who says that; the sign-in's state is hexadecimal, "" for none.
 */
static const char *arrive(const char *subject, const char *said, const char *state, bool by_password)
{
	struct db *db = desk_as("ingress", "");
	struct uuid id = uuid_new(), registered = uuid_new(), role = uuid_new();
	struct db_result *rows;
	const char *verdict;

	db_begin(db);
	rows = db_send(db, QUERY_federated_sign_in, P_TEXT(TEXT("there")), P_TEXT(text_of(subject)),
	        P_TEXT(text_of(said)), *state ? P_TEXT(text_of(state)) : P_NULL, P_INT(by_password), P_UUID(&id),
	        P_UUID(&registered), P_UUID(&role), P_TEXT(TEXT("request")), P_NULL, P_NULL);
	assert_true(db_commit(db));
	verdict = text_dup(desk_arena, db_text(rows, 0, 0));
	db_close(&db);
	return verdict;
}

static void a_state_counts_once(void **state)
{
	(void)state;
	assert_string_equal(arrive("zoe", "{\"email\":\"zoe@example.org\",\"isProven\":true}", "01", false), "ok");
	assert_string_equal(arrive("zoe", "{}", "01", false), "replayed");
	assert_string_equal(arrive("zoe", "{}", "02", false), "ok");
	assert_int_equal(ask_number("select count(*) from accounts where email_verified_at is not null"), 1);
	ask("update spent_states set spent_at = now() - interval '2 hours'");
	assert_string_equal(arrive("zoe", "{}", "03", false), "ok");
	assert_int_equal(ask_number("select count(*) from spent_states"), 1);
}

static void the_last_administrator_stays_one(void **state)
{
	struct uuid admin = desk_account("admin", true);

	(void)state;
	ask("insert into identities (account_id, issuer, subject, email) values ('%s', 'there', 'ada', "
	    "'ada@example.org')",
	        id_text(admin));
	assert_string_equal(arrive("ada", "{\"role\":\"user\"}", "", false), "ok");
	assert_string_equal(ask("select role from accounts"), "admin");
	desk_account("admin", true);
	assert_string_equal(arrive("ada", "{\"role\":\"user\"}", "", false), "ok");
	assert_string_equal(ask("select role from accounts where id = '%s'", id_text(admin)), "user");
	assert_int_equal(ask_number("select count(*) from outbox where type = 'user.role_changed'"), 1);
}

static void a_lock_counts_for_passwords_alone(void **state)
{
	static const char zoe[] = "{\"email\":\"zoe@example.org\",\"isProven\":true}";

	(void)state;
	assert_string_equal(arrive("zoe", zoe, "", true), "ok");
	ask("insert into sign_in_failures (email, locked_until) values ('zoe@example.org', now() + interval '1 "
	    "minute')");
	assert_string_equal(arrive("zoe", zoe, "", true), "locked");
	assert_string_equal(arrive("zoe", zoe, "", false), "ok");
	ask("update sign_in_failures set locked_until = now()");
	assert_string_equal(arrive("zoe", zoe, "", true), "ok");
	assert_int_equal(ask_number("select count(*) from sign_in_failures"), 1); /* until a session is opened */
}

static void who_is_erased_is_known_no_more(void **state)
{
	(void)state;
	assert_string_equal(arrive("zoe", "{\"email\":\"zoe@example.org\"}", "", false), "ok");
	ask("update accounts set active = false, deleted_at = now(), first_name = '', last_name = ''");
	assert_string_equal(arrive("zoe", "{\"email\":\"zoe@example.org\"}", "", false), "disabled");
	ask("select person_erase(id, 0, 100) from accounts");
	assert_int_equal(ask_number("select count(*) from identities"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a state counts once, and is forgotten later", a_state_counts_once),
		SENTENCE("the last active administrator stays one, whatever the groups say",
		        the_last_administrator_stays_one),
		SENTENCE("a lock of the address counts for passwords alone", a_lock_counts_for_passwords_alone),
		SENTENCE("who is erased is known no more, who is deleted does not come again",
		        who_is_erased_is_known_no_more),
	};

	return cmocka_run_group_tests_name("federation", tests, desk_open, desk_close);
}
