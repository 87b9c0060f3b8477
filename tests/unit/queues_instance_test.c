/* queues_instance_test.c - what a process says of itself is such as the database takes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <jansson.h>
#include <cmocka.h>
#include "base/log.h"
#include "queues/instance.h"

/* A type of message that was cut within a character. */
static void write_cut(struct buffer *out)
{
	buffer_string(out, "[{");
	buffer_json_member(out, "type", TEXT("caf\xC3"));
	buffer_string(out, "}]");
}

static void whatever_it_holds_it_is_json_in_utf8_without_nul(void **state)
{
	struct arena *arena = arena_new(4096);
	struct text facts;
	json_t *said;

	(void)state;
	log_keep(LOG_LEVEL_ERROR);
	log_error("refused", LOG_VIEW("type", TEXT("x\0y\xff")));
	instance_adds("unknown", write_cut);
	facts = instance_render(arena).facts;
	assert_true(text_is_utf8(facts, NULL));
	assert_null(memmem(facts.data, facts.len, "\\u0000", 6));
	said = json_loadb(facts.data, facts.len, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(said, "lines")), 1);
	assert_string_equal(json_string_value(json_object_get(json_object_get(said, "lastError"), "type")),
	        "x\xEF\xBF\xBDy\xEF\xBF\xBD");
	json_decref(said);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_it_holds_it_is_json_in_utf8_without_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
