/* base_trace_test.c - traces that begin here, and spans that nobody keeps. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/trace.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(4096);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void set_percent(const char *percent)
{
	struct setting *const tables[] = { trace_settings, NULL };

	setenv("TRACE_PERCENT", percent, 1);
	assert_true(settings_load(tables, stderr));
}

static int kept_of_1000(void)
{
	int kept = 0;

	for (int i = 0; i < 1000; i++) {
		struct text fresh = traceparent_fresh(arena);

		assert_true(traceparent_is_valid(fresh));
		kept += fresh.data[54] == '1';
	}
	return kept;
}

static void a_share_of_traces_is_kept(void **state)
{
	int some;

	(void)state;
	set_percent("0");
	assert_int_equal(kept_of_1000(), 0);
	set_percent("100");
	assert_int_equal(kept_of_1000(), 1000);
	set_percent("20");
	some = kept_of_1000();
	assert_in_range(some, 120, 280); /* six standard deviations */
}

static void without_a_collector_there_is_no_span(void **state)
{
	static const char traceparent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
	size_t used = arena_used(arena);
	struct span *span = span_begin(arena, TEXT(traceparent), SPAN_SERVER, "GET %s", "/tickets");

	(void)state;
	assert_null(span);
	assert_null(span_begin_first(arena, TEXT(traceparent), SPAN_SERVER, 1));
	span_name(span, "another");
	span_note(span, "key", TEXT("value"));
	span_note_int(span, "key", 1);
	span_end(span, true);
	assert_true(text_equal(span_context(span, TEXT("before")), TEXT("before")));
	assert_int_equal(arena_used(arena), used);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "of the traces that begin here a share is kept", a_share_of_traces_is_kept, setup, teardown, NULL },
		{ "without a collector there is no span, and no memory is used", without_a_collector_there_is_no_span,
		        setup, teardown, NULL },
	};

	return cmocka_run_group_tests_name("base trace", tests, NULL, NULL);
}
