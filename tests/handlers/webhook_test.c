/* webhook_test.c - deliveries against a real PostgreSQL, as the worker's own role: who gets which events, what is
 * claimed when, and what an outcome leaves.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/handlers/desk.h"
#include "workers/webhook/webhook.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, tear_down, NULL                                                               \
	}

static struct db *db;

static int set_up(void **state)
{
	desk_empty(state);
	db = desk_as("webhook", "");
	return db_fault(db) == DB_FINE ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	db_close(&db);
	return 0;
}

/* --- things ------------------------------------------------------------------------------- */
static const char *make_webhook(const char *wanted, const char *filter, bool ordered)
{
	const char *id = id_text(uuid_new());

	ask("insert into webhooks (id, url, events, filter, ordered, generation) values ('%s', "
	    "'https://h.example.org/', "
	    "'%s', '%s', %s, 1)",
	        id, wanted, filter, ordered ? "true" : "false");
	return id;
}

static const char *event(const char *type, const char *ticket)
{
	const char *id = id_text(uuid_new());

	return arena_printf(desk_arena,
	        "{\"id\":\"%s\",\"type\":\"%s\",\"ticket_id\":%s%s%s,\"body\":\"{\\\"id\\\":\\\"%s\\\"}\"}", id, type,
	        ticket ? "\"" : "", ticket ? ticket : "null", ticket ? "\"" : "", id);
}

static void run(enum query query, int count, const struct db_param *params)
{
	db_begin(db);
	db_send_params(db, query, count, params);
	if (!db_commit(db))
		fail_msg("%s %s", db_sqlstate(db), db_message(db));
}
#define RUN(query, ...)                                                                                                \
	run(query, sizeof((struct db_param[]){ __VA_ARGS__ }) / sizeof(struct db_param),                               \
	        (struct db_param[]){ __VA_ARGS__ })

static void deliver(const char *first, const char *second)
{
	RUN(QUERY_webhook_deliver,
	        P_TEXT(text_of(arena_printf(desk_arena, "[%s%s%s]", first, second ? "," : "", second ? second : ""))));
}

/* How many are claimed. */
static int64_t claim(int most)
{
	int64_t before = ask_number("select count(*) from webhook_deliveries where state = 'sending'");

	RUN(QUERY_webhook_claim, P_INT(7), P_INT(128), P_INT(most));
	return ask_number("select count(*) from webhook_deliveries where state = 'sending'") - before;
}

/* What came of all that is on its way. */
static void record(const char *state, int wait_ms, bool delivered, int failures)
{
	RUN(QUERY_webhook_record,
	        P_TEXT(text_of(ask(
	                "select coalesce(jsonb_agg(jsonb_build_object('id', id, 'worker', 7, 'state', '%s', 'status', "
	                "500, 'wait_ms', %d)), '[]') from webhook_deliveries where state = 'sending'",
	                state, wait_ms))),
	        P_TEXT(text_of(
	                ask("select jsonb_agg(jsonb_build_object('webhook_id', id, 'delivered', %s, 'failures', %d, "
	                    "'wait_ms', 60000)) from webhooks",
	                        delivered ? "true" : "false", failures))));
}

/* --- who gets what -------------------------------------------------------------------------- */
static void events_meet_their_webhooks(void **state)
{
	const char *exact = make_webhook("{ticket.created}", "{}", false),
	           *object = make_webhook("{ticket.*}", "{}", false);
	const char *all = make_webhook("{*}", "{}", false), *rests = make_webhook("{*}", "{}", false);

	(void)state;
	ask("update webhooks set active = false where id = '%s'", rests);
	deliver(event("ticket.created", NULL), event("ticket.assigned", NULL));
	deliver(event("policy.updated", NULL), NULL);
	assert_int_equal(ask_number("select count(*) from webhook_deliveries where webhook_id = '%s'", exact), 1);
	assert_int_equal(ask_number("select count(*) from webhook_deliveries where webhook_id = '%s'", object), 2);
	assert_int_equal(ask_number("select count(*) from webhook_deliveries where webhook_id = '%s'", all), 3);
	assert_int_equal(ask_number("select count(*) from webhook_deliveries where webhook_id = '%s'", rests), 0);
}

static void a_filter_looks_at_the_ticket(void **state)
{
	const char *ticket = id_text(desk_ticket());

	(void)state;
	ask("update tickets set priority = 'high', category = 'network', tags = '{vpn}' where id = '%s'", ticket);
	make_webhook(
	        "{*}", "{\"priority\": [\"low\", \"high\"], \"tag\": [\"vpn\"], \"category\": [\"network\"]}", false);
	make_webhook("{*}", arena_printf(desk_arena, "{\"ticketId\": [\"%s\"]}", ticket), false);
	make_webhook("{*}", "{\"priority\": [\"low\"]}", false);
	make_webhook("{*}", "{\"priority\": [\"high\"], \"tag\": [\"printer\"]}", false);
	deliver(event("ticket.created", ticket), event("policy.updated", NULL));
	assert_int_equal(ask_number("select count(*) from webhook_deliveries"), 2);
}

static void a_repeated_event_is_one_delivery(void **state)
{
	const char *said = event("ticket.created", NULL);

	(void)state;
	make_webhook("{*}", "{}", false);
	deliver(said, said);
	deliver(said, NULL);
	assert_int_equal(ask_number("select count(*) from webhook_deliveries"), 1);
}

/* --- what is sent when ------------------------------------------------------------------------ */
static void a_ticket_keeps_its_order_where_it_is_asked_for(void **state)
{
	const char *ticket = id_text(desk_ticket()), *other = id_text(desk_ticket());

	(void)state;
	make_webhook("{*}", "{}", true);
	deliver(event("ticket.created", ticket), event("ticket.assigned", ticket));
	deliver(event("ticket.created", other), event("policy.updated", NULL));
	assert_int_equal(claim(100), 3);
	record("waiting", 60000, false, 1);
	assert_int_equal(claim(100), 0);
	ask("update webhook_deliveries set due_at = now()");
	assert_int_equal(claim(100), 3);
	record("delivered", 0, true, 0);
	assert_int_equal(claim(100), 1);
	assert_string_equal(
	        ask("select event_type from webhook_deliveries where state = 'sending'"), "ticket.assigned");
}

static void ten_failures_open_the_circuit_and_one_success_closes_it(void **state)
{
	(void)state;
	make_webhook("{*}", "{}", false);
	for (int i = 0; i < 6; i++)
		deliver(event("ticket.created", NULL), event("ticket.created", NULL));
	assert_int_equal(claim(100), 12);
	record("waiting", 0, false, 12);
	assert_int_equal(claim(100), 0);
	ask("update webhook_circuits set open_until = now() - interval '1 s'");
	assert_int_equal(claim(100), 1);
	assert_int_equal(claim(100), 0);
	record("delivered", 0, true, 0);
	assert_int_equal(ask_number("select failures from webhook_circuits"), 0);
	assert_int_equal(claim(100), 11);
	record("waiting", 0, false, 15);
	record("waiting", 0, true, 10); /* a success, then ten failures: the pause is that of the first ten */
	assert_int_equal(ask_number("select failures from webhook_circuits"), 10);
	assert_in_range(ask_number("select extract(epoch from open_until - now()) from webhook_circuits"), 50, 60);
	record("waiting", 0, false, 10);
	assert_in_range(ask_number("select extract(epoch from open_until - now()) from webhook_circuits"), 110, 120);
}

static void what_a_dead_sender_had_goes_out_again(void **state)
{
	(void)state;
	make_webhook("{*}", "{}", false);
	deliver(event("ticket.created", NULL), NULL);
	assert_int_equal(claim(100), 1);
	ask("update webhook_deliveries set started_at = now() - interval '1 minute'");
	ask("select pg_advisory_lock(hashtext('guichet.webhook'), 7)");
	run(QUERY_webhook_release, 0, NULL);
	assert_int_equal(claim(100), 0);
	ask("select pg_advisory_unlock(hashtext('guichet.webhook'), 7)");
	run(QUERY_webhook_release, 0, NULL);
	assert_int_equal(claim(100), 1);
	assert_int_equal(ask_number("select attempts from webhook_deliveries"), 2);
}

static void after_72_hours_it_is_given_up_and_can_be_replayed(void **state)
{
	const char *webhook = make_webhook("{*}", "{}", false);

	(void)state;
	deliver(event("ticket.created", NULL), event("ticket.assigned", NULL));
	ask("update webhook_deliveries set expires_at = now() + interval '1 minute'");
	assert_int_equal(claim(1), 1);
	record("waiting", 3600000, false, 1);
	ask("update webhook_deliveries set expires_at = now() where state = 'waiting'");
	run(QUERY_webhook_expire, 0, NULL);
	assert_int_equal(ask_number("select count(*) from webhook_deliveries where state = 'failed'"), 2);
	RUN(QUERY_webhook_again, P_TEXT(text_of(webhook)),
	        P_TEXT(TEXT("{\"state\":\"failed\",\"event\":\"ticket.assigned\"}")));
	assert_int_equal(
	        ask_number("select count(*) from webhook_deliveries where state = 'waiting' and replays = 1 and "
	                   "event_type = 'ticket.assigned' and expires_at > now() + interval '71 hours'"),
	        1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("an event is for each webhook that wants it", events_meet_their_webhooks),
		SENTENCE("a filter looks at the event's ticket", a_filter_looks_at_the_ticket),
		SENTENCE("an event that is repeated is one delivery", a_repeated_event_is_one_delivery),
		SENTENCE("a ticket keeps its order where it is asked for",
		        a_ticket_keeps_its_order_where_it_is_asked_for),
		SENTENCE("ten failures open the circuit, and one success closes it",
		        ten_failures_open_the_circuit_and_one_success_closes_it),
		SENTENCE("what a dead sender had goes out again", what_a_dead_sender_had_goes_out_again),
		SENTENCE("after 72 hours it is given up, and can be replayed",
		        after_72_hours_it_is_given_up_and_can_be_replayed),
	};

	return cmocka_run_group_tests_name("deliveries", tests, desk_open, desk_close);
}
