/* queues_topology_test.c - what a program knows of the broker without asking it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "queues/topology.h"

static bool routes(const char *exchange, const char *key)
{
	return topology_routes(text_of(exchange), text_of(key));
}

static void a_key_is_known_by_its_binding(void **state)
{
	(void)state;
	assert_true(routes("guichet.commands", "cmd.ticket.0"));
	assert_true(routes("guichet.commands", "cmd.ticket.f"));
	assert_true(routes("guichet.commands", "cmd.account"));
	assert_true(routes("guichet.work", "work.mail.low"));
	assert_false(routes("guichet.commands", "cmd.ticket.g"));
	assert_false(routes("guichet.commands", "cmd.ticket."));
	assert_false(routes("guichet.commands", "cmd.ticket.00"));
	assert_false(routes("guichet.commands", "work.mail.low"));
	assert_false(routes("guichet.work", "cmd.account"));
	assert_false(routes("nowhere", "cmd.account"));
	assert_false(routes("", ""));
}

static void what_has_an_alternate_takes_everything(void **state)
{
	(void)state;
	assert_true(routes("guichet.events", "ticket.created"));
	assert_true(routes("guichet.events", "what.is.this"));
}

static void queues_and_exchanges_have_names(void **state)
{
	(void)state;
	assert_true(topology_has_exchange(TEXT("guichet.work")));
	assert_false(topology_has_exchange(TEXT("")));
	assert_false(topology_has_exchange(TEXT("amq.topic")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_known_by_its_binding),
		cmocka_unit_test(what_has_an_alternate_takes_everything),
		cmocka_unit_test(queues_and_exchanges_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
