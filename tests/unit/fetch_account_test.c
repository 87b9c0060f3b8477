/* fetch_account_test.c - mailboxes that mail is fetched from, as an operator names them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "workers/fetch/account.h"

static struct arena *arena;

static struct account read_good(const char *url)
{
	struct account account;
	const char *why = "";

	if (!account_read(arena, text_of(url), &account, &why))
		fail_msg("%s: %s", url, why);
	return account;
}

static void the_shortest_form_says_all(void **state)
{
	struct account account = read_good("imaps://support:secret@Mail.Example.org/?to=Support@Example.org");

	(void)state;
	assert_string_equal(account.name, "support@mail.example.org/INBOX");
	assert_string_equal(account.url, "imaps://mail.example.org:993");
	assert_string_equal(account.user, "support");
	assert_string_equal(account.password, "secret");
	assert_string_equal(account.folder, "\"INBOX\"");
	assert_string_equal(account.to.data, "support@example.org");
	assert_int_equal(account.after, ACCOUNT_SEEN);
	assert_null(account.oauth);
}

static void a_user_may_be_an_address_and_a_password_anything(void **state)
{
	struct account plain =
	        read_good("imaps://me@example.org:a%40b%2Fc%3B%3A%3F@imap.example.org:1993/INBOX?to=a@b.org");
	struct account encoded = read_good("imaps://me%40example.org:x@imap.example.org/INBOX?to=a@b.org");

	(void)state;
	assert_string_equal(plain.user, "me@example.org");
	assert_string_equal(plain.password, "a@b/c;:?");
	assert_string_equal(plain.url, "imaps://imap.example.org:1993");
	assert_string_equal(encoded.user, "me@example.org");
	assert_string_equal(encoded.name, "me@example.org@imap.example.org/INBOX");
}

static void folders_may_have_any_name(void **state)
{
	struct account account =
	        read_good("imaps://a:b@c.org/Mail/Re%C3%A7us%20%26%20co?to=a@b.org&after=move:Trait%C3%A9%20%22ok%22");

	(void)state;
	assert_string_equal(account.folder, "\"Mail/Re&AOc-us &- co\"");
	assert_int_equal(account.after, ACCOUNT_MOVE);
	assert_string_equal(account.goal, "\"Trait&AOk- \\\"ok\\\"\"");
	assert_string_equal(account.name, "a@c.org/Mail/Reçus & co");
}

static void a_token_takes_the_place_of_a_password(void **state)
{
	struct account account = read_good(
	        "imaps://me@example.org@imap.example.org/INBOX?to=a@b.org&oauth=/etc/guichet/me.json&after=keep");

	(void)state;
	assert_null(account.password);
	assert_string_equal(account.oauth, "/etc/guichet/me.json");
	assert_int_equal(account.after, ACCOUNT_KEEP);
}

static void only_this_very_host_is_spoken_to_without_tls(void **state)
{
	(void)state;
	assert_true(read_good("imap://a:b@mail.example.org/?to=a@b.org").wants_tls);
	assert_true(read_good("imap://a:b@128.0.0.1/?to=a@b.org").wants_tls);
	assert_false(read_good("imap://a:b@127.0.0.1:1143/?to=a@b.org").wants_tls);
	assert_false(read_good("imap://a:b@localhost/?to=a@b.org").wants_tls);
	assert_false(read_good("imap://a:b@[::1]/?to=a@b.org").wants_tls);
}

static void what_makes_no_sense_is_refused_without_a_secret(void **state)
{
	static const char *const urls[] = { "", "support", "imaps://", "http://a:sesame@c.org/?to=a@b.org",
		"imaps://c.org/?to=a@b.org", "imaps://a:sesame@c.org/", "imaps://a:sesame@c.org/?to=nobody",
		"imaps://a@c.org/?to=a@b.org", "imaps://a:sesame@c.org/?to=a@b.org&oauth=/a",
		"imaps://a@c.org/?to=a@b.org&oauth=a.json", "imaps://a:sesame@c.org/?to=a@b.org&after=delete",
		"imaps://a:sesame@c.org/?to=a@b.org&after=move:", "imaps://a:sesame@c.org/?to=a@b.org&what=else",
		"imaps://a:sesame@c.org/?to", "imaps://a:sesame@c.org:port/?to=a@b.org",
		"imaps://a:sesame@c.org/A%0AB?to=a@b.org", "imaps://a%0D:sesame@c.org/?to=a@b.org",
		"imaps://a:sesame@c.org/A%00B?to=a@b.org", "imaps://a:ses;ame@c.org/?to=a@b.org",
		"imaps://a:sesame@c.org/%FF?to=a@b.org", "imaps://a:sesame@c.org/?to=a@b.org&after=move:A%0AB" };
	struct account account;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		why = NULL;
		if (account_read(arena, text_of(urls[i]), &account, &why))
			fail_msg("%s is an account", urls[i]);
		assert_non_null(why);
		assert_null(strstr(why, "ses"));
	}
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(4096);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("the shortest form says all that is needed", the_shortest_form_says_all),
		SENTENCE("a user may be an address, and a password anything",
		        a_user_may_be_an_address_and_a_password_anything),
		SENTENCE("folders may have any name", folders_may_have_any_name),
		SENTENCE("a token takes the place of a password", a_token_takes_the_place_of_a_password),
		SENTENCE("only this very host is spoken to without TLS", only_this_very_host_is_spoken_to_without_tls),
		SENTENCE("what makes no sense is refused, and no secret is said",
		        what_makes_no_sense_is_refused_without_a_secret),
	};

	return cmocka_run_group_tests_name("accounts of IMAP", tests, set_up, tear_down);
}
