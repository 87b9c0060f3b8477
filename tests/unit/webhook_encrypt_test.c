/* webhook_encrypt_test.c - what is encrypted is what RFC 8291 appendix A says, and a token is what RFC 8292 says. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/base64url.h"
#include "queues/vapid.h"
#include "queues/webhook_secret.h"
#include "workers/webhook/encrypt.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(1 << 16);
	return setenv("WEBHOOK_KEY", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 1) ||
	       !settings_load((struct setting *const[]){ webhook_secret_settings, NULL }, stderr);
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

#define READ(letters, out) assert_true(base64url_read(TEXT(letters), out, sizeof(out)))

static void the_example_of_the_standard(void **state)
{
	uint8_t private[32], browser[65], auth[16], salt[16];
	struct p256 own;
	struct text sealed;

	(void)state;
	READ("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", private);
	READ("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", browser);
	READ("BTBZMqHH6r4Tts7J_aSIgg", auth);
	READ("DGv6ra1nlYgDCS1FRnbzlw", salt);
	assert_true(p256_open(private, &own));
	sealed = encrypt(arena, TEXT("When I grow up, I want to be a watermelon"), browser, auth, &own, salt);
	sealed = base64url_write(arena, sealed.data, sealed.len);
	assert_true(text_equal(sealed,
	        TEXT("DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
	             "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-"
	             "fN")));
	p256_close(&own);
}

static void what_is_too_long_or_for_nobody_is_not_encrypted(void **state)
{
	uint8_t nobody[65] = { 4, 1 }, auth[16] = { 0 }, salt[16] = { 0 };
	char *text = arena_alloc(arena, ENCRYPT_MOST + 1);
	struct p256 own, browser;

	(void)state;
	p256_new(&own);
	p256_new(&browser);
	memset(text, 'x', ENCRYPT_MOST + 1);
	assert_null(encrypt(arena, TEXT("x"), nobody, auth, &own, salt).data);
	assert_null(encrypt(arena, (struct text){ text, ENCRYPT_MOST + 1 }, browser.public, auth, &own, salt).data);
	assert_int_equal(
	        encrypt(arena, (struct text){ text, ENCRYPT_MOST }, browser.public, auth, &own, salt).len, 4096);
	assert_false(p256_is_point(nobody));
	assert_true(p256_is_point(browser.public));
	p256_close(&own);
	p256_close(&browser);
}

static void base64url_is_read_back(void **state)
{
	uint8_t bytes[5] = { 0xfb, 0xff, 0x00, 0x7f, 0x80 }, read[5];
	struct text said;

	(void)state;
	for (size_t len = 0; len <= sizeof bytes; len++) {
		said = base64url_write(arena, bytes, len);
		assert_true(base64url_read(said, read, len));
		assert_memory_equal(bytes, read, len);
		assert_false(base64url_read(said, read, len + 1));
	}
	assert_false(base64url_read(TEXT("-/8Af4A"), read, 5));
	assert_true(base64url_read(TEXT("-_8Af4A="), read, 5));
	assert_false(base64url_read(TEXT("-_8Af4B"), read, 5));
}

static void a_token_has_three_parts_and_our_key(void **state)
{
	struct text said =
	        vapid_authorization(arena, TEXT("https://push.example.org"), TEXT("mailto:a@example.org"), 1000);
	struct text key = vapid_public_key(arena);
	const char *at = text_dup(arena, said);

	(void)state;
	assert_memory_equal(at, "vapid t=", 8);
	assert_non_null(strstr(at, ",k="));
	assert_string_equal(strstr(at, ",k=") + 3, text_dup(arena, key));
	assert_int_equal(key.len, 87);
	assert_int_equal(strcspn(strrchr(at, '.') + 1, ","), 86);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "the example of RFC 8291 comes out as it stands there", the_example_of_the_standard, set_up,
		        tear_down, NULL },
		{ "what is too long, or for nobody, is not encrypted", what_is_too_long_or_for_nobody_is_not_encrypted,
		        set_up, tear_down, NULL },
		{ "base64url is read back, and nothing else is read", base64url_is_read_back, set_up, tear_down, NULL },
		{ "a token has three parts, and our key beside it", a_token_has_three_parts_and_our_key, set_up,
		        tear_down, NULL },
	};

	return cmocka_run_group_tests_name("web push", tests, NULL, NULL);
}
