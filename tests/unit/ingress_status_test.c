/* ingress_status_test.c - the URL of a command's status: who may have given it out, and for how long it is good. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "ingress/command/status.h"
#include "ingress/http/principal.h"
#include "queues/access_key.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}
#define PREFIX "/api/v1/commands/"
#define DAY_S 86400

static struct arena *arena;
static struct envelope envelope;
static struct uuid account;
static struct uuid command;
static struct status_seal seal;

static int open_all(void **state)
{
	struct setting *const tables[] = { principal_settings, access_key_settings, NULL };

	(void)state;
	setenv("JWT_SECRET", "a secret of at least 32 characters", 1);
	arena = arena_new(4096);
	envelope.id = uuid_new();
	account = uuid_new();
	for (int i = 0; i < FINGERPRINT_BYTES; i++)
		envelope.fp[i] = (uint8_t)(i + 1);
	return settings_load(tables, stderr) && !access_keys_load(&access_key_names) ? 0 : -1;
}

static int close_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* The end of the URL, as it was given out so many days ago. */
static struct text name_of(int days_ago)
{
	struct text url = status_url_at(arena, &envelope, &account, clock_unix_ms() / 1000 - days_ago * DAY_S);

	assert_true(text_starts_with(url, TEXT(PREFIX)));
	return (struct text){ url.data + strlen(PREFIX), url.len - strlen(PREFIX) };
}

static void a_name_says_whose_command_it_is(void **state)
{
	(void)state;
	assert_true(status_read(name_of(0), &command, &seal));
	assert_true(uuid_equal(&command, &envelope.id));
	assert_memory_equal(seal.account, account.bytes, 16);
	assert_memory_equal(seal.fp, envelope.fp, STATUS_FP_BYTES);
	assert_true(text_starts_with(status_url(arena, &envelope, &account), TEXT(PREFIX)));
}

static void a_name_with_one_character_changed_is_nobodys(void **state)
{
	struct text name = name_of(0);

	(void)state;
	for (size_t i = 0; i < name.len; i++) {
		char *other = text_dup(arena, name);

		other[i] = other[i] == '0' ? '1' : '0';
		if (status_read(text_of(other), &command, &seal))
			fail_msg("character %zu does not count", i);
	}
}

static void a_name_of_another_length_is_nobodys(void **state)
{
	struct text name = name_of(0);

	(void)state;
	assert_false(status_read(TEXT(""), &command, &seal));
	assert_false(status_read((struct text){ name.data, 36 }, &command, &seal));
	assert_false(status_read((struct text){ name.data, name.len - 1 }, &command, &seal));
	assert_false(status_read(text_of(arena_printf(arena, "%s0", name.data)), &command, &seal));
}

static void a_name_is_good_for_thirty_days(void **state)
{
	(void)state;
	assert_true(status_read(name_of(29), &command, &seal));
	assert_false(status_read(name_of(30), &command, &seal));
	assert_false(status_read(name_of(400), &command, &seal));
}

static void two_bodies_with_one_key_have_two_names(void **state)
{
	struct text first = name_of(0), second;

	(void)state;
	envelope.fp[0] ^= 1;
	second = name_of(0);
	envelope.fp[0] ^= 1;
	assert_false(text_equal(first, second));
	assert_true(status_read(second, &command, &seal));
	assert_int_equal(seal.fp[0], envelope.fp[0] ^ 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a name says which command it is, whose, and with what body", a_name_says_whose_command_it_is),
		SENTENCE("a name with one character changed is nobody's", a_name_with_one_character_changed_is_nobodys),
		SENTENCE("a name of another length is nobody's", a_name_of_another_length_is_nobodys),
		SENTENCE("a name is good for thirty days", a_name_is_good_for_thirty_days),
		SENTENCE("two bodies with one key have two names", two_bodies_with_one_key_have_two_names),
	};

	return cmocka_run_group_tests_name("status", tests, open_all, close_all);
}
