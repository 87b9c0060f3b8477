/* ticket_test.c - the ticket worker against a real PostgreSQL: what a batch stores, and the words of tickets. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tests/handlers/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, desk_empty, NULL, NULL                                                                \
	}

static void a_batch_is_stored_whole(void **state)
{
	struct uuid ticket = uuid_new();
	struct message m[3];

	(void)state;
	desk_owner = desk_account("user", true);
	desk_agent = desk_account("agent", true);
	m[0] = desk_create(uuid_new(), desk_owner, ticket);
	m[1] = desk_comment(uuid_new(), desk_owner, ticket, "it still burns");
	m[2] = ORDER(ticket_comment, desk_agent, .ticket_id = ticket, .comment_id = uuid_new(),
	        .content = TEXT("fetch the extinguisher"), .is_internal = FLAG_TRUE);
	assert_int_equal(desk_try(&desk_attempt, m, 3), DB_FINE);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(desk_attempt.batch.jobs[i].outcome, JOB_DONE);
		assert_int_equal(desk_result(i)->version, i + 1);
	}

	assert_string_equal(ask("select concat_ws('|', number, status, priority, category, title, owner_id, version, "
	                        "comment_count, description) from tickets where id = '%s'",
	                            id_text(ticket)),
	        arena_printf(desk_arena, "HD-%s-000001|open|medium|hardware|the printer burns|%s|3|2|flames and smoke",
	                ask("select extract(year from now())"), id_text(desk_owner)));
	assert_string_equal(
	        ask("select string_agg(concat_ws('|', seq, is_internal, content, author_id), ';' order by seq) "
	            "from ticket_comments"),
	        arena_printf(desk_arena, "1|f|it still burns|%s;2|t|fetch the extinguisher|%s", id_text(desk_owner),
	                id_text(desk_agent)));
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
	                         m[0].message_id.data, id_text(ticket), id_text(desk_owner)),
	        1);
	assert_int_equal(ask_number("select count(*) from dead_letters"), 0);
}

/* Six versions, one row: what is stored is where the last job left it. */
static void a_whole_life_fits_in_a_batch(void **state)
{
	struct uuid ticket = uuid_new();
	struct message m[6];

	(void)state;
	desk_owner = desk_account("user", true);
	desk_agent = desk_account("agent", true);
	m[0] = desk_create(uuid_new(), desk_owner, ticket);
	m[1] = desk_comment(uuid_new(), desk_owner, ticket, "it still burns");
	m[2] = ORDER(ticket_assign, desk_agent, .ticket_id = ticket);
	m[3] = ORDER(ticket_set_status, desk_agent, .ticket_id = ticket, .status = TICKET_IN_PROGRESS);
	m[4] = ORDER(ticket_set_status, desk_agent, .ticket_id = ticket, .status = TICKET_RESOLVED,
	        .resolution = TEXT("put out"));
	m[5] = ORDER(ticket_close, desk_owner, .ticket_id = ticket);
	assert_int_equal(desk_try(&desk_attempt, m, 6), DB_FINE);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(desk_attempt.batch.jobs[i].outcome, JOB_DONE);
		assert_int_equal(desk_result(i)->version, i + 1);
	}
	assert_string_equal(
	        ask("select concat_ws('|', status, version, comment_count, assignee_id, resolution, "
	            "resolved_at is not null, closed_at is not null, first_response_at is not null) from tickets"),
	        arena_printf(desk_arena, "closed|6|1|%s|put out|t|t|t", id_text(desk_agent)));
	assert_string_equal(ask("select string_agg(concat_ws('|', version, field, new_value), ' ' order by id) from "
	                        "ticket_history where field in ('status', 'assignee_id', 'resolution')"),
	        arena_printf(desk_arena,
	                "1|status|open 3|assignee_id|%s 4|status|in_progress 5|status|resolved 5|resolution|put out "
	                "6|status|closed",
	                id_text(desk_agent)));
	assert_string_equal(ask("select string_agg(concat_ws('|', scope, status, n), ' ' order by scope, status) from "
	                        "ticket_counters where n <> 0"),
	        "all|closed|1 assignee|closed|1 category|closed|1 owner|closed|1");
	assert_string_equal(ask("select string_agg(type, ' ' order by id) from outbox"),
	        "ticket.created ticket.commented ticket.assigned ticket.updated ticket.updated ticket.closed");
}

/* A link that is made and taken away again in one batch is not there; nor is one taken away lost that is made anew. */
static void links_are_as_the_last_job_left_them(void **state)
{
	struct uuid a = desk_ticket(), b = uuid_new();
	struct message m[3];

	(void)state;
	m[0] = desk_create(uuid_new(), desk_owner, b);
	m[1] = ORDER(ticket_link, desk_agent, .ticket_id = a, .other_id = b, .kind = LINK_BLOCKS);
	m[2] = ORDER(ticket_unlink, desk_agent, .ticket_id = b, .other_id = a);
	assert_int_equal(desk_try(&desk_attempt, m, 3), DB_FINE);
	assert_int_equal(ask_number("select count(*) from ticket_links"), 0);
	m[0] = ORDER(ticket_unlink, desk_agent, .ticket_id = a, .other_id = b);
	m[1] = ORDER(ticket_link, desk_agent, .ticket_id = a, .other_id = b);
	assert_int_equal(desk_try(&desk_attempt, m, 2), DB_FINE);
	assert_string_equal(ask("select string_agg(kind, ' ') from ticket_links"), "related");
}

static void what_the_world_is_told_is_in_order(void **state)
{
	struct uuid ticket = uuid_new();
	struct message m[2];

	(void)state;
	desk_owner = desk_account("user", true);
	m[0] = desk_create(uuid_new(), desk_owner, ticket);
	m[0].traceparent = TEXT("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
	m[1] = desk_comment(uuid_new(), desk_owner, ticket, "it still burns");
	assert_int_equal(desk_try(&desk_attempt, m, 2), DB_FINE);
	assert_string_equal(
	        ask("select string_agg(concat_ws('|', exchange, routing_key, type), ' ' order by id) from outbox"),
	        "guichet.events|ticket.created|ticket.created guichet.events|ticket.commented|ticket.commented");
	assert_string_equal(ask("select concat_ws('|', headers ->> 'correlation_id', headers ->> 'actor', "
	                        "headers ->> 'traceparent') from outbox order by id limit 1"),
	        arena_printf(desk_arena, "request-1|%s|00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	                id_text(desk_owner)));
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
	desk_owner = desk_account("user", true);
	for (int i = 0; i < BATCH_JOBS; i++)
		m[i] = desk_create(uuid_new(), desk_owner, uuid_new());
	assert_int_equal(desk_try(&desk_attempt, m, BATCH_JOBS), DB_FINE);
	assert_int_equal(ask_number("select count(distinct number) from tickets"), BATCH_JOBS);
	assert_int_equal(ask_number("select sum(n) from ticket_counters where scope = 'all'"), BATCH_JOBS);
	assert_int_equal(ask_number("select sum(n) from ticket_counters where scope = 'owner'"), BATCH_JOBS);
}

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
	struct message create = desk_message(COMMAND_ticket_create, uuid_new(), desk_owner = desk_account("user", true),
	        &(struct ticket_create){
	                .ticket_id = ticket, .title = TEXT("the printer burns"), .description = wide_words(25000, 0) });

	(void)state;
	desk_apply(create);
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DONE);
	for (int n = 1; n < 8; n++) {
		struct message m = ORDER(ticket_comment, desk_owner, .ticket_id = ticket, .comment_id = uuid_new(),
		        .content = wide_words(25000, n * 5000));

		desk_apply(m);
		assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DONE);
	}
	assert_int_equal(ask_number("select count(*) from ticket_search where public_words @@ 'printer'"), 1);
	create = ORDER(ticket_update, desk_owner, .ticket_id = ticket, .description = wide_words(25000, 7));
	desk_apply(create);
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DONE);
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
	struct uuid ticket = desk_ticket();
	struct message m = desk_comment(uuid_new(), desk_owner, ticket, "here I am");

	(void)state;
	ask("update tickets set status = 'waiting_user'");
	ask("update ticket_counters set status = 'waiting_user'");
	desk_apply(m);
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
	struct uuid ticket = desk_ticket();
	struct message m = desk_comment(uuid_new(), desk_owner, ticket, said);

	(void)state;
	desk_apply(m);
	assert_string_equal(ask("select content from ticket_comments"), said);
}

static void more_words_than_an_index_holds_are_no_failure(void **state)
{
	struct uuid ticket = desk_ticket();
	struct buffer words;

	(void)state;
	for (int turn = 0, word = 0; turn < 40; turn++) {
		struct message m;

		buffer_init(&words, desk_arena, 50000);
		while (words.len < 49000)
			buffer_printf(&words, "w%da%x ", word, word * 2654435761u), word++;
		m = desk_comment(uuid_new(), desk_owner, ticket, buffer_cstr(&words));
		if (desk_try(&desk_attempt, &m, 1) != DB_FINE)
			fail_msg("turn %d: SQLSTATE %s, %s", turn, db_sqlstate(desk_db), db_message(desk_db));
	}
	assert_int_equal(ask_number("select comment_count from tickets"), 40);
}

/* One word of 50,000 characters, and as many as a batch may hold. */
static void one_endless_word_is_no_failure(void **state)
{
	struct uuid ticket = desk_ticket();
	char *word = arena_alloc(desk_arena, 50001);
	struct message m;

	(void)state;
	memset(word, 'w', 50000);
	m = desk_comment(uuid_new(), desk_owner, ticket, word);
	if (desk_try(&desk_attempt, &m, 1) != DB_FINE)
		fail_msg("SQLSTATE %s, %s", db_sqlstate(desk_db), db_message(desk_db));
	assert_int_equal(desk_attempt.batch.jobs[0].outcome, JOB_DONE);
}

static void a_full_batch_of_long_words_is_no_failure(void **state)
{
	struct uuid ticket = desk_ticket();
	struct message m[60];
	int word = 0;

	(void)state;
	for (int i = 0; i < 60; i++) {
		struct buffer words;

		buffer_init(&words, desk_arena, 50000);
		while (words.len < 49000)
			buffer_printf(&words, "w%da%x ", word, word * 2654435761u), word++;
		m[i] = desk_comment(uuid_new(), desk_owner, ticket, buffer_cstr(&words));
	}
	if (desk_try(&desk_attempt, m, 60) != DB_FINE)
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
		SENTENCE("a text of any words is kept, and found by its first",
		        a_text_of_any_words_is_kept_and_found_by_its_first),
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
