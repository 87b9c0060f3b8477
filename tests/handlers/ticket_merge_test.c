/* ticket_merge_test.c - what concerns two tickets: merging and splitting, to the last letter. */
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
#define FOUR "\xf0\x9f\x96\xa8" /* one character of four bytes */

static struct text repeated(const char *piece, int times)
{
	struct buffer out;

	buffer_init(&out, desk_arena, 1024);
	for (int i = 0; i < times; i++)
		buffer_string(&out, piece);
	return buffer_view(&out);
}

static struct uuid a_ticket(struct text title, struct text description)
{
	struct uuid ticket = uuid_new();

	desk_people();
	assert_int_equal(desk_apply(ORDER(ticket_create, desk_owner, .ticket_id = ticket, .title = title,
	                                    .description = description))
	                         ->outcome,
	        JOB_DONE);
	return ticket;
}

static struct message merge(struct uuid ticket, struct uuid into)
{
	return ORDER(ticket_merge, desk_agent, .ticket_id = ticket, .into_id = into);
}

static struct message unmerge(struct uuid ticket, struct uuid into)
{
	return ORDER(ticket_unmerge, desk_agent, .ticket_id = ticket, .into_id = into);
}

/* "author content" of all that a reader is shown in a ticket. */
static const char *said(struct uuid ticket, bool is_staff)
{
	return ask("select coalesce(string_agg(concat_ws(' ', s.from_number, (s.comment).content), '/' order by "
	           "s.place), '') from "
	           "tickets t, ticket_said(t, %s) s where t.id = '%s'",
	        is_staff ? "true" : "false", id_text(ticket));
}

static const char *number_of(struct uuid ticket)
{
	return ask("select number from tickets where id = '%s'", id_text(ticket));
}

static void say(struct uuid ticket, struct uuid who, const char *what, bool internal)
{
	assert_int_equal(
	        desk_apply(ORDER(ticket_comment, who, .ticket_id = ticket, .comment_id = uuid_new(),
	                           .content = text_of(what), .is_internal = internal ? FLAG_TRUE : flag_absent))
	                ->outcome,
	        JOB_DONE);
}

static void nothing_of_the_longest_ticket_is_cut(void **state)
{
	static const char *const pieces[] = { "x", FOUR, "\\\"", "\\n" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct text title = repeated(pieces[i], i == 2 ? 127 : 255),
		            long_text = repeated(pieces[i], i == 2 ? 25000 : 50000);
		struct uuid into = a_ticket(TEXT("t"), TEXT("d")), ticket = a_ticket(title, long_text);

		assert_int_equal(desk_apply(merge(ticket, into))->outcome, JOB_DONE);
		assert_string_equal(said(into, true),
		        arena_printf(desk_arena, "%s %.*s", number_of(ticket), (int)long_text.len, long_text.data));
	}
}

/* A into B, B into C: in C all is read, in the order of its time, each word once. */
static void a_chain_of_merges_loses_nothing(void **state)
{
	struct uuid a, b, c;

	(void)state;
	a = a_ticket(TEXT("a"), TEXT("da"));
	b = a_ticket(TEXT("b"), TEXT("db"));
	c = a_ticket(TEXT("c"), TEXT("dc"));
	say(a, desk_owner, "a1", false);
	say(c, desk_owner, "c1", false);
	say(b, desk_agent, "b1", true);
	desk_apply(merge(a, b));
	desk_apply(merge(b, c));
	assert_string_equal(said(c, true), arena_printf(desk_arena, "%s da/%s db/%s a1/c1/%s b1", number_of(a),
	                                           number_of(b), number_of(a), number_of(b)));
	assert_string_equal(said(c, false),
	        arena_printf(desk_arena, "%s da/%s db/%s a1/c1", number_of(a), number_of(b), number_of(a)));
	assert_int_equal(ask_number("select count(*) from ticket_search where ticket_id = '%s' and public_words @@ "
	                            "'da & db & dc & a1 & c1' and internal_words @@ 'b1'",
	                         id_text(c)),
	        1);
	assert_int_equal(ask_number("select count(*) from ticket_search where public_words @@ 'a1'"), 1);
	assert_int_equal(desk_apply(unmerge(a, b))->result.code, PROBLEM_INVALID_TRANSITION);
	assert_int_equal(desk_apply(unmerge(b, c))->outcome, JOB_DONE);
	assert_string_equal(said(c, true), "c1");
	assert_int_equal(desk_apply(unmerge(a, b))->outcome, JOB_DONE);
	assert_string_equal(said(a, true), "a1");
	assert_int_equal(ask_number("select count(*) from tickets where status = 'open' and merged_count = 0"), 3);
	assert_int_equal(ask_number("select count(*) from ticket_search where public_words @@ 'a1'"), 1);
}

static const char *columns(struct uuid ticket)
{
	return ask("select row(status, priority, tags, watchers, assignee_id, due_at, response_due_at, closed_at, "
	           "resolved_at, "
	           "comment_count)::text from tickets where id = '%s'",
	        id_text(ticket));
}

static void what_a_merge_brings_goes_back(void **state)
{
	struct uuid into = a_ticket(TEXT("t"), TEXT("d")), ticket, other_agent = desk_account("agent", true);
	struct text tags[] = { TEXT("vip"), TEXT("printer") };
	const char *before, *of_ticket;

	(void)state;
	assert_int_equal(desk_apply(ORDER(ticket_create, desk_owner, .ticket_id = (ticket = uuid_new()),
	                                    .title = TEXT("s"), .description = TEXT("d"), .priority = PRIORITY_URGENT))
	                         ->outcome,
	        JOB_DONE);
	desk_apply(ORDER(ticket_update, desk_agent, .ticket_id = ticket, .tags = { tags, 2 }));
	desk_apply(ORDER(ticket_update, desk_agent, .ticket_id = into, .tags = { tags + 1, 1 }));
	desk_apply(ORDER(ticket_watch, desk_agent, .ticket_id = ticket, .user_id = other_agent));
	desk_apply(ORDER(ticket_assign, desk_agent, .ticket_id = ticket));
	before = columns(into);
	of_ticket = columns(ticket);
	desk_apply(merge(ticket, into));
	assert_string_equal(
	        ask("select concat_ws('|', tags, assignee_id, watchers, due_at = (select due_at from tickets where id "
	            "= "
	            "'%s'), (select count(*) from ticket_history where ticket_id = t.id and field = 'merged_from')) "
	            "from tickets t where id = '%s'",
	                id_text(ticket), id_text(into)),
	        arena_printf(desk_arena, "{printer,vip}|%s|{%s}|t|1", id_text(desk_agent), id_text(other_agent)));
	assert_int_equal(desk_apply(ORDER(ticket_delete, desk_account("admin", true), .ticket_id = into))->result.code,
	        PROBLEM_INVALID_TRANSITION);
	assert_int_equal(desk_apply(unmerge(ticket, into))->outcome, JOB_DONE);
	assert_string_equal(columns(into), before);
	assert_string_equal(columns(ticket), of_ticket);
	assert_int_equal(desk_apply(unmerge(ticket, into))->result.code, PROBLEM_INVALID_TRANSITION);
}

static void tickets_of_two_people_are_kept_apart(void **state)
{
	struct uuid other = desk_account("user", true), into = a_ticket(TEXT("t"), TEXT("secret")), ticket = uuid_new();

	(void)state;
	desk_apply(desk_create(uuid_new(), other, ticket));
	say(ticket, other, "mine", false);
	say(into, desk_owner, "before", false);
	ask("update tickets set watchers = array['%s', '%s']::uuid[] where id = '%s'", id_text(other),
	        id_text(desk_agent), id_text(ticket));
	assert_int_equal(desk_apply(merge(ticket, into))->result.code, PROBLEM_OWNERS_DIFFER);
	assert_int_equal(desk_apply(ORDER(ticket_merge, desk_agent, .ticket_id = ticket, .into_id = into,
	                                    .confirm_different_owners = FLAG_TRUE))
	                         ->outcome,
	        JOB_DONE);
	say(into, desk_agent, "after", false);
	say(into, desk_agent, "hidden", true);
	say(ticket, other, "and more", false);
	assert_string_equal(said(ticket, false), "mine/after/and more");
	assert_string_equal(said(into, false), "before/after");
	assert_int_equal(
	        ask_number("select count(*) from tickets t, ticket_said(t, true) where t.id = '%s'", id_text(into)), 6);
	assert_string_equal(ask("select watchers from tickets where id = '%s'", id_text(into)),
	        arena_printf(desk_arena, "{%s}", id_text(desk_agent)));
	assert_int_equal(desk_apply(ORDER(ticket_comment, other, .ticket_id = into, .comment_id = uuid_new(),
	                                    .content = TEXT("x")))
	                         ->result.code,
	        PROBLEM_TICKET_ACCESS_DENIED);
	assert_int_equal(
	        ask_number(
	                "select count(*) from ticket_search where ticket_id = '%s' and public_words @@ 'mine & more'",
	                id_text(ticket)),
	        1);
	assert_int_equal(
	        ask_number("select count(*) from ticket_search where ticket_id = '%s' and public_words @@ 'mine'",
	                id_text(into)),
	        0);
}

static void nobody_opens_a_merged_ticket_by_a_comment(void **state)
{
	struct uuid other = desk_account("agent", true), into = a_ticket(TEXT("t"), TEXT("text")), ticket = uuid_new();

	(void)state;
	desk_apply(desk_create(uuid_new(), other, ticket));
	desk_apply(ORDER(
	        ticket_merge, desk_agent, .ticket_id = ticket, .into_id = into, .confirm_different_owners = FLAG_TRUE));
	assert_int_equal(desk_apply(ORDER(ticket_comment, other, .ticket_id = ticket, .comment_id = uuid_new(),
	                                    .content = TEXT("x"), .status = TICKET_OPEN))
	                         ->result.code,
	        PROBLEM_MERGED);
	say(ticket, other, "x", false);
	assert_string_equal(ask("select status from tickets where id = '%s'", id_text(ticket)), "closed");
}

static void a_closed_ticket_keeps_its_time_of_closing(void **state)
{
	struct uuid into = a_ticket(TEXT("t"), TEXT("d")), ticket = a_ticket(TEXT("t"), TEXT("d"));
	const char *closed;

	(void)state;
	for (enum ticket_status status = TICKET_IN_PROGRESS; status <= TICKET_CLOSED; status++)
		if (status != TICKET_WAITING_USER)
			desk_apply(ORDER(ticket_set_status, desk_agent, .ticket_id = ticket, .status = status));
	closed = ask("select closed_at from tickets where id = '%s'", id_text(ticket));
	assert_int_equal(desk_apply(merge(ticket, into))->outcome, JOB_DONE);
	assert_string_equal(ask("select closed_at from tickets where id = '%s'", id_text(ticket)), closed);
	assert_string_equal(ask("select field || ' ' || new_value from ticket_history where ticket_id = '%s' order by "
	                        "id desc limit 1",
	                            id_text(ticket)),
	        arena_printf(desk_arena, "merged_into %s", id_text(into)));
}

static void both_lanes_are_held(void)
{
	assert_string_equal(
	        ask("select string_agg(objid::text, ' ' order by objid) from pg_locks where locktype = 'advisory' and "
	            "classid = (hashtext('guichet.cmd.ticket.')::bigint & 4294967295)::oid"),
	        "3 12");
}

/* Of two merges that cross the second waits for the first, and finds its target closed. */
static void what_concerns_two_tickets_holds_both_lanes(void **state)
{
	struct uuid first = desk_id_in_lane(12), second = desk_id_in_lane(3);

	(void)state;
	a_ticket(TEXT("t"), TEXT("d"));
	desk_apply(desk_create(uuid_new(), desk_owner, first));
	desk_apply(desk_create(uuid_new(), desk_owner, second));
	desk_before_store = both_lanes_are_held;
	assert_int_equal(desk_apply(merge(first, second))->outcome, JOB_DONE);
	assert_null(desk_before_store);
	assert_int_equal(desk_apply(merge(second, first))->outcome, JOB_REFUSED);
	assert_int_equal(ask_number("select count(*) from tickets where status <> 'closed' and id in ('%s', '%s')",
	                         id_text(first), id_text(second)),
	        1);
}

/* The owner may be gone: the ticket is there all the same, with the answer. */
static void what_is_split_off_is_there_with_the_answer(void **state)
{
	struct text content = repeated(FOUR, 50000);
	struct uuid ticket = a_ticket(TEXT("t"), TEXT("d")), comment = uuid_new(), new = uuid_new();
	struct job *job;

	(void)state;
	desk_apply(ORDER(ticket_comment, desk_owner, .ticket_id = ticket, .comment_id = comment, .content = content));
	ask("update accounts set active = false where id = '%s'", id_text(desk_owner));
	job = desk_apply(ORDER(ticket_split, desk_agent, .ticket_id = ticket, .new_id = new, .comment_id = comment,
	        .title = TEXT("apart")));
	assert_int_equal(job->result.status, 201);
	assert_true(uuid_equal(&job->result.subject_id, &new));
	assert_string_equal(
	        ask("select concat_ws('|', title, owner_id, version, length(description)) from tickets where id = '%s'",
	                id_text(new)),
	        arena_printf(desk_arena, "apart|%s|1|50000", id_text(desk_owner)));
	assert_string_equal(ask("select string_agg(concat_ws(' ', type, body::jsonb ->> 'ticketId', body::jsonb ->> "
	                        "'ticketVersion'), "
	                        "', ' order by id) from outbox where body::jsonb ->> 'commandId' = '%s'",
	                            id_text(job->envelope.id)),
	        arena_printf(desk_arena, "ticket.split_off %s 3, ticket.created %s 1", id_text(ticket), id_text(new)));
	assert_string_equal(
	        ask("select field || ' ' || new_value from ticket_history where ticket_id = '%s' and version = 3",
	                id_text(ticket)),
	        arena_printf(desk_arena, "split %s", id_text(new)));
	assert_string_equal(ask("select field || ' ' || new_value from ticket_history where ticket_id = '%s' and field "
	                        "like 'split%%'",
	                            id_text(new)),
	        arena_printf(desk_arena, "split_from %s", id_text(ticket)));
	assert_int_equal(ask_number("select count(*) from ticket_links where ticket_id = '%s' and other_id = '%s' and "
	                            "kind = 'related'",
	                         id_text(ticket), id_text(new)),
	        1);
	job = desk_apply(
	        ORDER(ticket_split, desk_agent, .ticket_id = ticket, .new_id = uuid_new(), .comment_id = comment));
	assert_int_equal(job->result.code, PROBLEM_ALREADY_SPLIT);
	assert_non_null(strstr(arena_printf(desk_arena, "%.*s", (int)job->result.detail.len, job->result.detail.data),
	        number_of(new)));
}

static void what_an_agent_said_stays_an_agents_words(void **state)
{
	struct uuid ticket = a_ticket(TEXT("t"), TEXT("d")), comment = uuid_new(), new = uuid_new();

	(void)state;
	desk_apply(
	        ORDER(ticket_comment, desk_agent, .ticket_id = ticket, .comment_id = comment, .content = TEXT("mine")));
	assert_int_equal(desk_apply(ORDER(ticket_split, desk_agent, .ticket_id = ticket, .new_id = new,
	                                    .comment_id = comment, .notify = FLAG_FALSE))
	                         ->outcome,
	        JOB_DONE);
	assert_string_equal(
	        ask("select description_author_id from tickets where id = '%s'", id_text(new)), id_text(desk_agent));
	assert_string_equal(
	        ask("select body::jsonb -> 'data' ->> 'notify' from outbox where type = 'ticket.created' order by id "
	            "desc limit 1"),
	        "false");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("nothing of the longest ticket is cut by a merge", nothing_of_the_longest_ticket_is_cut),
		SENTENCE("a chain of merges loses nothing, and is taken back from its end",
		        a_chain_of_merges_loses_nothing),
		SENTENCE("what a merge brings goes back", what_a_merge_brings_goes_back),
		SENTENCE("tickets of two people are kept apart, whatever is confirmed",
		        tickets_of_two_people_are_kept_apart),
		SENTENCE("nobody opens a merged ticket by a comment, not even an agent whose own it was",
		        nobody_opens_a_merged_ticket_by_a_comment),
		SENTENCE("a closed ticket keeps its time of closing when it is merged, and its history tells of it",
		        a_closed_ticket_keeps_its_time_of_closing),
		SENTENCE("what concerns two tickets holds both lanes", what_concerns_two_tickets_holds_both_lanes),
		SENTENCE(
		        "what is split off is there with the answer, once", what_is_split_off_is_there_with_the_answer),
		SENTENCE("what an agent said stays an agent's words in the ticket that it becomes",
		        what_an_agent_said_stays_an_agents_words),
	};

	return cmocka_run_group_tests_name("merge", tests, desk_open, desk_close);
}
