/* ingress_second_factor_test.c - half of a sign-in as a token, recovery codes, and the secrets that devices share. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "ingress/account/recovery_codes.h"
#include "ingress/account/second_factor.h"
#include "ingress/account/totp_secret.h"
#include "queues/access_key.h"
#include "queues/webhook_secret.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, open_arena, close_arena, NULL                                                         \
	}

static struct arena *arena;

static int open_arena(void **state)
{
	(void)state;
	arena = arena_new(4096);
	return 0;
}

static int close_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static int open_keys(void **state)
{
	const struct access_key_names names = { "a secret that is long enough to sign with", "", "", "" };

	(void)state;
	webhook_key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	return access_keys_load(&names) ? -1 : 0;
}

static void half_of_a_sign_in_is_read_until_its_time_is_over(void **state)
{
	struct half half = {
		.account_id = uuid_new(), .session_id = uuid_new(), .epoch = 7, .expires_at = 1000, .by_password = true
	};
	struct half out;
	char token[MFA_TOKEN_LETTERS + 1];

	(void)state;
	second_factor_mark(TEXT("a hash"), half.credential);
	second_factor_write(&half, token);
	assert_int_equal(strlen(token), MFA_TOKEN_LETTERS);
	assert_false(second_factor_read(text_of(token), 1000, &out));
	assert_true(second_factor_read(text_of(token), 999, &out));
	assert_true(uuid_equal(&out.account_id, &half.account_id) && uuid_equal(&out.session_id, &half.session_id));
	assert_int_equal(out.epoch, 7);
	assert_true(out.by_password);
	assert_memory_equal(out.credential, half.credential, sizeof half.credential);
}

static void a_token_that_was_changed_or_cut_is_none(void **state)
{
	struct half half = { .expires_at = 1000 }, out;
	char token[MFA_TOKEN_LETTERS + 1];

	(void)state;
	second_factor_write(&half, token);
	assert_false(second_factor_read((struct text){ token, MFA_TOKEN_LETTERS - 2 }, 0, &out));
	for (int i = 0; i < MFA_TOKEN_LETTERS; i++) {
		char was = token[i];

		token[i] = was == '0' ? '1' : '0';
		assert_false(second_factor_read(text_of(token), 0, &out));
		token[i] = was;
	}
}

static void a_mark_tells_credentials_apart(void **state)
{
	uint8_t one[16], other[16], none[16];

	(void)state;
	second_factor_mark(TEXT("a hash"), one);
	second_factor_mark(TEXT("another"), other);
	second_factor_mark(TEXT_NONE, none);
	assert_memory_not_equal(one, other, 16);
	assert_memory_not_equal(one, none, 16);
}

static void a_recovery_code_is_known_however_it_is_written(void **state)
{
	struct text codes[RECOVERY_CODES], hash = recovery_code_hash(arena, TEXT("ABCD-EFGH-IJKL-MNOP"));

	(void)state;
	assert_true(text_equal(hash, recovery_code_hash(arena, TEXT("abcdefgh ijkl-mnop"))));
	assert_false(text_equal(hash, recovery_code_hash(arena, TEXT("ABCD-EFGH-IJKL-MNOQ"))));
	recovery_codes_draw(arena, codes);
	for (int i = 0; i < RECOVERY_CODES; i++) {
		assert_int_equal(codes[i].len, 19);
		for (int j = 0; j < i; j++)
			assert_false(text_equal(codes[i], codes[j]));
	}
}

static void a_secret_is_read_for_its_own_account(void **state)
{
	struct uuid zoe = uuid_new(), bob = uuid_new();
	uint8_t secret[TOTP_SECRET_BYTES], out[TOTP_SECRET_BYTES];
	struct text sealed;

	(void)state;
	totp_secret_draw(secret);
	sealed = totp_secret_seal(arena, &zoe, secret);
	assert_true(totp_secret_open(&zoe, sealed, out));
	assert_memory_equal(out, secret, sizeof secret);
	assert_false(totp_secret_open(&bob, sealed, out));
	assert_false(totp_secret_open(&zoe, TEXT(""), out));
}

static void the_longest_address_fits_into_a_picture(void **state)
{
	char email[255];
	struct text uri, picture;

	(void)state;
	memset(email, '+', sizeof email - 1); /* each becomes three letters */
	email[254] = '\0';
	uri = totp_secret_uri(arena, text_of(email), TEXT("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
	assert_true(text_starts_with(uri, TEXT("otpauth://totp/Guichet:%2B%2B")));
	picture = totp_secret_picture(arena, uri);
	assert_true(text_starts_with(picture, TEXT("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("half of a sign-in is read until its time is over",
		        half_of_a_sign_in_is_read_until_its_time_is_over),
		SENTENCE("a token that was changed or cut is none", a_token_that_was_changed_or_cut_is_none),
		SENTENCE("a mark tells credentials apart", a_mark_tells_credentials_apart),
		SENTENCE("a recovery code is known however it is written",
		        a_recovery_code_is_known_however_it_is_written),
		SENTENCE("a secret is read for its own account alone", a_secret_is_read_for_its_own_account),
		SENTENCE("the longest address fits into a picture", the_longest_address_fits_into_a_picture),
	};

	return cmocka_run_group_tests_name("ingress second factor", tests, open_keys, NULL);
}
