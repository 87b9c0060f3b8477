/* base_arena_test.c - memory that is given back all at once. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <stdalign.h>
#include "base/arena.h"

static void hands_out_zeroed_aligned_bytes(void **state)
{
	static const char zero[64];
	struct arena *arena = arena_new(256);

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t size = 1; size <= sizeof(zero); size++) {
			char *p = arena_alloc(arena, size);

			assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
			assert_memory_equal(p, zero, size);
			memset(p, 0xAA, size);
		}
		arena_reset(arena);
	}
	arena_free(&arena);
	assert_null(arena);
}

static void serves_what_is_larger_than_a_block(void **state)
{
	struct arena *arena = arena_new(256);
	char *small = arena_copy(arena, "small", 5);
	char *large = arena_alloc(arena, 1000000);

	(void)state;
	memset(large, 1, 1000000);
	assert_string_equal(small, "small");
	assert_string_equal(arena_copy(arena, "after", 5), "after");
	arena_free(&arena);
}

static void counts_what_was_handed_out(void **state)
{
	struct arena *arena = arena_new(1024);

	(void)state;
	assert_int_equal(arena_used(arena), 0);
	arena_alloc(arena, 10);
	arena_alloc(arena, 2000);
	assert_int_equal(arena_used(arena), 2010);
	arena_reset(arena);
	assert_int_equal(arena_used(arena), 0);
	arena_free(&arena);
}

static void prints_of_any_length(void **state)
{
	struct arena *arena = arena_new(256);

	(void)state;
	assert_string_equal(arena_printf(arena, "%s-%d", "a", 7), "a-7");
	assert_int_equal(strlen(arena_printf(arena, "%5000d", 1)), 5000);
	assert_string_equal(arena_printf(arena, "%s", ""), "");
	arena_free(&arena);
}

static void freeing_none_is_fine(void **state)
{
	struct arena *arena = NULL;

	(void)state;
	arena_free(&arena);
	assert_null(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "allocations are zeroed and aligned, also after a reset", hands_out_zeroed_aligned_bytes, NULL, NULL,
		        NULL },
		{ "something larger than a block gets its own", serves_what_is_larger_than_a_block, NULL, NULL, NULL },
		{ "the bytes handed out are counted until the reset", counts_what_was_handed_out, NULL, NULL, NULL },
		{ "printed text may be of any length", prints_of_any_length, NULL, NULL, NULL },
		{ "freeing no arena is fine", freeing_none_is_fine, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests_name("base arena", tests, NULL, NULL);
}
