/* timer_test.c - what is due, against a database: fired once, by rank, by whoever is there; recomputations and
 * schedules.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "tests/handlers/desk.h"
#include "workers/timer/timer.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, tear_down, NULL                                                               \
	}

static struct ticker ticker;
static struct timer *own;

static int set_up(void **state)
{
	if (desk_empty(state))
		return -1;
	ask("delete from sla_policies where position < 1000000");
	ask("delete from calendars");
	ticker = (struct ticker){ .trunk = { .db = desk_as("timer", ""), .arena = arena_new(1 << 20) } };
	return timer_open(&ticker) && (own = ticker.own) && db_fault(ticker.trunk.db) == DB_FINE ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	timer_close(&ticker);
	db_close(&ticker.trunk.db);
	arena_free(&ticker.trunk.arena);
	return 0;
}

static int open_desk(void **state)
{
	setenv("REDIS_URL", "redis://127.0.0.1:1", true); /* nobody is there */
	return settings_load((struct setting *const[]){ cache_settings, NULL }, stderr) ? desk_open(state) : -1;
}

static void set_timer(const char *kind, struct uuid subject, const char *due, int rank)
{
	ask("insert into timers (kind, subject, due_at, version, rank) values ('%s', '%s', now() + interval '%s', 7, "
	    "%d)",
	        kind, id_text(subject), due, rank);
}

static const char *told(const char *what, const char *where)
{
	return ask("select string_agg(%s, ' ' order by id) from outbox %s", what, where);
}

static void what_is_due_becomes_a_command(void **state)
{
	struct uuid due = desk_id_in_lane(10), later = desk_id_in_lane(3);

	(void)state;
	set_timer("sla", due, "-2 s", 0);
	set_timer("sla", later, "1 h", 0);
	assert_int_equal(timer_fire(&ticker), 1);
	assert_string_equal(
	        told("exchange || ' ' || routing_key || ' ' || type", ""), "guichet.commands cmd.ticket.a ticket.tick");
	assert_string_equal(
	        told("(body::jsonb ->> 'ticketId') || (body::jsonb ->> 'kind') || (body::jsonb ->> 'timerVersion')",
	                ""),
	        arena_printf(desk_arena, "%ssla7", id_text(due)));
	assert_string_equal(ask("select subject from timers"), id_text(later));
	assert_int_equal(timer_fire(&ticker), 0);
	assert_int_equal(ask_number("select count(*) from outbox"), 1);
}

static void the_lane_takes_what_is_told(void **state)
{
	struct uuid ticket = desk_ticket();
	struct message m = { .exchange = TEXT("guichet.commands"), .content_type = TEXT(CONTENT_TYPE) };

	(void)state;
	set_timer("wake", ticket, "-1 s", 3);
	assert_int_equal(timer_fire(&ticker), 1);
	m.type = text_of(ask("select type from outbox where type = 'ticket.tick'"));
	m.body = text_of(ask("select body from outbox where type = 'ticket.tick'"));
	m.message_id = text_of(ask("select headers ->> 'message_id' from outbox where type = 'ticket.tick'"));
	m.fp = text_of(ask("select headers ->> 'fp' from outbox where type = 'ticket.tick'"));
	m.accepted_at = ask_number("select headers ->> 'accepted_at' from outbox where type = 'ticket.tick'");
	m.queue = m.routing_key = text_of(ask("select routing_key from outbox where type = 'ticket.tick'"));
	if (desk_apply(m)->outcome != JOB_DONE)
		fail_msg("%s", desk_attempt.batch.jobs[0].death);
	assert_int_equal(
	        ask_number("select count(*) from inbox_keyed where state = 'done' and type = 'ticket.tick'"), 1);
}

static void the_highest_rank_goes_first(void **state)
{
	(void)state;
	ask("insert into timers (kind, subject, due_at, version, rank) select 'sla', ('00000000-0000-7000-8000-' || "
	    "lpad(n::text, 12, '0'))::uuid, now() - make_interval(secs => n), 1, n %% 4 from generate_series(1, 600) "
	    "n");
	assert_int_equal(timer_fire(&ticker), TIMER_SLICE);
	assert_string_equal(ask("select right(body::jsonb ->> 'ticketId', 3) from outbox order by id limit 1"), "599");
	assert_int_equal(ask_number("select count(*) from timers where rank = 3"), 150 - TIMER_SLICE);
	assert_int_equal(ask_number("select count(*) from timers where rank < 3"), 450);
	while (timer_fire(&ticker))
		;
	assert_int_equal(ask_number("select count(*) from (select body::jsonb ->> 'ticketId' < lag(body::jsonb ->> "
	                            "'ticketId') over "
	                            "(order by id) as falls from outbox) o where not falls"),
	        3);
	assert_int_equal(ask_number("select count(distinct headers ->> 'message_id') from outbox"), 600);
}

static void several_of_one_ticket_are_one_command(void **state)
{
	struct uuid ticket = uuid_new();

	(void)state;
	set_timer("sla", ticket, "-1 s", 1);
	set_timer("close", ticket, "-9 s", 1);
	set_timer("remind", ticket, "-5 s", 1);
	assert_int_equal(timer_fire(&ticker), 3);
	assert_string_equal(told("body::jsonb ->> 'kind'", ""), "close");
	assert_int_equal(own->flight.count, 1);
}

static void what_another_has_in_hand_is_left_to_it(void **state)
{
	struct questioner *other = questioner_open();
	struct uuid first = uuid_new(), second = uuid_new();

	(void)state;
	set_timer("sla", first, "-9 s", 0);
	set_timer("sla", second, "-1 s", 0);
	questioner_ask(other, "begin");
	questioner_ask(other, "select * from timers where subject = '%s' for update", id_text(first));
	assert_int_equal(timer_fire(&ticker), 1);
	assert_string_equal(told("body::jsonb ->> 'ticketId'", ""), id_text(second));
	questioner_ask(other, "update timers set due_at = now() + interval '1 h'");
	questioner_ask(other, "commit");
	assert_int_equal(timer_fire(&ticker), 0);
	questioner_close(&other);
}

static void the_same_row_has_the_same_id(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		ask("insert into timers (kind, subject, due_at, version) values ('sla', "
		    "'00000000-0000-7000-8000-000000000001', "
		    "'2026-01-01 00:00Z', %d)",
		        i < 2 ? 1 : 2);
		assert_int_equal(timer_fire(&ticker), 1);
	}
	assert_int_equal(ask_number("select count(*) from outbox"), 3);
	assert_int_equal(ask_number("select count(distinct headers ->> 'message_id') from outbox"), 2);
	assert_int_equal(ask_number("select count(distinct headers ->> 'fp') from outbox"), 2);
}

/* --- how much, and when -------------------------------------------------------------- */
static int work_off(int64_t most_ms)
{
	int64_t end = clock_mono_ms() + most_ms;

	while (clock_mono_ms() < end && ask_number("select count(*) from timers where due_at <= now()"))
		timer_work(&ticker);
	return (int)ask_number("select count(*) from outbox");
}

static void no_more_goes_out_than_lanes_take(void **state)
{
	(void)state;
	ask("insert into timers (kind, subject, due_at, version) select 'sla', gen_random_uuid(), now() - interval '1 "
	    "min', "
	    "1 from generate_series(1, 1500)");
	assert_int_equal(work_off(FLIGHT_FORGET_MS / 2), FLIGHT_MOST);
	/* What was applied makes room... */
	ask("insert into inbox_keyed (command_id, state, type, status, code, fp) select (headers ->> "
	    "'message_id')::uuid, 'done', "
	    "type, 200, '', '\\x00' from outbox limit 300");
	assert_int_equal(work_off(FLIGHT_FORGET_MS / 4), FLIGHT_MOST + 300 / TIMER_SLICE * TIMER_SLICE);
	/* ...and what lies in a lane that stands still is not waited for for ever. */
	assert_int_equal(work_off(FLIGHT_FORGET_MS * 3), 1500);
}

static void what_is_on_time_waits_for_no_lane(void **state)
{
	(void)state;
	for (int i = 0; i < FLIGHT_MOST; i++)
		flight_add(&own->flight, uuid_new(), clock_mono_ms());
	set_timer("sla", uuid_new(), "0 s", 0);
	assert_false(timer_work(&ticker));
	assert_int_equal(ask_number("select count(*) from outbox"), 1);
	set_timer("sla", uuid_new(), "-5 s", 0);
	own->look_after_ms = 0;
	assert_false(timer_work(&ticker));
	assert_int_equal(ask_number("select count(*) from outbox"), 1);
}

static void it_rests_until_the_earliest_is_due(void **state)
{
	int64_t rest_ms;

	(void)state;
	set_timer("sla", uuid_new(), "30 s", 2);
	set_timer("sla", uuid_new(), "20 s", 0);
	assert_false(timer_work(&ticker));
	rest_ms = own->look_after_ms - clock_mono_ms();
	assert_in_range(rest_ms, 19000, 20001);
	/* No statement is sent before: the database could be away. */
	db_close(&ticker.trunk.db);
	assert_false(timer_work(&ticker));
	ticker.trunk.db = desk_as("timer", "");
	ask("update timers set due_at = now() + interval '3 h'");
	own->look_after_ms = 0;
	assert_false(timer_work(&ticker));
	assert_in_range(own->look_after_ms - clock_mono_ms(), 59000, 60000);
}

static void a_million_that_wait_are_not_read(void **state)
{
	const char *plan;

	(void)state;
	ask("insert into timers (kind, subject, due_at, version, rank) select 'sla', gen_random_uuid(), now() + "
	    "make_interval(secs "
	    "=> 60 + n), 1, n %% 4 from generate_series(1, 100000) n");
	ask("analyze timers");
	ask("create or replace function pg_temp.plan_of(query text) returns text language plpgsql as $$ declare line "
	    "text; plan text "
	    ":= ''; begin set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin "
	    "= off; "
	    "for line in execute 'explain (analyze, buffers, costs off, timing off) ' || query loop plan := plan || "
	    "line || E'\\n'; end "
	    "loop; return plan; end $$");
	plan = ask("select pg_temp.plan_of($query$%s$query$)", query_texts[QUERY_timer_look].sql);
	assert_non_null(strstr(plan, "Index Only Scan using timers_due"));
	assert_null(strstr(plan, "Seq Scan"));
	plan = ask("select substring(pg_temp.plan_of($query$%s$query$) from 'Buffers: shared [^\\n]*')",
	        query_texts[QUERY_timer_look].sql);
	assert_true(atoi(strpbrk(plan, "0123456789")) < 100);
	plan = ask("select pg_temp.plan_of(replace($query$%s$query$, '$1', '256'))", query_texts[QUERY_timer_take].sql);
	assert_non_null(strstr(plan, "Index Scan using timers_due"));
	assert_null(strstr(plan, "Seq Scan"));
}

/* --- recomputations ------------------------------------------------------------------ */
static void make_tickets(int count, const char *status, const char *policy)
{
	desk_people();
	ask("insert into tickets (id, number, status, priority, category, title, owner_id, version, created_at, "
	    "updated_at, closed_at, "
	    "response_due_at, due_at, description, policy_id) select gen_random_uuid(), '%s-' || gen_random_uuid(), "
	    "'%s', 'low', '', 't', '%s', 1, now(), now(), case when "
	    "'%s' = 'closed' then now() end, now(), now(), 'd', %s from generate_series(1, %d) n",
	        status, status, id_text(desk_owner), status, policy, count);
}

static int walk_all(void)
{
	int turns = 0;

	while (timer_recompute(&ticker) > 0)
		turns++;
	return turns;
}

static void a_changed_policy_is_walked_in_slices(void **state)
{
	(void)state;
	make_tickets(2 * TIMER_SLICE + 10, "open", "null");
	make_tickets(20, "closed", "null");
	ask("insert into timers (kind, subject, due_at, version, payload) values ('recompute', "
	    "'00000000-0000-8000-8000-000000000001', now(), 2, '{\"of\": \"policy\"}')");
	assert_int_equal(timer_recompute(&ticker), TIMER_SLICE);
	assert_int_equal(ask_number("select count(*) from outbox where type = 'ticket.recompute'"), TIMER_SLICE);
	assert_string_equal(ask("select payload ->> 'of' from timers"), "policy");
	/* Another process goes on where this one was. */
	assert_int_equal(walk_all(), 2);
	assert_int_equal(
	        ask_number("select count(distinct body::jsonb ->> 'ticketId') from outbox"), 2 * TIMER_SLICE + 10);
	assert_int_equal(ask_number("select count(*) from outbox"), 2 * TIMER_SLICE + 10);
	assert_int_equal(ask_number("select count(*) from timers"), 0);
	assert_int_equal(
	        ask_number("select count(*) from outbox where routing_key <> 'cmd.ticket.' || right(body::jsonb ->> "
	                   "'ticketId', 1)"),
	        0);
}

static void a_changed_calendar_concerns_those_that_go_by_it(void **state)
{
	(void)state;
	ask("insert into calendars (id, name, body) values ('00000000-0000-7000-8000-0000000000ca', 'c', '{}')");
	ask("insert into sla_policies (id, name, position, calendar_id, body) values "
	    "('00000000-0000-7000-8000-0000000000b0', 'p', 1, "
	    "'00000000-0000-7000-8000-0000000000ca', '{}')");
	make_tickets(5, "waiting_user", "'00000000-0000-7000-8000-0000000000b0'");
	make_tickets(7, "open", "null");
	ask("insert into timers (kind, subject, due_at, version, payload) values ('recompute', "
	    "'00000000-0000-7000-8000-0000000000ca', now(), 2, '{\"of\": \"calendar\"}')");
	assert_int_equal(walk_all(), 1);
	assert_int_equal(ask_number("select count(*) from outbox"), 5);
	assert_int_equal(ask_number("select count(*) from timers"), 0);
}

static void another_change_begins_anew(void **state)
{
	(void)state;
	make_tickets(TIMER_SLICE + 1, "open", "null");
	for (int version = 2; version < 4; version++) {
		ask("insert into timers (kind, subject, due_at, version, payload) values ('recompute', "
		    "'00000000-0000-8000-8000-000000000001', now(), %d, '{\"of\": \"policy\"}') on conflict (kind, "
		    "subject) do update "
		    "set version = excluded.version, payload = excluded.payload",
		        version);
		assert_int_equal(timer_recompute(&ticker), TIMER_SLICE);
	}
	walk_all();
	assert_int_equal(
	        ask_number("select count(distinct headers ->> 'message_id') from outbox"), 2 * TIMER_SLICE + 1);
}

/* --- schedules -------------------------------------------------------------------------- */
static struct uuid make_schedule(const char *rule, const char *starts, const char *due)
{
	struct uuid id = uuid_new();

	desk_people();
	ask("insert into schedules (id, name, owner_id, rule, timezone, starts_at, title, description, priority, "
	    "category) values "
	    "('%s', 's', '%s', '%s', 'Europe/Paris', '%s', 'Change the tape', 'Drive 2', 'high', 'hardware')",
	        id_text(id), id_text(desk_owner), rule, starts);
	ask("insert into timers (kind, subject, due_at, version) values ('schedule', '%s', '%s', 1)", id_text(id), due);
	return id;
}

static void a_schedule_opens_a_ticket_and_comes_again(void **state)
{
	struct uuid id = make_schedule("FREQ=MONTHLY;BYDAY=1MO", "2026-01-05 08:00Z", "2026-02-02 08:00Z");
	const char *next;

	(void)state;
	assert_int_equal(timer_fire(&ticker), 1);
	assert_string_equal(told("type || ' ' || (body::jsonb ->> 'title') || ' ' || (body::jsonb ->> 'priority')", ""),
	        "ticket.create Change the tape high");
	assert_string_equal(told("body::jsonb ->> 'userId'", ""), id_text(desk_owner));
	assert_int_equal(ask_number("select count(*) from outbox where routing_key = 'cmd.ticket.' || "
	                            "right(body::jsonb ->> 'ticketId', 1)"),
	        1);
	next = ask("select to_char(due_at at time zone 'Europe/Paris', 'Dy HH24:MI') || (due_at > now()) || (due_at < "
	           "now() + "
	           "interval '37 days') || (extract(day from due_at at time zone 'Europe/Paris') <= 7) from timers "
	           "where kind = 'schedule' "
	           "and subject = '%s'",
	        id_text(id));
	assert_string_equal(next, "Mon 09:00truetruetrue");
	/* Whatever was missed meanwhile was one ticket. */
	assert_int_equal(timer_fire(&ticker), 0);
}

static void a_schedule_that_ends_or_rests_comes_no_more(void **state)
{
	struct uuid ends = make_schedule("FREQ=DAILY;COUNT=2", "2026-01-05 08:00Z", "2026-01-06 08:00Z");
	struct uuid rests = make_schedule("FREQ=DAILY", "2026-01-05 08:00Z", "2026-01-06 08:00Z");
	struct uuid gone = make_schedule("FREQ=DAILY", "2026-01-05 08:00Z", "2026-01-06 08:00Z");

	(void)state;
	(void)ends;
	ask("update schedules set active = false where id = '%s'", id_text(rests));
	ask("update schedules set deleted_at = now() where id = '%s'", id_text(gone));
	assert_int_equal(timer_fire(&ticker), 3);
	assert_int_equal(ask_number("select count(*) from outbox"), 1);
	assert_int_equal(ask_number("select count(*) from timers"), 0);
}

static void a_schedule_waits_for_its_time_zone(void **state)
{
	struct uuid id = make_schedule("FREQ=DAILY", "2026-01-05 08:00Z", "2026-01-06 08:00Z");

	(void)state;
	ask("update schedules set timezone = 'Mars/Olympus' where id = '%s'", id_text(id));
	assert_int_equal(timer_fire(&ticker), 1);
	assert_int_equal(ask_number("select count(*) from outbox"), 0);
	assert_int_equal(ask_number("select count(*) from timers where due_at between now() + interval '59 min' and "
	                            "now() + interval '61 "
	                            "min'"),
	        1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("what is due becomes a command in the lane of its ticket, and what is not due stays",
		        what_is_due_becomes_a_command),
		SENTENCE("the lane takes what the timer worker tells it", the_lane_takes_what_is_told),
		SENTENCE("of many that are late the highest rank goes first, then the earliest",
		        the_highest_rank_goes_first),
		SENTENCE(
		        "several that are due about one ticket are one command", several_of_one_ticket_are_one_command),
		SENTENCE("what another has in hand is left to it, and what was put off meanwhile is not fired",
		        what_another_has_in_hand_is_left_to_it),
		SENTENCE("the same row asks for the same thing, another version for another",
		        the_same_row_has_the_same_id),
		SENTENCE("no more is on its way than the lanes take, and a lane that stands still holds nobody up for "
		         "long",
		        no_more_goes_out_than_lanes_take),
		SENTENCE("what is on time waits for no lane", what_is_on_time_waits_for_no_lane),
		SENTENCE("it rests until the earliest is due, a minute at most, and says nothing meanwhile",
		        it_rests_until_the_earliest_is_due),
		SENTENCE("what waits is not read", a_million_that_wait_are_not_read),
		SENTENCE("a changed policy has every open ticket computed anew, slice by slice",
		        a_changed_policy_is_walked_in_slices),
		SENTENCE("a changed calendar concerns the tickets whose policy goes by it",
		        a_changed_calendar_concerns_those_that_go_by_it),
		SENTENCE("another change meanwhile begins with the first ticket again", another_change_begins_anew),
		SENTENCE("a schedule opens a ticket of its owner's and comes again on the same wall",
		        a_schedule_opens_a_ticket_and_comes_again),
		SENTENCE("a schedule that ends, rests or is gone comes no more",
		        a_schedule_that_ends_or_rests_comes_no_more),
		SENTENCE("a schedule whose time zone cannot be read waits", a_schedule_waits_for_its_time_zone),
	};

	return cmocka_run_group_tests(tests, open_desk, desk_close);
}
