/* ticket_test.c - the ticket worker's transaction, from messages to rows. */
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

static struct attempt attempt;
static struct uuid owner, agent;

/* owner, agent, and a ticket of the owner's. */
static struct uuid a_ticket(void)
{
	struct uuid ticket = uuid_new();
	struct message m;

	owner = desk_account("user", true);
	agent = desk_account("agent", true);
	m = desk_create(uuid_new(), owner, ticket);
	assert_int_equal(desk_try(&attempt, &m, 1), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
	return ticket;
}

static const struct result *result_of(int job)
{
	return &attempt.batch.jobs[job].result;
}

/* Everything that is stored, but for dead letters, in one number. */
static int64_t rows_stored(void)
{
	return ask_number(
	        "select (select count(*) + coalesce(sum(version), 0) from tickets) + (select count(*) from "
	        "ticket_comments) + (select count(*) from ticket_history) + (select count(*) from outbox) + "
	        "(select count(*) from inbox) + (select count(*) from inbox_keyed) + (select coalesce(sum(n), 0) "
	        "from ticket_counters)");
}

static void a_batch_is_stored_whole(void **state)
{
	struct uuid ticket = uuid_new();
	struct message m[3];

	(void)state;
	owner = desk_account("user", true);
	agent = desk_account("agent", true);
	m[0] = desk_create(uuid_new(), owner, ticket);
	m[1] = desk_comment(uuid_new(), owner, ticket, "it still burns");
	m[2] = desk_message(COMMAND_ticket_comment, uuid_new(), agent,
	        &(struct ticket_comment){ .ticket_id = ticket,
	                .comment_id = uuid_new(),
	                .content = TEXT("fetch the extinguisher"),
	                .is_internal = FLAG_TRUE });
	assert_int_equal(desk_try(&attempt, m, 3), DB_FINE);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(attempt.batch.jobs[i].outcome, JOB_DONE);
		assert_int_equal(result_of(i)->version, i + 1);
	}

	assert_string_equal(ask("select concat_ws('|', number, status, priority, category, title, owner_id, version, "
	                        "comment_count, description) from tickets where id = '%s'",
	                            id_text(ticket)),
	        arena_printf(desk_arena, "HD-%s-000001|open|medium|hardware|the printer burns|%s|3|2|flames and smoke",
	                ask("select extract(year from now())"), id_text(owner)));
	assert_string_equal(
	        ask("select string_agg(concat_ws('|', seq, is_internal, content, author_id), ';' order by seq) "
	            "from ticket_comments"),
	        arena_printf(desk_arena, "1|f|it still burns|%s;2|t|fetch the extinguisher|%s", id_text(owner),
	                id_text(agent)));
	assert_string_equal(
	        ask("select string_agg(concat_ws('|', version, field), ' ' order by id) from ticket_history"),
	        "1|status 1|priority 1|category 1|title 1|due_at 2|comment 3|internal_comment");
	assert_string_equal(ask("select string_agg(concat_ws('|', scope, status, priority, n), ' ' order by scope) "
	                        "from ticket_counters"),
	        "all|open|medium|1 category|open|medium|1 owner|open|medium|1");
	assert_int_equal(ask_number("select lane from ticket_counters limit 1"), uuid_last_digit(&ticket));
	assert_int_equal(
	        ask_number("select count(*) from ticket_search where public_words @@ 'burns & smoke & still' and "
	                   "internal_words @@ 'extinguisher' and not public_words @@ 'extinguisher'"),
	        1);
	assert_int_equal(ask_number("select count(*) from inbox where state = 'done' and status = 201"), 3);
	assert_int_equal(ask_number("select count(*) from inbox where command_id = '%.36s' and subject_id = '%s' and "
	                            "version = 1 and actor_id = '%s' and type = 'ticket.create'",
	                         m[0].message_id.data, id_text(ticket), id_text(owner)),
	        1);
	assert_int_equal(ask_number("select count(*) from dead_letters"), 0);
}

/* Six versions, one row: what is stored is where the last job left it. */
static void a_whole_life_fits_in_a_batch(void **state)
{
	struct uuid ticket = uuid_new();
	struct message m[6];

	(void)state;
	owner = desk_account("user", true);
	agent = desk_account("agent", true);
	m[0] = desk_create(uuid_new(), owner, ticket);
	m[1] = desk_comment(uuid_new(), owner, ticket, "it still burns");
	m[2] = desk_message(COMMAND_ticket_assign, uuid_new(), agent, &(struct ticket_assign){ .ticket_id = ticket });
	m[3] = desk_message(COMMAND_ticket_set_status, uuid_new(), agent,
	        &(struct ticket_set_status){ .ticket_id = ticket, .status = TICKET_IN_PROGRESS });
	m[4] = desk_message(COMMAND_ticket_set_status, uuid_new(), agent,
	        &(struct ticket_set_status){
	                .ticket_id = ticket, .status = TICKET_RESOLVED, .resolution = TEXT("put out") });
	m[5] = desk_message(COMMAND_ticket_close, uuid_new(), owner, &(struct ticket_close){ .ticket_id = ticket });
	assert_int_equal(desk_try(&attempt, m, 6), DB_FINE);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(attempt.batch.jobs[i].outcome, JOB_DONE);
		assert_int_equal(result_of(i)->version, i + 1);
	}
	assert_string_equal(
	        ask("select concat_ws('|', status, version, comment_count, assignee_id, resolution, "
	            "resolved_at is not null, closed_at is not null, first_response_at is not null) from tickets"),
	        arena_printf(desk_arena, "closed|6|1|%s|put out|t|t|t", id_text(agent)));
	assert_string_equal(ask("select string_agg(concat_ws('|', version, field, new_value), ' ' order by id) from "
	                        "ticket_history where field in ('status', 'assignee_id', 'resolution')"),
	        arena_printf(desk_arena,
	                "1|status|open 3|assignee_id|%s 4|status|in_progress 5|status|resolved 5|resolution|put out "
	                "6|status|closed",
	                id_text(agent)));
	assert_string_equal(ask("select string_agg(concat_ws('|', scope, status, n), ' ' order by scope, status) from "
	                        "ticket_counters where n <> 0"),
	        "all|closed|1 assignee|closed|1 category|closed|1 owner|closed|1");
	assert_string_equal(ask("select string_agg(type, ' ' order by id) from outbox"),
	        "ticket.created ticket.commented ticket.assigned ticket.updated ticket.updated ticket.closed");
}

/* A link that is made and taken away again in one batch is not there; nor is one taken away lost that is made anew. */
static void links_are_as_the_last_job_left_them(void **state)
{
	struct uuid a = a_ticket(), b = uuid_new();
	struct message m[3];

	(void)state;
	m[0] = desk_create(uuid_new(), owner, b);
	m[1] = desk_message(COMMAND_ticket_link, uuid_new(), agent,
	        &(struct ticket_link){ .ticket_id = a, .other_id = b, .kind = LINK_BLOCKS });
	m[2] = desk_message(
	        COMMAND_ticket_unlink, uuid_new(), agent, &(struct ticket_unlink){ .ticket_id = b, .other_id = a });
	assert_int_equal(desk_try(&attempt, m, 3), DB_FINE);
	assert_int_equal(ask_number("select count(*) from ticket_links"), 0);
	m[0] = desk_message(
	        COMMAND_ticket_unlink, uuid_new(), agent, &(struct ticket_unlink){ .ticket_id = a, .other_id = b });
	m[1] = desk_message(
	        COMMAND_ticket_link, uuid_new(), agent, &(struct ticket_link){ .ticket_id = a, .other_id = b });
	assert_int_equal(desk_try(&attempt, m, 2), DB_FINE);
	assert_string_equal(ask("select string_agg(kind, ' ') from ticket_links"), "related");
}

static void what_the_world_is_told_is_in_order(void **state)
{
	struct uuid ticket = uuid_new();
	struct message m[2];

	(void)state;
	owner = desk_account("user", true);
	m[0] = desk_create(uuid_new(), owner, ticket);
	m[0].traceparent = TEXT("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
	m[1] = desk_comment(uuid_new(), owner, ticket, "it still burns");
	assert_int_equal(desk_try(&attempt, m, 2), DB_FINE);
	assert_string_equal(
	        ask("select string_agg(concat_ws('|', exchange, routing_key, type), ' ' order by id) from outbox"),
	        "guichet.events|ticket.created|ticket.created guichet.events|ticket.commented|ticket.commented");
	assert_string_equal(ask("select concat_ws('|', headers ->> 'correlation_id', headers ->> 'actor', "
	                        "headers ->> 'traceparent') from outbox order by id limit 1"),
	        arena_printf(desk_arena, "request-1|%s|00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	                id_text(owner)));
	assert_int_equal(
	        ask_number("select count(*) from outbox where headers ->> 'message_id' = body::jsonb ->> 'id' and "
	                   "body::jsonb ->> 'type' = type and body::jsonb ->> 'ticketId' = '%s' and "
	                   "body::jsonb ->> 'actorRole' = 'user' and body::jsonb ->> 'requestId' = 'request-1'",
	                id_text(ticket)),
	        2);
	assert_string_equal(ask("select string_agg(concat_ws('|', body::jsonb ->> 'commandId', body::jsonb ->> "
	                        "'ticketVersion'), ' ' order by id) from outbox"),
	        arena_printf(desk_arena, "%.36s|1 %.36s|2", m[0].message_id.data, m[1].message_id.data));
	assert_int_equal(ask_number("select count(distinct headers ->> 'message_id') from outbox"), 2);
	assert_int_equal(ask_number("select count(distinct xid) from outbox"), 1);
}

static void numbers_are_unique(void **state)
{
	struct message m[BATCH_JOBS];

	(void)state;
	owner = desk_account("user", true);
	for (int i = 0; i < BATCH_JOBS; i++)
		m[i] = desk_create(uuid_new(), owner, uuid_new());
	assert_int_equal(desk_try(&attempt, m, BATCH_JOBS), DB_FINE);
	assert_int_equal(ask_number("select count(distinct number) from tickets"), BATCH_JOBS);
	assert_int_equal(ask_number("select sum(n) from ticket_counters where scope = 'all'"), BATCH_JOBS);
	assert_int_equal(ask_number("select sum(n) from ticket_counters where scope = 'owner'"), BATCH_JOBS);
}

/* --- once ----------------------------------------------------------------------------- */
static void a_redelivered_command_changes_nothing(void **state)
{
	struct uuid ticket = a_ticket();
	struct message m = desk_comment(uuid_new(), owner, ticket, "once");
	struct uuid subject;
	int64_t stored;

	(void)state;
	assert_int_equal(desk_try(&attempt, &m, 1), DB_FINE);
	subject = result_of(0)->subject_id;
	stored = rows_stored();
	for (int turn = 0; turn < 2; turn++) {
		assert_int_equal(desk_try(&attempt, &m, 1), DB_FINE);
		assert_true(attempt.batch.jobs[0].answered);
		assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
		assert_int_equal(result_of(0)->status, 201);
		assert_int_equal(result_of(0)->version, 2);
		assert_true(uuid_equal(&result_of(0)->subject_id, &subject));
		assert_int_equal(rows_stored(), stored);
	}
}

static void a_refusal_is_answered_again_too(void **state)
{
	struct uuid ticket = a_ticket(), stranger = desk_account("user", true);
	struct message m = desk_comment(uuid_new(), stranger, ticket, "me too");
	int64_t stored;

	(void)state;
	assert_int_equal(desk_try(&attempt, &m, 1), DB_FINE);
	stored = rows_stored();
	assert_int_equal(desk_try(&attempt, &m, 1), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_REFUSED);
	assert_int_equal(result_of(0)->code, PROBLEM_TICKET_ACCESS_DENIED);
	assert_int_equal(result_of(0)->status, 403);
	assert_true(result_of(0)->detail.len > 0);
	assert_int_equal(rows_stored(), stored);
}

static void the_same_id_with_another_body_is_refused(void **state)
{
	struct uuid ticket = a_ticket(), id = uuid_new();
	struct message first = desk_comment(id, owner, ticket, "one"), second = desk_comment(id, owner, ticket, "two");
	int64_t stored;

	(void)state;
	assert_int_equal(desk_try(&attempt, &first, 1), DB_FINE);
	stored = rows_stored();
	assert_int_equal(desk_try(&attempt, &second, 1), DB_FINE);
	assert_int_equal(result_of(0)->status, 422);
	assert_int_equal(result_of(0)->code, PROBLEM_IDEMPOTENCY_KEY_REUSED);
	assert_int_equal(rows_stored(), stored);
}

static void a_double_in_a_batch_runs_once(void **state)
{
	struct uuid ticket = a_ticket(), id = uuid_new();
	struct message m[3];

	(void)state;
	m[0] = m[1] = desk_comment(id, owner, ticket, "one");
	m[2] = desk_comment(id, owner, ticket, "two");
	assert_int_equal(desk_try(&attempt, m, 3), DB_FINE);
	assert_int_equal(result_of(0)->status, 201);
	assert_int_equal(result_of(1)->status, 201);
	assert_true(uuid_equal(&result_of(0)->subject_id, &result_of(1)->subject_id));
	assert_int_equal(result_of(1)->version, 2);
	assert_int_equal(result_of(2)->status, 422);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 1);
	assert_int_equal(ask_number("select count(*) from inbox"), 2);
	assert_int_equal(ask_number("select version from tickets"), 2);
}

static void derived_ids_have_an_inbox_of_their_own(void **state)
{
	struct uuid ticket = a_ticket();
	struct uuid id = uuid_derive((struct text[]){ TEXT("key"), TEXT("k1") }, 2);
	struct message m = desk_comment(id, owner, ticket, "keyed"), other;

	(void)state;
	assert_int_equal(uuid_version(&id), 8);
	assert_int_equal(desk_try(&attempt, &m, 1), DB_FINE);
	assert_int_equal(
	        ask_number("select count(*) from inbox_keyed where command_id = '%s' and state = 'done'", id_text(id)),
	        1);
	assert_int_equal(ask_number("select count(*) from inbox where command_id = '%s'", id_text(id)), 0);
	assert_int_equal(desk_try(&attempt, &m, 1), DB_FINE);
	assert_true(attempt.batch.jobs[0].answered);
	other = desk_comment(id, owner, ticket, "another");
	assert_int_equal(desk_try(&attempt, &other, 1), DB_FINE);
	assert_int_equal(result_of(0)->status, 422);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 1);
}

/* --- refused and dead ----------------------------------------------------------------- */
static void a_refused_command_is_kept_and_told(void **state)
{
	struct uuid ticket = a_ticket(), stranger = desk_account("user", true);
	struct message m = desk_comment(uuid_new(), stranger, ticket, "me too");

	(void)state;
	assert_int_equal(desk_try(&attempt, &m, 1), DB_FINE);
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
	struct uuid ticket = a_ticket();
	struct message m[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		m[i] = desk_comment(uuid_new(), owner, ticket, "neighbour");
	m[1].body = TEXT("{\"content\":7}");
	assert_int_equal(desk_try(&attempt, m, 3), DB_FINE);
	assert_int_equal(attempt.batch.jobs[1].outcome, JOB_DEAD);
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
	struct uuid ticket = a_ticket(), id = uuid_new();
	struct message poison = desk_comment(id, owner, ticket, "x"),
	               mended = desk_comment(id, owner, ticket, "mended");

	(void)state;
	poison.body = TEXT("{}");
	assert_int_equal(desk_try(&attempt, &poison, 1), DB_FINE);
	assert_int_equal(desk_try(&attempt, &poison, 1), DB_FINE);
	assert_int_equal(ask_number("select count(*) from dead_letters"), 1);
	assert_int_equal(desk_try(&attempt, &mended, 1), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
	assert_string_equal(ask("select state from inbox where command_id = '%s'", id_text(id)), "done");
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 1);
}

/* A message that is no text at all must not stop its lane. */
static void bytes_that_are_no_text_are_dead(void **state)
{
	static const struct text bodies[] = { { "{\"content\":\"\xff\xfe\"}", 17 }, { "\0\1\2", 3 }, { "", 0 } };
	struct uuid ticket = a_ticket();

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct message m = desk_comment(uuid_new(), owner, ticket, "x");

		m.body = bodies[i];
		if (desk_try(&attempt, &m, 1) != DB_FINE)
			fail_msg("body %zu: SQLSTATE %s, %s", i, db_sqlstate(desk_db), db_message(desk_db));
		assert_int_equal(ask_number("select count(*) from dead_letters"), (int64_t)i + 1);
	}
}

static void properties_that_are_no_text_are_dead(void **state)
{
	struct uuid ticket = a_ticket();

	(void)state;
	for (int property = 0; property < 5; property++) {
		struct message m = desk_comment(uuid_new(), owner, ticket, "x");
		struct text *place[] = { &m.correlation_id, &m.type, &m.message_id, &m.actor, &m.traceparent };

		*place[property] = TEXT("\xff\0\xfe");
		if (desk_try(&attempt, &m, 1) != DB_FINE)
			fail_msg("property %d: SQLSTATE %s, %s", property, db_sqlstate(desk_db), db_message(desk_db));
	}
	assert_int_equal(ask_number("select count(*) from dead_letters"), 4); /* a bad trace is no death */
}

static void an_unreadable_envelope_is_a_dead_letter_without_an_inbox_row(void **state)
{
	struct uuid ticket = a_ticket();
	struct message m[2] = { desk_comment(uuid_new(), owner, ticket, "x"),
		desk_comment(uuid_new(), owner, ticket, "y") };
	int64_t inbox = ask_number("select count(*) from inbox");

	(void)state;
	m[0].message_id = TEXT("nonsense");
	assert_int_equal(desk_try(&attempt, m, 2), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DEAD);
	assert_int_equal(attempt.batch.jobs[1].outcome, JOB_DONE);
	assert_int_equal(ask_number("select count(*) from inbox"), inbox + 1);
	assert_int_equal(ask_number("select count(*) from dead_letters where command_id is null"), 1);
}

static void an_unknown_type_is_dead(void **state)
{
	struct uuid ticket = a_ticket();
	struct message m = desk_comment(uuid_new(), owner, ticket, "x");

	(void)state;
	m.type = TEXT("ticket.explode");
	assert_true(attempt_is_unknown(&desk_worker, &m));
	assert_int_equal(desk_try(&attempt, &m, 1), DB_FINE);
	assert_int_equal(ask_number("select count(*) from dead_letters where type = 'ticket.explode'"), 1);
	assert_string_equal(ask("select state from inbox where command_id = '%.36s'", m.message_id.data), "dead");
}

static void an_id_older_than_the_inbox_is_dead_not_applied(void **state)
{
	struct uuid ticket = a_ticket(), seed = uuid_new();
	int64_t day = 24 * 3600 * 1000LL, now = clock_unix_ms();
	struct message old = desk_comment(uuid_derive_at(now - 31 * day, "old", &seed, 0), owner, ticket, "old");
	struct message far = desk_comment(uuid_derive_at(now + 400 * day, "far", &seed, 0), owner, ticket, "far");
	struct message late = desk_comment(uuid_derive_at(now - 30 * day, "late", &seed, 0), owner, ticket, "late");
	struct message early = desk_comment(uuid_derive_at(now + 2 * day, "early", &seed, 0), owner, ticket, "early");

	(void)state;
	assert_int_equal(desk_try(&attempt, &old, 1), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DEAD);
	assert_int_equal(ask_number("select count(*) from dead_letters"), 1);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 0);
	assert_int_equal(ask_number("select count(*) from inbox"), 1);
	assert_int_equal(desk_try(&attempt, &late, 1), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
	assert_int_equal(desk_try(&attempt, &early, 1), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
	for (int turn = 0; turn < 2; turn++) {
		assert_int_equal(desk_try(&attempt, &far, 1), DB_FINE);
		assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
		assert_int_equal(attempt.batch.jobs[0].answered, turn);
	}
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 3);
}

/* The last day that has four digits for its year, and the one behind it. */
static void an_id_of_no_day_is_dead_and_holds_up_nobody(void **state)
{
	struct uuid ticket = a_ticket(), seed = uuid_new();
	int64_t end = 253402300800000;
	struct message last = desk_comment(uuid_derive_at(end - 1, "last", &seed, 0), owner, ticket, "last");
	struct message none = desk_comment(uuid_derive_at(end, "none", &seed, 0), owner, ticket, "none");

	(void)state;
	assert_int_equal(desk_try(&attempt, &last, 1), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
	assert_int_equal(desk_try(&attempt, &none, 1), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DEAD);
	assert_string_equal(ask("select reason from dead_letters"), "its id is of no day");
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 1);
}

/* A comment's id that is there already: no handler looks, the table's key does. */
static void what_the_database_refuses_is_the_messages_fault(void **state)
{
	struct uuid ticket = a_ticket();
	struct ticket_comment said = { .ticket_id = ticket, .comment_id = uuid_new(), .content = TEXT("x") };
	struct message first = desk_message(COMMAND_ticket_comment, uuid_new(), owner, &said);
	struct message second = desk_message(COMMAND_ticket_comment, uuid_new(), owner, &said);

	(void)state;
	assert_int_equal(desk_try(&attempt, &first, 1), DB_FINE);
	assert_int_equal(desk_try(&attempt, &second, 1), DB_MESSAGE);
	db_rollback(desk_db);
	attempt.death = "the database refuses what it says";
	assert_int_equal(attempt_try(&attempt), DB_FINE);
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
	struct uuid ticket = a_ticket();

	(void)state;
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		struct message m[2] = { desk_create(uuid_new(), owner, uuid_new()),
			desk_comment(uuid_new(), owner, ticket, "at a bad time") };

		ask(faults[i].break_it, today, today);
		for (int turn = 0; turn < 3; turn++) {
			enum db_fault fault = desk_try(&attempt, m, 2);

			assert_true(fault == DB_WAIT || fault == DB_BROKEN);
			db_rollback(desk_db);
		}
		ask(faults[i].mend_it, today, today);
		db_close(&desk_db);
		desk_db = desk_as("ticket", "");
		assert_int_equal(desk_try(&attempt, m, 2), DB_FINE);
		assert_int_equal(attempt.batch.jobs[1].outcome, JOB_DONE);
	}
	assert_int_equal(ask_number("select count(*) from dead_letters"), 0);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 4);
}

/* As after a restore that forgot how far the numbers had come. */
static void a_number_that_is_taken_is_no_fault_of_the_ticket(void **state)
{
	struct message m = desk_create(uuid_new(), owner, uuid_new());
	int races = 0;

	(void)state;
	for (int n = 0; n < 3; n++)
		a_ticket();
	ask("alter sequence ticket_number_seq restart");
	m = desk_create(uuid_new(), owner, uuid_new());
	while (desk_try(&attempt, &m, 1) == DB_RACE && ++races < 10)
		db_rollback(desk_db);
	assert_int_equal(races, 3);
	assert_int_equal(ask_number("select count(distinct number) from tickets"), 4);
}

/* --- what the desk asks of itself ------------------------------------------------------ */
static void a_refusal_that_nobody_waits_for_is_a_dead_letter(void **state)
{
	struct uuid from = a_ticket(), ticket = a_ticket(), nobody = { 0 };
	struct ticket_absorb what = { .ticket_id = ticket,
		.comment_id = uuid_new(),
		.from_id = from,
		.author_id = owner,
		.content = TEXT("HD-1 - what was said there") };
	struct message absorb = desk_message(COMMAND_ticket_absorb, uuid_new(), nobody, &what);
	struct message split = desk_message(COMMAND_ticket_create, uuid_new(), nobody,
	        &(struct ticket_create){ .ticket_id = uuid_new(),
	                .title = TEXT("the rest"),
	                .description = TEXT("of it"),
	                .user_id = desk_account("user", false) });

	(void)state;
	ask("update tickets set deleted_at = now()");
	assert_int_equal(desk_try(&attempt, &absorb, 1), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DEAD);
	assert_int_equal(desk_try(&attempt, &split, 1), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DEAD);
	assert_int_equal(
	        ask_number(
	                "select count(*) from dead_letters where reason like 'the desk''s own command is refused: %%' "
	                "and body like '%%what was said there%%'"),
	        1);
	assert_int_equal(ask_number("select count(*) from dead_letters where type = 'ticket.create'"), 1);

	/* Mended and replayed it is done. */
	ask("update tickets set deleted_at = null");
	assert_int_equal(desk_try(&attempt, &absorb, 1), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
	assert_string_equal(ask("select content from ticket_comments"), "HD-1 - what was said there");
}

/* As an idempotency key that is used again when the inbox has forgotten it. */
static void a_ticket_is_not_created_over_another(void **state)
{
	struct uuid ticket = a_ticket();
	struct message m = desk_create(uuid_new(), owner, ticket);

	(void)state;
	if (desk_try(&attempt, &m, 1) == DB_FINE)
		assert_int_not_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
	db_rollback(desk_db);
	assert_int_equal(ask_number("select version from tickets"), 1);
	assert_int_equal(ask_number("select count(*) from ticket_history where version > 1"), 0);
	assert_int_equal(ask_number("select count(*) from ticket_counters where n < 0 or status = ''"), 0);
}

/* --- races ---------------------------------------------------------------------------- */
static struct uuid raced;

static void somebody_else_writes(void)
{
	ask("update tickets set version = version + 1, title = 'changed' where id = '%s'", id_text(raced));
}

static void a_version_behind_our_back_is_a_race_and_a_second_try_wins(void **state)
{
	struct message m;

	(void)state;
	raced = a_ticket();
	m = desk_comment(uuid_new(), owner, raced, "in between");
	desk_before_store = somebody_else_writes;
	assert_int_equal(desk_try(&attempt, &m, 1), DB_RACE);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 0);
	assert_int_equal(ask_number("select count(*) from inbox where command_id = '%.36s'", m.message_id.data), 0);
	db_rollback(desk_db);
	assert_int_equal(attempt_try(&attempt), DB_FINE);
	assert_int_equal(result_of(0)->version, 2); /* of those the owner sees */
	assert_string_equal(ask("select title || version from tickets"), "changed3");
}

static struct message raced_message;

static void somebody_else_answers(void)
{
	ask("insert into inbox (day, command_id, state, type, status, fp) values (current_date, '%.36s', 'done', "
	    "'ticket.comment', 201, decode('%.64s', 'hex'))",
	        raced_message.message_id.data, raced_message.fp.data);
}

static void an_inbox_row_behind_our_back_is_a_race(void **state)
{
	(void)state;
	raced = a_ticket();
	raced_message = desk_comment(uuid_new(), owner, raced, "twice");
	desk_before_store = somebody_else_answers;
	assert_int_equal(desk_try(&attempt, &raced_message, 1), DB_RACE);
	db_rollback(desk_db);
	assert_int_equal(attempt_try(&attempt), DB_FINE);
	assert_true(attempt.batch.jobs[0].answered);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 0);
}

static void somebody_ends_our_session(void)
{
	ask("select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'guichet_ticket'");
}

static void a_killed_session_is_lost_and_nothing_is_half_done(void **state)
{
	struct message m[2];
	int64_t stored;

	(void)state;
	raced = a_ticket();
	m[0] = desk_comment(uuid_new(), owner, raced, "one");
	m[1] = desk_create(uuid_new(), owner, uuid_new());
	stored = rows_stored();
	desk_before_store = somebody_ends_our_session;
	assert_int_equal(desk_try(&attempt, m, 2), DB_LOST);
	assert_int_equal(rows_stored(), stored);
	assert_true(db_revive(desk_db));
	assert_int_equal(attempt_try(&attempt), DB_FINE);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 1);
	assert_int_equal(ask_number("select count(*) from tickets"), 2);
}

/* --- lanes ---------------------------------------------------------------------------- */
static struct db *rival;
static struct message rival_messages[2];
static enum db_fault rival_faults[2];

static void the_rival_tries(void)
{
	struct attempt other = { .worker = &desk_worker, .db = rival, .arena = arena_new(65536), .count = 1 };

	for (int i = 0; i < 2; i++) {
		other.messages = &rival_messages[i];
		rival_faults[i] = attempt_try(&other);
		db_rollback(rival);
	}
	arena_free(&other.arena);
}

static struct uuid in_lane(int lane)
{
	struct uuid id = uuid_new();

	id.bytes[15] = (uint8_t)((id.bytes[15] & 0xf0) | lane);
	return id;
}

static void one_lane_is_one_writers(void **state)
{
	struct message m;

	(void)state;
	owner = desk_account("user", true);
	rival = desk_as("ticket", "-clock_timeout%3D200");
	rival_messages[0] = desk_create(uuid_new(), owner, in_lane(3));
	rival_messages[1] = desk_create(uuid_new(), owner, in_lane(4));
	m = desk_create(uuid_new(), owner, in_lane(3));
	desk_before_store = the_rival_tries;
	assert_int_equal(desk_try(&attempt, &m, 1), DB_FINE);
	assert_int_equal(rival_faults[0], DB_WAIT);
	assert_int_equal(rival_faults[1], DB_FINE);
	the_rival_tries();
	assert_int_equal(rival_faults[0], DB_FINE);
	db_close(&rival);
	assert_int_equal(ask_number("select count(*) from tickets"), 3);
}

static void suspects_count_up_and_are_cleared(void **state)
{
	struct uuid ticket = a_ticket();
	struct message m = desk_comment(uuid_new(), owner, ticket, "heavy");
	int starts;

	(void)state;
	assert_int_equal(desk_try(&attempt, &m, 0), DB_FINE);
	attempt.count = 1;
	for (int n = 1; n <= 3; n++) {
		assert_int_equal(attempt_suspect(&attempt, &starts), DB_FINE);
		assert_int_equal(starts, n);
		assert_int_equal(ask_number("select starts from suspects"), n);
	}
	attempt.suspect = true;
	assert_int_equal(attempt_try(&attempt), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
	assert_int_equal(ask_number("select count(*) from suspects"), 0);
}

/* A try that failed while the worker lives takes its start back, as often as it is tried. */
static void a_start_that_did_no_harm_is_taken_back(void **state)
{
	struct uuid ticket = a_ticket(), id = uuid_new();
	struct message m = desk_comment(id, owner, ticket, "slow");
	int starts;

	(void)state;
	desk_try(&attempt, &m, 0);
	attempt.count = 1;
	for (int n = 0; n < 10; n++) {
		assert_int_equal(attempt_suspect(&attempt, &starts), DB_FINE);
		assert_int_equal(starts, 1);
		assert_int_equal(attempt_acquit(desk_db, &id), DB_FINE);
		assert_int_equal(attempt_acquit(desk_db, &id), DB_FINE);
		assert_int_equal(ask_number("select starts from suspects"), 0);
	}
}

static void a_killer_is_put_aside(void **state)
{
	struct uuid ticket = a_ticket();
	struct message m = desk_comment(uuid_new(), owner, ticket, "killer");

	(void)state;
	desk_try(&attempt, &m, 0);
	attempt.count = 1;
	attempt.suspect = true;
	attempt.death = "its worker died three times while it ran";
	assert_int_equal(attempt_try(&attempt), DB_FINE);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 0);
	assert_string_equal(ask("select reason from dead_letters"), "its worker died three times while it ran");
	assert_string_equal(ask("select state from inbox where command_id = '%.36s'", m.message_id.data), "dead");
}

/* --- waits and words ------------------------------------------------------------------- */
/* Words of letters that take four bytes, joined by hyphens: each is told whole and in its parts. */
static struct text wide_words(int n, int from)
{
	struct buffer out;

	buffer_init(&out, desk_arena, (size_t)n * 5);
	for (int i = 0; i < n; i++) {
		int c = 0x20000 + (from + i) % 40000;

		buffer_printf(&out, "%c%c%c%c%c", 0xf0, 0x80 | (c >> 12 & 0x3f), 0x80 | (c >> 6 & 0x3f),
		        0x80 | (c & 0x3f), i % 8 == 7 ? ' ' : '-');
	}
	return buffer_view(&out);
}

static void a_text_of_any_words_is_kept_and_found_by_its_first(void **state)
{
	struct uuid ticket = uuid_new();
	struct message create = desk_message(COMMAND_ticket_create, uuid_new(), owner = desk_account("user", true),
	        &(struct ticket_create){
	                .ticket_id = ticket, .title = TEXT("the printer burns"), .description = wide_words(25000, 0) });

	(void)state;
	assert_int_equal(desk_try(&attempt, &create, 1), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
	for (int n = 1; n < 8; n++) {
		struct message m = desk_message(COMMAND_ticket_comment, uuid_new(), owner,
		        &(struct ticket_comment){ .ticket_id = ticket,
		                .comment_id = uuid_new(),
		                .content = wide_words(25000, n * 5000) });

		assert_int_equal(desk_try(&attempt, &m, 1), DB_FINE);
		assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
	}
	assert_int_equal(ask_number("select count(*) from ticket_search where public_words @@ 'printer'"), 1);
	create = desk_message(COMMAND_ticket_update, uuid_new(), owner,
	        &(struct ticket_update){ .ticket_id = ticket, .description = wide_words(25000, 7) });
	assert_int_equal(desk_try(&attempt, &create, 1), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
	assert_int_equal(ask_number("select count(*) from ticket_search where public_words @@ 'printer'"), 1);
	for (int chars = 1; chars <= 4; chars++)
		assert_true(ask_number("select length(words_of('printer ' || string_agg(case when %d = 4 then "
		                       "chr(131072 + n %% 40000) else "
		                       "lpad(to_hex(n), %d, 'x') end, case n %% 3 when 0 then ' ' when 1 then '-' else "
		                       "'/' end))) "
		                       "from generate_series(1, 250000) n",
		                    chars, chars) > 1);
}

static void a_waiting_ticket_comes_back_and_is_counted_so(void **state)
{
	struct uuid ticket = a_ticket();
	struct message m = desk_comment(uuid_new(), owner, ticket, "here I am");

	(void)state;
	ask("update tickets set status = 'waiting_user'");
	ask("update ticket_counters set status = 'waiting_user'");
	assert_int_equal(desk_try(&attempt, &m, 1), DB_FINE);
	assert_string_equal(ask("select status from tickets"), "in_progress");
	assert_string_equal(ask("select string_agg(concat_ws('|', scope, status, n), ' ' order by scope, status) from "
	                        "ticket_counters"),
	        "all|in_progress|1 all|waiting_user|0 category|in_progress|1 category|waiting_user|0 "
	        "owner|in_progress|1 owner|waiting_user|0");
	assert_string_equal(
	        ask("select string_agg(concat_ws('|', version, field, old_value, new_value), ' ' order by id) from "
	            "ticket_history where version = 2 and field = 'status'"),
	        "2|status|waiting_user|in_progress");
}

static void words_are_stored_as_they_were_said(void **state)
{
	static const char said[] = "d\xc3\xa9j\xc3\xa0 \\ \"vu\" \xf0\x9f\x8e\xab {}[] ; -- ' \t\nend";
	struct uuid ticket = a_ticket();
	struct message m = desk_comment(uuid_new(), owner, ticket, said);

	(void)state;
	assert_int_equal(desk_try(&attempt, &m, 1), DB_FINE);
	assert_string_equal(ask("select content from ticket_comments"), said);
}

static void more_words_than_an_index_holds_are_no_failure(void **state)
{
	struct uuid ticket = a_ticket();
	struct buffer words;

	(void)state;
	for (int turn = 0, word = 0; turn < 40; turn++) {
		struct message m;

		buffer_init(&words, desk_arena, 50000);
		while (words.len < 49000)
			buffer_printf(&words, "w%da%x ", word, word * 2654435761u), word++;
		m = desk_comment(uuid_new(), owner, ticket, buffer_cstr(&words));
		if (desk_try(&attempt, &m, 1) != DB_FINE)
			fail_msg("turn %d: SQLSTATE %s, %s", turn, db_sqlstate(desk_db), db_message(desk_db));
	}
	assert_int_equal(ask_number("select comment_count from tickets"), 40);
}

/* One word of 50,000 characters, and as many as a batch may hold. */
static void one_endless_word_is_no_failure(void **state)
{
	struct uuid ticket = a_ticket();
	char *word = arena_alloc(desk_arena, 50001);
	struct message m;

	(void)state;
	memset(word, 'w', 50000);
	m = desk_comment(uuid_new(), owner, ticket, word);
	if (desk_try(&attempt, &m, 1) != DB_FINE)
		fail_msg("SQLSTATE %s, %s", db_sqlstate(desk_db), db_message(desk_db));
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
}

static void a_full_batch_of_long_words_is_no_failure(void **state)
{
	struct uuid ticket = a_ticket();
	struct message m[60];
	int word = 0;

	(void)state;
	for (int i = 0; i < 60; i++) {
		struct buffer words;

		buffer_init(&words, desk_arena, 50000);
		while (words.len < 49000)
			buffer_printf(&words, "w%da%x ", word, word * 2654435761u), word++;
		m[i] = desk_comment(uuid_new(), owner, ticket, buffer_cstr(&words));
	}
	if (desk_try(&attempt, m, 60) != DB_FINE)
		fail_msg("SQLSTATE %s, %s", db_sqlstate(desk_db), db_message(desk_db));
	assert_int_equal(ask_number("select comment_count from tickets"), 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a batch is stored whole", a_batch_is_stored_whole),
		SENTENCE("a whole life of a ticket fits in a batch", a_whole_life_fits_in_a_batch),
		SENTENCE("links are as the last job of a batch left them", links_are_as_the_last_job_left_them),
		SENTENCE("what the world is told is in order, with headers", what_the_world_is_told_is_in_order),
		SENTENCE("numbers are unique", numbers_are_unique),
		SENTENCE("a redelivered command changes nothing and gives the first result",
		        a_redelivered_command_changes_nothing),
		SENTENCE("a refusal is answered again too", a_refusal_is_answered_again_too),
		SENTENCE("the same id with another body is refused and changes nothing",
		        the_same_id_with_another_body_is_refused),
		SENTENCE("the same id twice in a batch runs once and answers twice", a_double_in_a_batch_runs_once),
		SENTENCE("derived ids have an inbox of their own", derived_ids_have_an_inbox_of_their_own),
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
		SENTENCE("a refusal that nobody waits for is a dead letter, and done when it is replayed",
		        a_refusal_that_nobody_waits_for_is_a_dead_letter),
		SENTENCE("a ticket is not created over another", a_ticket_is_not_created_over_another),
		SENTENCE("a version behind our back is a race, and a second try wins",
		        a_version_behind_our_back_is_a_race_and_a_second_try_wins),
		SENTENCE("an inbox row behind our back is a race", an_inbox_row_behind_our_back_is_a_race),
		SENTENCE("a killed session is lost, and nothing is half done",
		        a_killed_session_is_lost_and_nothing_is_half_done),
		SENTENCE("a lane has one writer at a time, and others go on", one_lane_is_one_writers),
		SENTENCE("suspects count up and are cleared", suspects_count_up_and_are_cleared),
		SENTENCE("a start that did no harm is taken back", a_start_that_did_no_harm_is_taken_back),
		SENTENCE("a text of any words is kept, and found by its first",
		        a_text_of_any_words_is_kept_and_found_by_its_first),
		SENTENCE("a command that kills its worker is put aside", a_killer_is_put_aside),
		SENTENCE("a waiting ticket comes back, and is counted so",
		        a_waiting_ticket_comes_back_and_is_counted_so),
		SENTENCE("words are stored as they were said", words_are_stored_as_they_were_said),
		SENTENCE(
		        "more words than an index holds are no failure", more_words_than_an_index_holds_are_no_failure),
		SENTENCE("one endless word is no failure", one_endless_word_is_no_failure),
		SENTENCE("a full batch of long words is no failure", a_full_batch_of_long_words_is_no_failure),
	};

	return cmocka_run_group_tests_name("ticket", tests, desk_open, desk_close);
}
