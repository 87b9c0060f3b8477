/* queues_webhook_secret_test.c - secrets that nothing keeps, and what is signed with them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "queues/webhook_secret.h"

static int set_key(void **state)
{
	(void)state;
	return setenv("WEBHOOK_KEY", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 1) ||
	       !settings_load((struct setting *const[]){ webhook_secret_settings, NULL }, stderr);
}

static void a_secret_follows_from_webhook_and_generation(void **state)
{
	struct uuid one = uuid_new(), other = uuid_new();
	char a[WEBHOOK_SECRET_BYTES], b[WEBHOOK_SECRET_BYTES];

	(void)state;
	webhook_secret_write(&one, 1, a);
	webhook_secret_write(&one, 1, b);
	assert_string_equal(a, b);
	assert_int_equal(strlen(a), WEBHOOK_SECRET_BYTES - 1);
	assert_memory_equal(a, "whsec_", 6);
	webhook_secret_write(&one, 2, b);
	assert_string_not_equal(a, b);
	webhook_secret_write(&other, 1, b);
	assert_string_not_equal(a, b);
}

/* openssl dgst -sha256 -hmac whsec_test, of 1700000000.{"a":1} */
static void a_signature_is_what_openssl_says(void **state)
{
	char said[WEBHOOK_SIGNATURE_BYTES];

	(void)state;
	webhook_sign("whsec_test", 1700000000, TEXT("{\"a\":1}"), said);
	assert_string_equal(said, "38877139021993b830af32feea6e18a8da83eb2f6e49ee50bd9e4cf4ca4d3789");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a secret follows from its webhook and its generation, and from nothing else",
		        a_secret_follows_from_webhook_and_generation, NULL, NULL, NULL },
		{ "a signature is what openssl says of time and body", a_signature_is_what_openssl_says, NULL, NULL,
		        NULL },
	};

	return cmocka_run_group_tests_name("the secrets of webhooks", tests, set_key, NULL);
}
