/* ticket_depends_test.c - what may overtake a message that nobody knows. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "workers/depends.h"

#define A "01a1fd58-4037-7b51-8275-9e8082d1c2d5"
#define B "01a1fd58-41c6-7e02-9d3f-6f0a2b7c8d9e"

static struct message message(const char *queue, const char *actor, const char *body)
{
	return (struct message){ .queue = text_of(queue), .actor = text_of(actor), .body = text_of(body) };
}

static bool depends(const char *later, const char *earlier)
{
	struct message l = message("cmd.ticket.5", A, later), e = message("cmd.ticket.5", A, earlier);

	return depends_on(&l, &e, false);
}

static void only_what_shares_an_id_is_behind(void **state)
{
	(void)state;
	assert_true(depends("{\"ticketId\":\"" A "\"}", "{\"x\":\"" A "\"}"));
	assert_false(depends("{\"ticketId\":\"" B "\"}", "{\"x\":\"" A "\"}"));
	assert_true(depends("{\"into\":\"" B "\",\"ticketId\":\"" A "\"}", "[\"" A "\"]"));
	assert_false(depends("{}", "{}"));
	assert_false(depends("{\"ticketId\":\"" A "\"}", "{\"x\":\"01a1fd58-4037-7b51-8275\"}"));
	assert_false(depends("", "{\"x\":\"" A "\"}"));
	assert_true(depends(A, A));
}

static void another_queue_is_another_matter(void **state)
{
	struct message l = message("cmd.ticket.5", A, A), e = message("cmd.ticket.d", A, A);

	(void)state;
	assert_false(depends_on(&l, &e, false));
}

static void where_the_actor_counts_his_own_are_behind(void **state)
{
	struct message l = message("cmd.account", A, "{}"), e = message("cmd.account", A, "{}"),
	               o = message("cmd.account", B, "{}");
	struct message n = message("cmd.account", NULL, "{}");

	(void)state;
	assert_true(depends_on(&l, &e, true));
	assert_false(depends_on(&o, &e, true));
	assert_true(depends_on(&n, &e, true)); /* who knows whom the desk's own is about */
}

static void of_too_many_things_all_is_behind(void **state)
{
	struct arena *arena = arena_new(4096);
	struct buffer out;
	struct message l = message("q", A, "{}"), e;

	(void)state;
	buffer_init(&out, arena, 2048);
	for (int i = 0; i < 40; i++)
		buffer_printf(&out, "\"01a1fd58-4037-7b51-8275-9e8082d1%04x\",", i);
	e = message("q", A, buffer_cstr(&out));
	assert_true(depends_on(&l, &e, false));
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_shares_an_id_is_behind),
		cmocka_unit_test(another_queue_is_another_matter),
		cmocka_unit_test(where_the_actor_counts_his_own_are_behind),
		cmocka_unit_test(of_too_many_things_all_is_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
