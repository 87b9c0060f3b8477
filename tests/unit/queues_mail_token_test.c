/* queues_mail_token_test.c - what a mail carries so that its answer is known again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "queues/mail_token.h"

static int set_key(void **state)
{
	(void)state;
	return setenv("MAIL_KEY", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 1) ||
	       !settings_load((struct setting *const[]){ mail_token_settings, NULL }, stderr);
}

static void a_token_is_read_back_in_any_case(void **state)
{
	struct uuid id = uuid_new(), read;
	char token[MAIL_TOKEN_BYTES], upper[MAIL_TOKEN_BYTES];

	(void)state;
	mail_token_write(MAIL_TOKEN_TICKET, &id, TEXT_NONE, token);
	assert_int_equal(strlen(token), MAIL_TOKEN_BYTES - 1);
	assert_int_equal(strspn(token, "abcdefghijklmnopqrstuvwxyz234567"), MAIL_TOKEN_BYTES - 1);
	for (size_t i = 0; i < sizeof token; i++)
		upper[i] = token[i] >= 'a' ? (char)(token[i] - 0x20) : token[i];
	assert_true(mail_token_read(MAIL_TOKEN_TICKET, text_of(upper), TEXT_NONE, &read));
	assert_true(uuid_equal(&id, &read));
}

static void a_token_is_good_for_what_it_was_made_for_alone(void **state)
{
	struct uuid id = uuid_new(), read;
	char token[MAIL_TOKEN_BYTES];

	(void)state;
	mail_token_write(MAIL_TOKEN_UNSUBSCRIBE, &id, TEXT("digest"), token);
	assert_true(mail_token_read(MAIL_TOKEN_UNSUBSCRIBE, text_of(token), TEXT("digest"), &read));
	assert_false(mail_token_read(MAIL_TOKEN_UNSUBSCRIBE, text_of(token), TEXT("tickets"), &read));
	assert_false(mail_token_read(MAIL_TOKEN_BOUNCE, text_of(token), TEXT("digest"), &read));
	token[0] = 'b';
	assert_false(mail_token_read(MAIL_TOKEN_BOUNCE, text_of(token), TEXT("digest"), &read));
}

static void a_token_with_any_letter_changed_is_refused(void **state)
{
	struct uuid id = uuid_new(), read;
	char token[MAIL_TOKEN_BYTES];

	(void)state;
	mail_token_write(MAIL_TOKEN_BOUNCE, &id, TEXT_NONE, token);
	for (size_t i = 0; i < MAIL_TOKEN_BYTES - 1; i++) {
		char was = token[i];

		for (const char *c = "abyz27019=-+ "; *c; c++) {
			token[i] = *c;
			if (*c != was)
				assert_false(mail_token_read(MAIL_TOKEN_BOUNCE, text_of(token), TEXT_NONE, &read));
		}
		token[i] = was;
	}
	assert_false(mail_token_read(MAIL_TOKEN_BOUNCE, (struct text){ token, 42 }, TEXT_NONE, &read));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_is_read_back_in_any_case),
		cmocka_unit_test(a_token_is_good_for_what_it_was_made_for_alone),
		cmocka_unit_test(a_token_with_any_letter_changed_is_refused),
	};

	return cmocka_run_group_tests(tests, set_key, NULL);
}
