/* dead_test.c - what operators do with dead letters: where each goes, in which order, once; what is changed and set
 * aside. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "queues/dead_known.h"
#include "tests/handlers/desk.h"
#include "workers/dead_letter.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, desk_empty, NULL, NULL                                                                \
	}

static struct db *as_ctl, *as_ingress;

static int open_programs(void **state)
{
	if (desk_open(state))
		return -1;
	as_ctl = desk_as("ctl", "");
	as_ingress = desk_as("ingress", "");
	return 0;
}

static int close_programs(void **state)
{
	db_close(&as_ctl);
	db_close(&as_ingress);
	return desk_close(state);
}

/* A letter of a ticket's lane, accepted at that microsecond. */
static struct uuid letter(int64_t accepted_at, const char *reason)
{
	struct uuid id = uuid_new();

	ask("insert into dead_letters (id, queue, type, reason, command_id, exchange, routing_key, headers, body) "
	    "values "
	    "('%s', 'cmd.ticket.3', 'ticket.close', '%s', '%s', 'guichet.commands', 'cmd.ticket.3', "
	    "'{\"message_id\": \"%s\", \"accepted_at\": %ld}', '{}')",
	        id_text(id), reason, id_text(id), id_text(id), (long)accepted_at);
	return id;
}

static struct db_result *replay(
        struct db *db, const struct uuid *actor, const char *chosen, int most, bool again, bool trial)
{
	struct uuid told = uuid_new();
	struct db_result *r;

	db_rollback(db);
	db_begin(db);
	r = db_send(db, QUERY_dead_replay, P_UUID(actor), P_UUID(&told), P_TEXT(text_of(chosen)),
	        P_TEXT(dead_known(desk_arena)), P_INT(most), P_TEXT(again ? TEXT("t") : TEXT("f")),
	        P_TEXT(trial ? TEXT("t") : TEXT("f")), P_NULL, P_NULL, P_NULL);
	if (!db_commit(db))
		fail_msg("%s", db_message(db));
	return r;
}

static void assert_counts(const struct db_result *r, int replayed, int already, int refused, int more)
{
	assert_true(text_equal(db_text(r, 0, 0), TEXT("ok")));
	assert_int_equal(db_int(r, 0, 1), replayed);
	assert_int_equal(db_int(r, 0, 2), already);
	assert_int_equal(db_int(r, 0, 3), refused);
	assert_int_equal(db_int(r, 0, 4), more);
}

static void assert_route(const char *exchange, const char *key, const char *queue, const char *type, const char *wanted)
{
	const char *to = ask(
	        "select coalesce(r.exchange || ' ' || r.routing_key, '') from dead_route(row('%s', 'open', '%s', '%s', "
	        "'x', "
	        "now(), null, '%s', '%s', '{\"message_id\": \"%s\"}', '', null, 0, null, null, null, null, null, "
	        "null)::dead_letters, '%s') r where r.why is null",
	        id_text(uuid_new()), queue, type, exchange, key, id_text(uuid_new()), dead_known(desk_arena).data);

	if (!wanted)
		assert_null(to);
	else
		assert_string_equal(to, wanted);
}

static void a_letter_goes_back_where_it_belongs(void **state)
{
	(void)state;
	assert_route(
	        "guichet.commands", "cmd.ticket.3", "cmd.ticket.3", "ticket.create", "guichet.commands cmd.ticket.3");
	assert_route("guichet.events", "ticket.created", "unrouted", "ticket.created", "guichet.events ticket.created");
	assert_route("guichet.dead", "cmd.ticket.3", "dead", "ticket.create", "guichet.commands cmd.ticket.3");
	assert_route("", "dead", "cmd.ticket.3", "ticket.create", "guichet.commands cmd.ticket.3");
	assert_route(
	        "guichet.dead", "ticket.created", "events.notify", "ticket.created", "guichet.events ticket.created");
	assert_route("guichet.dead", "work.mail.low", "work.mail.low", "mail.send", "guichet.work work.mail.low");
	assert_route("guichet.dead", "", "work.mail.low", "", "guichet.work work.mail.low");
	assert_route("guichet.dead", "somewhere", "dead", "ticket.create", NULL);
	assert_route("", "", "dead", "what.is.this", NULL);
	assert_route("amq.topic", "", "events.audit", "", NULL);
	/* Where no queue takes it, it would come back for ever. */
	assert_route("guichet.commands", "cmd.nowhere", "cmd.nowhere", "ticket.create", NULL);
	assert_route("guichet.work", "cmd.ticket.3", "outbox", "ticket.create", NULL);
}

static void letters_go_in_the_order_of_acceptance_and_once(void **state)
{
	struct uuid none = { 0 }, third = letter(3000, "x"), first = letter(1000, "x"), second = letter(2000, "x");

	(void)state;
	assert_counts(replay(as_ctl, &none, "{}", 2, false, true), 2, 0, 0, 1);
	assert_int_equal(ask_number("select count(*) from outbox"), 0);
	assert_counts(replay(as_ctl, &none, "{}", 2, false, false), 2, 0, 0, 1);
	assert_counts(replay(as_ctl, &none, "{}", 2, false, false), 1, 0, 0, 0);
	assert_counts(replay(as_ctl, &none, "{}", 2, false, false), 0, 0, 0, 0);
	assert_string_equal(ask("select string_agg(headers ->> 'message_id', ' ' order by id) from outbox where "
	                        "exchange = 'guichet.commands'"),
	        arena_printf(desk_arena, "%s %s %s", id_text(first), id_text(second), id_text(third)));
	assert_int_equal(ask_number("select count(*) from outbox where type = 'dead.replayed'"), 3);
	assert_int_equal(ask_number("select count(distinct headers ->> 'message_id') from outbox"), 6);
}

static void what_was_replayed_is_sent_again_only_when_it_is_meant(void **state)
{
	struct uuid none = { 0 }, one = letter(1000, "x"), other = letter(2000, "x");
	const char *chosen = arena_printf(desk_arena, "{\"ids\": [\"%s\", \"%s\"]}", id_text(one), id_text(other));

	(void)state;
	assert_counts(replay(as_ctl, &none, chosen, 9, false, false), 2, 0, 0, 0);
	assert_counts(replay(as_ctl, &none, chosen, 9, false, false), 0, 2, 0, 0);
	assert_counts(replay(as_ctl, &none, chosen, 9, true, false), 2, 0, 0, 0);
	ask("update dead_letters set exchange = 'amq.topic', type = 'what', state = 'open' where id = '%s'",
	        id_text(one));
	assert_counts(replay(as_ctl, &none, chosen, 9, true, false), 0, 0, 1, 0); /* by ids: all or none */
	assert_counts(replay(as_ctl, &none, "{\"state\": \"any\"}", 9, true, false), 1, 0, 1, 0);
	ask("delete from dead_letters where id = '%s'", id_text(one));
	chosen = arena_printf(desk_arena, "{\"ids\": [\"%s\"]}", id_text(one));
	assert_true(text_equal(db_text(replay(as_ctl, &none, chosen, 9, false, false), 0, 0), TEXT("missing")));
}

static void only_administrators_may_by_the_api(void **state)
{
	struct uuid none = { 0 }, agent = desk_account("agent", true), admin = desk_account("admin", true),
	            gone = desk_account("admin", false);

	(void)state;
	letter(1000, "x");
	for (int i = 0; i < 3; i++)
		assert_true(text_equal(db_text(replay(as_ingress, (const struct uuid *[]){ &none, &agent, &gone }[i],
		                                       "{}", 9, false, false),
		                               0, 0),
		        TEXT("forbidden")));
	assert_counts(replay(as_ingress, &admin, "{}", 9, false, false), 1, 0, 0, 0);
}

static void letters_are_found_by_what_is_known_of_them(void **state)
{
	static const struct {
		const char *chosen;
		int count;
	} cases[] = {
		{ "{}", 2 },
		{ "{\"error\": \"NO TICKET 7\"}", 1 },
		{ "{\"type\": \"ticket.close\"}", 2 },
		{ "{\"type\": \"ticket\"}", 0 },
		{ "{\"queue\": \"cmd.ticket\"}", 2 },
		{ "{\"queue\": \"cmd.tick\"}", 0 },
		{ "{\"text\": \"accepted_at\"}", 2 },
		{ "{\"text\": \"nobody\"}", 0 },
		{ "{\"until\": \"2020-01-01\"}", 0 },
		{ "{\"from\": \"2020-01-01\"}", 2 },
		{ "{\"state\": \"replayed\"}", 1 },
		{ "{\"state\": \"any\"}", 3 },
	};

	(void)state;
	letter(1000, "there is no ticket 7");
	letter(2000, "there is no ticket 77b");
	ask("update dead_letters set state = 'replayed' where id = '%s'", id_text(letter(3000, "other")));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (ask_number("select count(*) from dead_found('%s')", cases[i].chosen) != cases[i].count + (i == 1))
			fail_msg("%s", cases[i].chosen);
	assert_string_equal(ask("select string_agg(g ->> 'error', '; ' order by g ->> 'error') from "
	                        "jsonb_array_elements(dead_groups('{}')) g"),
	        "there is no ticket N; there is no ticket Nb");
}

static const char *verdict_of_edit(const struct uuid *id, const char *before, const char *after)
{
	struct uuid told = uuid_new();
	struct db_result *r;

	db_rollback(as_ctl);
	db_begin(as_ctl);
	r = db_send(as_ctl, QUERY_dead_edit, P_NULL, P_UUID(&told), P_UUID(id), P_TEXT(text_of(before)),
	        P_TEXT(text_of(after)), P_TEXT(TEXT("00")), P_TEXT(TEXT("[]")), P_NULL, P_NULL, P_NULL);
	assert_true(db_commit(as_ctl));
	return text_dup(desk_arena, db_text(r, 0, 0));
}

static void what_a_letter_said_first_is_kept(void **state)
{
	struct uuid id = letter(1000, "x"), other = uuid_new();

	(void)state;
	assert_string_equal(verdict_of_edit(&id, "{}", "{\"a\":1}"), "ok");
	assert_string_equal(verdict_of_edit(&id, "{}", "{\"a\":2}"), "conflict");
	assert_string_equal(verdict_of_edit(&id, "{\"a\":1}", "{\"a\":3}"), "ok");
	assert_string_equal(verdict_of_edit(&other, "{}", "{}"), "missing");
	assert_string_equal(ask("select body || first_body || (headers ->> 'fp') from dead_letters"), "{\"a\":3}{}00");
	ask("update dead_letters set state = 'replayed'");
	assert_string_equal(verdict_of_edit(&id, "{\"a\":3}", "{}"), "conflict");
}

static void what_was_set_aside_is_swept_as_what_was_replayed(void **state)
{
	struct uuid none = { 0 }, told = uuid_new(), id = letter(1000, "x");
	struct db_result *r;

	(void)state;
	db_rollback(as_ctl);
	db_begin(as_ctl);
	r = db_send(as_ctl, QUERY_dead_discard, P_NULL, P_UUID(&told), P_TEXT(TEXT("{\"type\": \"ticket.close\"}")),
	        P_TEXT(TEXT("why not")), P_INT(9), P_TEXT(TEXT("f")), P_NULL, P_NULL, P_NULL);
	assert_true(db_commit(as_ctl));
	assert_int_equal(db_int(r, 0, 1), 1);
	assert_counts(replay(as_ctl, &none, "{}", 9, false, false), 0, 0, 0, 0);
	assert_counts(
	        replay(as_ctl, &none, arena_printf(desk_arena, "{\"ids\": [\"%s\"]}", id_text(id)), 9, false, false), 0,
	        0, 1, 0);
	ask("update dead_letters set died_at = now() - interval '91 days'");
	ask("select sweep(current_date, 100)");
	assert_int_equal(ask_number("select count(*) from dead_letters"), 1);
	ask("update dead_letters set discarded_at = now() - interval '91 days'");
	ask("select sweep(current_date, 100)");
	assert_int_equal(ask_number("select count(*) from dead_letters"), 0);
}

/* The undertaker writes it, as which it may have to be said twice. */
static void tell_death(struct db *undertaker, struct message m)
{
	struct rows rows;

	rows_init(&rows, desk_arena);
	dead_letter_write(&rows, &m, TEXT("delivery_limit"));
	db_begin(undertaker);
	db_send(undertaker, QUERY_dead_letter_store, P_TEXT(rows_done(&rows)));
	if (!db_commit(undertaker))
		fail_msg("%s", db_message(undertaker));
}

static void settle_by_discarding(const char *chosen)
{
	struct uuid told = uuid_new();
	struct db_result *r;

	db_begin(as_ctl);
	r = db_send(as_ctl, QUERY_dead_discard, P_NULL, P_UUID(&told), P_TEXT(text_of(chosen)), P_TEXT(TEXT("why not")),
	        P_INT(9), P_TEXT(TEXT("f")), P_NULL, P_NULL, P_NULL);
	assert_true(db_commit(as_ctl));
	assert_int_equal(db_int(r, 0, 1), 1);
}

/* As the relay sends what was replayed last. */
static struct message sent_again(struct message m)
{
	m.replays = ask_number("select headers ->> 'replays' from outbox where exchange = 'guichet.commands' order by "
	                       "id desc limit 1");
	return m;
}

static void a_death_that_is_told_twice_opens_nothing_that_was_settled(void **state)
{
	struct db *undertaker = desk_as("undertaker", "");
	struct message m = desk_comment(uuid_new(), desk_owner, desk_ticket(), "x"), again;
	struct uuid none = { 0 };

	(void)state;
	tell_death(undertaker, m);
	settle_by_discarding("{}");
	tell_death(undertaker, m);
	assert_string_equal(ask("select state from dead_letters"), "discarded");
	assert_counts(replay(as_ctl, &none, "{\"state\": \"any\"}", 9, true, false), 1, 0, 0, 0);
	tell_death(undertaker, m);
	assert_string_equal(ask("select state from dead_letters"), "replayed");
	again = sent_again(m);
	tell_death(undertaker, again);
	assert_string_equal(ask("select state from dead_letters"), "open");
	settle_by_discarding("{}");
	tell_death(undertaker, again);
	tell_death(undertaker, m);
	assert_string_equal(ask("select state || ' ' || replays from dead_letters"), "discarded 1");
	db_close(&undertaker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a dead letter goes back where it belongs", a_letter_goes_back_where_it_belongs),
		SENTENCE("letters go in the order in which they were accepted, and once",
		        letters_go_in_the_order_of_acceptance_and_once),
		SENTENCE("what was replayed is sent again only when it is meant",
		        what_was_replayed_is_sent_again_only_when_it_is_meant),
		SENTENCE("by the API only administrators may", only_administrators_may_by_the_api),
		SENTENCE("letters are found by what is known of them", letters_are_found_by_what_is_known_of_them),
		SENTENCE("what a letter said first is kept", what_a_letter_said_first_is_kept),
		SENTENCE("what was set aside is swept as what was replayed",
		        what_was_set_aside_is_swept_as_what_was_replayed),
		SENTENCE("a death that is told twice opens nothing that was settled meanwhile",
		        a_death_that_is_told_twice_opens_nothing_that_was_settled),
	};

	return cmocka_run_group_tests_name("dead letters", tests, open_programs, close_programs);
}
