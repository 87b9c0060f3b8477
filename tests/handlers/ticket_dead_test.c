/* ticket_dead_test.c - what is refused or dead, and what is only the database's fault. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "tests/handlers/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, desk_empty, NULL, NULL                                                                \
	}

static void a_refused_command_is_kept_and_told(void **state)
{
	struct uuid ticket = desk_ticket(), stranger = desk_account("user", true);
	struct message m = desk_comment(uuid_new(), stranger, ticket, "me too");

	(void)state;
	desk_apply(m);
	assert_string_equal(ask("select concat_ws('|', state, status, code) from inbox where command_id = '%.36s'",
	                            m.message_id.data),
	        "refused|403|TICKET_ACCESS_DENIED");
	assert_string_equal(
	        ask("select concat_ws('|', type, body::jsonb ->> 'ticketId', body::jsonb ->> 'ticketVersion', "
	            "body::jsonb #>> '{data,commandType}', body::jsonb #>> '{data,code}') from outbox order by "
	            "id desc limit 1"),
	        arena_printf(desk_arena, "command.refused|%s|1|ticket.comment|TICKET_ACCESS_DENIED", id_text(ticket)));
	assert_int_equal(ask_number("select version from tickets"), 1);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 0);
}

static void a_poison_body_is_dead_and_its_neighbours_live(void **state)
{
	struct uuid ticket = desk_ticket();
	struct message m[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		m[i] = desk_comment(uuid_new(), desk_owner, ticket, "neighbour");
	m[1].body = TEXT("{\"content\":7}");
	assert_int_equal(desk_try(&desk_attempt, m, 3), DB_FINE);
	assert_int_equal(desk_attempt.batch.jobs[1].outcome, JOB_DEAD);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 2);
	assert_int_equal(ask_number("select version from tickets"), 3);
	assert_string_equal(ask("select state from inbox where command_id = '%.36s'", m[1].message_id.data), "dead");
	assert_string_equal(ask("select concat_ws('|', command_id, queue, type, exchange, routing_key, body, state, "
	                        "headers ->> 'message_id') from dead_letters"),
	        arena_printf(desk_arena, "%.36s|%s|ticket.comment|guichet.commands|%s|{\"content\":7}|open|%.36s",
	                m[1].message_id.data, m[1].queue.data, m[1].queue.data, m[1].message_id.data));
	assert_true(ask_number("select length(reason) from dead_letters") > 10);
}

static void the_dead_can_be_replayed(void **state)
{
	struct uuid ticket = desk_ticket(), id = uuid_new();
	struct message poison = desk_comment(id, desk_owner, ticket, "x"),
	               mended = desk_comment(id, desk_owner, ticket, "mended");

	(void)state;
	poison.body = TEXT("{}");
	desk_apply(poison);
	desk_apply(poison);
	assert_int_equal(ask_number("select count(*) from dead_letters"), 1);
	desk_apply(mended);
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DONE);
	assert_string_equal(ask("select state from inbox where command_id = '%s'", id_text(id)), "done");
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 1);
}

/* A message that is no text at all must not stop its lane. */
static void bytes_that_are_no_text_are_dead(void **state)
{
	static const struct text bodies[] = { { "{\"content\":\"\xff\xfe\"}", 17 }, { "\0\1\2", 3 }, { "", 0 } };
	struct uuid ticket = desk_ticket();

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct message m = desk_comment(uuid_new(), desk_owner, ticket, "x");

		m.body = bodies[i];
		if (desk_try(&desk_attempt, &m, 1) != DB_FINE)
			fail_msg("body %zu: SQLSTATE %s, %s", i, db_sqlstate(desk_db), db_message(desk_db));
		assert_int_equal(ask_number("select count(*) from dead_letters"), (int64_t)i + 1);
	}
}

static void properties_that_are_no_text_are_dead(void **state)
{
	struct uuid ticket = desk_ticket();

	(void)state;
	for (int property = 0; property < 5; property++) {
		struct message m = desk_comment(uuid_new(), desk_owner, ticket, "x");
		struct text *place[] = { &m.correlation_id, &m.type, &m.message_id, &m.actor, &m.traceparent };

		*place[property] = TEXT("\xff\0\xfe");
		if (desk_try(&desk_attempt, &m, 1) != DB_FINE)
			fail_msg("property %d: SQLSTATE %s, %s", property, db_sqlstate(desk_db), db_message(desk_db));
	}
	assert_int_equal(ask_number("select count(*) from dead_letters"), 4); /* a bad trace is no death */
}

static void an_unreadable_envelope_is_a_dead_letter_without_an_inbox_row(void **state)
{
	struct uuid ticket = desk_ticket();
	struct message m[2] = { desk_comment(uuid_new(), desk_owner, ticket, "x"),
		desk_comment(uuid_new(), desk_owner, ticket, "y") };
	int64_t inbox = ask_number("select count(*) from inbox");

	(void)state;
	m[0].message_id = TEXT("nonsense");
	assert_int_equal(desk_try(&desk_attempt, m, 2), DB_FINE);
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DEAD);
	assert_int_equal(desk_attempt.batch.jobs[1].outcome, JOB_DONE);
	assert_int_equal(ask_number("select count(*) from inbox"), inbox + 1);
	assert_int_equal(ask_number("select count(*) from dead_letters where command_id is null"), 1);
}

static void an_unknown_type_is_dead(void **state)
{
	struct uuid ticket = desk_ticket();
	struct message m = desk_comment(uuid_new(), desk_owner, ticket, "x");

	(void)state;
	m.type = TEXT("ticket.explode");
	assert_true(attempt_is_unknown(&desk_worker, &m));
	desk_apply(m);
	assert_int_equal(ask_number("select count(*) from dead_letters where type = 'ticket.explode'"), 1);
	assert_string_equal(ask("select state from inbox where command_id = '%.36s'", m.message_id.data), "dead");
}

static void an_id_older_than_the_inbox_is_dead_not_applied(void **state)
{
	struct uuid ticket = desk_ticket(), seed = uuid_new();
	int64_t day = 24 * 3600 * 1000LL, now = clock_unix_ms();
	struct message old = desk_comment(uuid_derive_at(now - 31 * day, "old", &seed, 0), desk_owner, ticket, "old");
	struct message far = desk_comment(uuid_derive_at(now + 400 * day, "far", &seed, 0), desk_owner, ticket, "far");
	struct message late =
	        desk_comment(uuid_derive_at(now - 30 * day, "late", &seed, 0), desk_owner, ticket, "late");
	struct message early =
	        desk_comment(uuid_derive_at(now + 2 * day, "early", &seed, 0), desk_owner, ticket, "early");

	(void)state;
	desk_apply(old);
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DEAD);
	assert_int_equal(ask_number("select count(*) from dead_letters"), 1);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 0);
	assert_int_equal(ask_number("select count(*) from inbox"), 1);
	desk_apply(late);
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DONE);
	desk_apply(early);
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DONE);
	for (int turn = 0; turn < 2; turn++) {
		desk_apply(far);
		assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DONE);
		assert_int_equal(desk_attempt.batch.jobs[0].answered, turn);
	}
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 3);
}

/* The last day that has four digits for its year, and the one behind it. */
static void an_id_of_no_day_is_dead_and_holds_up_nobody(void **state)
{
	struct uuid ticket = desk_ticket(), seed = uuid_new();
	int64_t end = 253402300800000;
	struct message last = desk_comment(uuid_derive_at(end - 1, "last", &seed, 0), desk_owner, ticket, "last");
	struct message none = desk_comment(uuid_derive_at(end, "none", &seed, 0), desk_owner, ticket, "none");

	(void)state;
	desk_apply(last);
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DONE);
	desk_apply(none);
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DEAD);
	assert_string_equal(ask("select reason from dead_letters"), "its id is of no day");
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 1);
}

/* A comment's id that is there already: no handler looks, the table's key does. */
static void what_the_database_refuses_is_the_messages_fault(void **state)
{
	struct uuid ticket = desk_ticket();
	struct ticket_comment said = { .ticket_id = ticket, .comment_id = uuid_new(), .content = TEXT("x") };
	struct message first = desk_message(COMMAND_ticket_comment, uuid_new(), desk_owner, &said);
	struct message second = desk_message(COMMAND_ticket_comment, uuid_new(), desk_owner, &said);

	(void)state;
	desk_apply(first);
	assert_int_equal(desk_try(&desk_attempt, &second, 1), DB_MESSAGE);
	db_rollback(desk_db);
	desk_attempt.death = "the database refuses what it says";
	assert_int_equal(attempt_try(&desk_attempt), DB_FINE);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 1);
	assert_string_equal(ask("select reason from dead_letters"), "the database refuses what it says");
}

/* No partition, no grant, no column that an older program could fill: nothing that a message could help. */
static void what_is_wrong_with_the_database_condemns_no_message(void **state)
{
	static const struct {
		const char *break_it, *mend_it;
	} faults[] = {
		{ "alter table outbox detach partition outbox_default; create schema aside; alter table outbox_%s set "
		  "schema aside; "
		  "alter table outbox detach partition aside.outbox_%s",
		        "alter table outbox attach partition outbox_default default; alter table aside.outbox_%s set "
		        "schema public; drop "
		        "schema aside; alter table outbox attach partition outbox_%s for values from (today()) to "
		        "(today() + 1)" },
		{ "revoke update on tickets from guichet_ticket", "grant update on tickets to guichet_ticket" },
		{ "alter table tickets add column age integer; update tickets set age = 1; alter table tickets alter "
		  "age set not null",
		        "alter table tickets drop column age" },
		{ "alter sequence ticket_number_seq maxvalue 2 restart 2; select nextval('ticket_number_seq')",
		        "alter sequence ticket_number_seq no maxvalue restart 100" },
	};
	const char *today = ask("select to_char(today(), 'YYYYMMDD')");
	struct uuid ticket = desk_ticket();

	(void)state;
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		struct message m[2] = { desk_create(uuid_new(), desk_owner, uuid_new()),
			desk_comment(uuid_new(), desk_owner, ticket, "at a bad time") };

		ask(faults[i].break_it, today, today);
		for (int turn = 0; turn < 3; turn++) {
			enum db_fault fault = desk_try(&desk_attempt, m, 2);

			assert_true(fault == DB_WAIT || fault == DB_BROKEN);
			db_rollback(desk_db);
		}
		ask(faults[i].mend_it, today, today);
		db_close(&desk_db);
		desk_db = desk_as("ticket", "");
		assert_int_equal(desk_try(&desk_attempt, m, 2), DB_FINE);
		assert_int_equal(desk_attempt.batch.jobs[1].outcome, JOB_DONE);
	}
	assert_int_equal(ask_number("select count(*) from dead_letters"), 0);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 4);
}

/* As after a restore that forgot how far the numbers had come. */
static void a_number_that_is_taken_is_no_fault_of_the_ticket(void **state)
{
	struct message m = desk_create(uuid_new(), desk_owner, uuid_new());
	int races = 0;

	(void)state;
	for (int n = 0; n < 3; n++)
		desk_ticket();
	ask("alter sequence ticket_number_seq restart");
	m = desk_create(uuid_new(), desk_owner, uuid_new());
	while (desk_try(&desk_attempt, &m, 1) == DB_RACE && ++races < 10)
		db_rollback(desk_db);
	assert_int_equal(races, 3);
	assert_int_equal(ask_number("select count(distinct number) from tickets"), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a refused command is kept and told", a_refused_command_is_kept_and_told),
		SENTENCE(
		        "a poison body is dead and its neighbours live", a_poison_body_is_dead_and_its_neighbours_live),
		SENTENCE("the dead can be replayed", the_dead_can_be_replayed),
		SENTENCE("a body of bytes that are no text is dead", bytes_that_are_no_text_are_dead),
		SENTENCE("properties of bytes that are no text are dead", properties_that_are_no_text_are_dead),
		SENTENCE("an unreadable envelope is a dead letter without an inbox row",
		        an_unreadable_envelope_is_a_dead_letter_without_an_inbox_row),
		SENTENCE("an unknown type is dead", an_unknown_type_is_dead),
		SENTENCE("an id older than the inbox is dead, not applied, one from the future is applied once",
		        an_id_older_than_the_inbox_is_dead_not_applied),
		SENTENCE("an id of no day is dead and holds up nobody", an_id_of_no_day_is_dead_and_holds_up_nobody),
		SENTENCE("what the database refuses is the message's fault, and can be put aside",
		        what_the_database_refuses_is_the_messages_fault),
		SENTENCE("what is wrong with the database condemns no message",
		        what_is_wrong_with_the_database_condemns_no_message),
		SENTENCE("a number that is taken is no fault of the ticket",
		        a_number_that_is_taken_is_no_fault_of_the_ticket),
	};

	return cmocka_run_group_tests_name("dead", tests, desk_open, desk_close);
}
