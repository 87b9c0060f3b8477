/* base_seal_test.c - what is sealed is read with its key and for its owner, and not otherwise. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/seal.h"

#define SEALED_BYTES (6 + SEAL_MORE_BYTES)

static const uint8_t key[SEAL_KEY_BYTES] = "a key", other_key[SEAL_KEY_BYTES] = "another";

static void a_seal_opens_with_its_key_and_for_its_owner_alone(void **state)
{
	uint8_t sealed[SEALED_BYTES], again[SEALED_BYTES], out[6];

	(void)state;
	seal_close(key, "zoe", 3, "secret", 6, sealed);
	seal_close(key, "zoe", 3, "secret", 6, again);
	assert_memory_not_equal(sealed, again, sizeof sealed);
	assert_true(seal_open(key, "zoe", 3, sealed, sizeof sealed, out));
	assert_memory_equal(out, "secret", 6);
	assert_false(seal_open(other_key, "zoe", 3, sealed, sizeof sealed, out));
	assert_memory_equal(out, "\0\0\0\0\0\0", 6);
	assert_false(seal_open(key, "bob", 3, sealed, sizeof sealed, out));
}

static void a_seal_that_was_touched_or_cut_does_not_open(void **state)
{
	uint8_t sealed[SEALED_BYTES], out[6];

	(void)state;
	seal_close(key, "zoe", 3, "secret", 6, sealed);
	assert_false(seal_open(key, "zoe", 3, sealed, sizeof sealed - 1, out));
	assert_false(seal_open(key, "zoe", 3, sealed, SEAL_MORE_BYTES, out));
	assert_false(seal_open(key, "zoe", 3, sealed, 0, out));
	for (size_t i = 0; i < sizeof sealed; i++) {
		sealed[i] ^= 1;
		assert_false(seal_open(key, "zoe", 3, sealed, sizeof sealed, out));
		sealed[i] ^= 1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a seal opens with its key and for its owner alone",
		        a_seal_opens_with_its_key_and_for_its_owner_alone, NULL, NULL, NULL },
		{ "a seal that was touched or cut does not open", a_seal_that_was_touched_or_cut_does_not_open, NULL,
		        NULL, NULL },
	};

	return cmocka_run_group_tests_name("base seal", tests, NULL, NULL);
}
