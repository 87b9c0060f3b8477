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

static const struct uuid nobody;

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

/* What the last merge has handed on, as the relay would bring it. */
static struct message handed_on(struct uuid to)
{
	struct message m = ORDER(ticket_absorb, nobody, .ticket_id = to, .comment_id = uuid_new(), .from_id = to,
	        .author_id = desk_owner, .content = TEXT("x"));

	m.body = text_of(ask("select body from outbox where type = 'ticket.absorb' order by id desc limit 1"));
	return m;
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
		assert_int_equal(desk_apply(handed_on(into))->outcome, JOB_DONE);
		assert_string_equal(
		        ask("select string_agg(content, '/' order by seq) from ticket_comments where ticket_id = '%s'",
		                id_text(into)),
		        arena_printf(desk_arena, "%s - %.*s/%.*s",
		                ask("select number from tickets where id = '%s'", id_text(ticket)), (int)title.len,
		                title.data, (int)long_text.len, long_text.data));
	}
}

static void a_short_ticket_becomes_one_comment(void **state)
{
	struct uuid into = a_ticket(TEXT("t"), TEXT("d")), ticket = a_ticket(TEXT("the title"), TEXT("the text"));

	(void)state;
	desk_apply(merge(ticket, into));
	desk_apply(handed_on(into));
	assert_string_equal(
	        ask("select string_agg(content, '/') from ticket_comments where ticket_id = '%s'", id_text(into)),
	        arena_printf(desk_arena, "%s - the title\n\nthe text",
	                ask("select number from tickets where id = '%s'", id_text(ticket))));
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
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("nothing of the longest ticket is cut by a merge", nothing_of_the_longest_ticket_is_cut),
		SENTENCE("a short ticket becomes one comment", a_short_ticket_becomes_one_comment),
		SENTENCE("a closed ticket keeps its time of closing when it is merged, and its history tells of it",
		        a_closed_ticket_keeps_its_time_of_closing),
		SENTENCE("what concerns two tickets holds both lanes", what_concerns_two_tickets_holds_both_lanes),
		SENTENCE("what is split off is there with the answer", what_is_split_off_is_there_with_the_answer),
	};

	return cmocka_run_group_tests_name("merge", tests, desk_open, desk_close);
}
