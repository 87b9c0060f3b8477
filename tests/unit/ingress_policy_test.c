/* ingress_policy_test.c - which passwords are taken. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/password.h"
#include "base/secret.h"
#include "ingress/account/policy.h"

#define WHO TEXT("zoemartin@example.org")
#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}

static bool is_taken(const char *password, bool strong)
{
	return !policy_judge(text_of(password), WHO, strong);
}

static void a_basic_desk_refuses_the_first_guesses_alone(void **state)
{
	(void)state;
	assert_true(is_taken("password123", false));
	assert_true(is_taken("azertyuiop", false));
	assert_false(is_taken("Password", false));
	assert_false(is_taken("12345678", false));
	assert_false(is_taken("ZoeMartin@example.org", false));
	assert_false(is_taken("courte7", false));
	assert_true(is_taken("héhéhéhé", false)); /* characters, not bytes */
	assert_false(is_taken("héhéhéh", false));
}

static void a_strong_desk_refuses_what_is_common_plain_or_the_own_name(void **state)
{
	(void)state;
	assert_false(is_taken("Password123", true));
	assert_false(is_taken("Summer2026", true));
	assert_false(is_taken("onlysmall", true));
	assert_false(is_taken("small-only", true));
	assert_false(is_taken("xX9-zoeMARTIN", true));
	assert_true(is_taken("Small-only", true));
	assert_true(is_taken("tropique-1955", true));
	assert_true(is_taken("a sentence of small letters", true));
}

static void a_list_of_ones_own_counts_too(void **state)
{
	char path[] = "/tmp/guichet-list-XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");

	(void)state;
	assert_false(policy_list_load("/nowhere"));
	assert_true(is_taken("Our-own-Desk7", true));
	fputs("zulu-zulu-1\r\n\nour-own-desk7\nAlpha-alpha-1", file);
	fclose(file);
	assert_true(policy_list_load(path));
	unlink(path);
	assert_false(is_taken("Our-own-Desk7", true));
	assert_false(is_taken("Zulu-Zulu-1", true));
	assert_false(is_taken("alpha-ALPHA-1", true));
	assert_true(is_taken("Our-own-Desk7", false));
	assert_true(is_taken("Bravo-bravo-1", true));
}

static void what_is_too_long_or_no_text_is_refused_never_cut(void **state)
{
	static char room[1026];

	(void)state;
	memset(room, 'a', 1025);
	assert_false(is_taken(room, false));
	room[1024] = '\0';
	assert_true(is_taken(room, false));
	assert_false(is_taken("not utf-8: \xff\xfe", false));
}

static void a_hash_says_how_it_was_made(void **state)
{
	char hash[PASSWORD_HASH_BYTES];

	(void)state;
	password_hash(TEXT("correct horse"), hash);
	assert_false(password_is_outdated(hash));
	assert_true(password_is_outdated("$argon2id$v=19$m=256,t=1,p=1$c29tZSBzYWx0$AAAA"));
	assert_true(password_is_outdated(""));
}

static void a_secret_that_can_be_guessed_is_known(void **state)
{
	(void)state;
	assert_true(secret_is_weak("your-256-bit-key-0123456789abcdef"));
	assert_true(secret_is_weak("CHANGE_ME_0123456789abcdefghijklm"));
	assert_true(secret_is_weak("abababababababababababababababababab"));
	assert_false(secret_is_weak("8f14e45fceea167a5a36dedd4bea2543f7c6a1b0e2d94c8b9a7f6e5d4c3b2a10"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a basic desk refuses the first guesses alone", a_basic_desk_refuses_the_first_guesses_alone),
		SENTENCE("a strong desk refuses what is common, plain, or the own name",
		        a_strong_desk_refuses_what_is_common_plain_or_the_own_name),
		SENTENCE("a list of one's own counts, too, whatever its order and its line ends",
		        a_list_of_ones_own_counts_too),
		SENTENCE("what is too long or no text is refused, never cut",
		        what_is_too_long_or_no_text_is_refused_never_cut),
		SENTENCE("a hash says how it was made", a_hash_says_how_it_was_made),
		SENTENCE("a secret that can be guessed is known", a_secret_that_can_be_guessed_is_known),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
