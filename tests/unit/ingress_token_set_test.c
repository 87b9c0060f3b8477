/* ingress_token_set_test.c - tokens of programs in memory, and what they are good for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "ingress/http/api_tokens.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, open_set, close_set, NULL                                                             \
	}

static struct token_set set;

static int open_set(void **state)
{
	(void)state;
	token_set_init(&set);
	return 0;
}

static int close_set(void **state)
{
	(void)state;
	token_set_deinit(&set);
	return 0;
}

static struct uuid put(struct uuid id, enum token_state said, int64_t added_ms)
{
	token_set_put(&set, &(struct token_entry){ .id = id, .state = said, .added_ms = added_ms });
	return id;
}

static void many_tokens_are_found_and_no_other(void **state)
{
	struct uuid ids[500], none = { { 0 } };

	(void)state;
	for (int i = 0; i < 500; i++)
		ids[i] = put(uuid_new(), TOKEN_GOOD, 0);
	for (int i = 0; i < 500; i++)
		assert_non_null(token_set_find(&set, &ids[i]));
	ids[0] = uuid_new();
	assert_null(token_set_find(&set, &ids[0]));
	assert_null(token_set_find(&set, &none));
	put(none, TOKEN_GOOD, 0);
	assert_int_equal(set.count, 500);
}

static void what_has_ended_stays_so_and_what_sleeps_wakes(void **state)
{
	struct uuid ended = put(uuid_new(), TOKEN_ENDED, 0), asleep = put(uuid_new(), TOKEN_ASLEEP, 0);

	(void)state;
	put(ended, TOKEN_GOOD, 0);
	put(asleep, TOKEN_GOOD, 0);
	assert_int_equal(token_set_find(&set, &ended)->state, TOKEN_ENDED);
	assert_int_equal(token_set_find(&set, &asleep)->state, TOKEN_GOOD);
}

static void started_anew_it_keeps_what_the_answer_could_not_know(void **state)
{
	struct uuid old = put(uuid_new(), TOKEN_GOOD, 0), made = put(uuid_new(), TOKEN_GOOD, 100),
	            used = put(uuid_new(), TOKEN_GOOD, 0), ended = put(uuid_new(), TOKEN_ENDED, 100);

	(void)state;
	token_set_find(&set, &used)->used = true;
	token_set_start_anew(&set, 100);
	assert_null(token_set_find(&set, &old));
	assert_int_equal(token_set_find(&set, &made)->state, TOKEN_GOOD);
	assert_int_equal(token_set_find(&set, &ended)->state, TOKEN_ENDED);
	assert_int_equal(token_set_find(&set, &used)->state, TOKEN_ASLEEP); /* good again when the rows say so */
	put(used, TOKEN_GOOD, 0);
	assert_int_equal(token_set_find(&set, &used)->state, TOKEN_GOOD);
	assert_true(token_set_find(&set, &used)->used);
}

static void scopes_cut_what_the_account_may(void **state)
{
	(void)state;
	assert_null(api_token_lacks(SCOPE_READ, GET, SELF | STAFF));
	assert_string_equal(api_token_lacks(SCOPE_READ, POST, SELF), "write");
	assert_string_equal(api_token_lacks(SCOPE_WRITE, GET, SELF), "read");
	assert_null(api_token_lacks(SCOPE_WRITE, DELETE, AGENT | ADMIN));
	assert_string_equal(api_token_lacks(SCOPE_READ | SCOPE_WRITE, GET, ADMIN), "admin");
	assert_string_equal(api_token_lacks(SCOPE_READ | SCOPE_WRITE, POST, ADMIN | SERVICE), "admin");
	assert_null(api_token_lacks(SCOPE_READ | SCOPE_ADMIN, GET, ADMIN));
	assert_string_equal(api_token_lacks(SCOPE_ADMIN, GET, ADMIN), "read");
	assert_string_equal(api_token_lacks(SCOPE_WRITE, POST, ADMIN | MACHINE), "admin");
	assert_null(api_token_lacks(SCOPE_WRITE | SCOPE_ADMIN, POST, ADMIN | MACHINE));
	assert_string_equal(api_token_lacks(SCOPE_WRITE, PUT, SELF | ADMIN), "admin");
	assert_int_equal(api_token_scope(TEXT("root")), 0);
}

static void a_drawn_token_is_good_once_it_is_known(void **state)
{
	struct token_entry entry = { .id = uuid_new(), .account_id = uuid_new(), .scopes = SCOPE_READ };
	char token[API_TOKEN_LETTERS + 1];
	struct principal principal;

	(void)state;
	api_tokens_start();
	api_token_draw(&entry, token);
	assert_int_equal(strlen(token), API_TOKEN_LETTERS);
	assert_int_equal(api_token_recognise(text_of(token), &principal), PROBLEM_AUTH_TOKEN_INVALID);
	api_tokens_add(&entry);
	assert_int_equal(api_token_recognise(text_of(token), &principal), PROBLEM_NONE);
	assert_true(principal.is_program && uuid_equal(&principal.account_id, &entry.account_id));
	token[API_TOKEN_LETTERS - 1] ^= 1;
	assert_int_not_equal(api_token_recognise(text_of(token), &principal), PROBLEM_NONE);
	token[API_TOKEN_LETTERS - 1] ^= 1;
	api_tokens_end(&entry.id);
	assert_int_equal(api_token_recognise(text_of(token), &principal), PROBLEM_AUTH_TOKEN_REVOKED);
	entry = (struct token_entry){ .id = uuid_new(), .expires_at = 1 };
	api_token_draw(&entry, token);
	api_tokens_add(&entry);
	assert_int_equal(api_token_recognise(text_of(token), &principal), PROBLEM_AUTH_TOKEN_EXPIRED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("many tokens are found, and no other", many_tokens_are_found_and_no_other),
		SENTENCE("what has ended stays so, and what sleeps wakes",
		        what_has_ended_stays_so_and_what_sleeps_wakes),
		SENTENCE("started anew, it keeps what the answer could not know",
		        started_anew_it_keeps_what_the_answer_could_not_know),
		SENTENCE("scopes cut what the account may", scopes_cut_what_the_account_may),
		SENTENCE("a token that was drawn is good once it is known", a_drawn_token_is_good_once_it_is_known),
	};

	return cmocka_run_group_tests_name("ingress token set", tests, NULL, NULL);
}
