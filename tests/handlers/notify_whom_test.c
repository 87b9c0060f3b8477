/* notify_whom_test.c - the notify worker against a real PostgreSQL, as its own role: who has which rows, and what
 * waits. */
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
#include "workers/notify/notify.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, tear_down, NULL                                                               \
	}

static struct db *notify;
static struct uuid ticket;

static int set_up(void **state)
{
	desk_empty(state);
	desk_owner = desk_account("user", true);
	desk_agent = desk_account("agent", true);
	ticket = uuid_new();
	notify = desk_as("notify", "");
	return db_fault(notify) == DB_FINE ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	db_close(&notify);
	return 0;
}

/* --- events --------------------------------------------------------------------------- */
static struct arrival arrival_of(int place)
{
	const char *row = arena_printf(desk_arena,
	        "from (select *, row_number() over (order by id) - 1 as place from outbox where exchange = "
	        "'guichet.events') o "
	        "where place = %d",
	        place);
	struct arrival arrival = { .fresh = true };

	arrival.body = json_loads(ask("select body %s", row), 0, NULL);
	assert_non_null(arrival.body);
	arrival.envelope.type = text_of(ask("select type %s", row));
	uuid_parse(text_of(ask("select headers ->> 'message_id' %s", row)), &arrival.envelope.id);
	uuid_parse(text_of(ask("select headers ->> 'actor' %s", row)), &arrival.envelope.actor);
	return arrival;
}

/* All events of the outbox, in one batch; false: it was not committed. */
static bool tell(void)
{
	int count = (int)ask_number("select count(*) from outbox where exchange = 'guichet.events'");
	struct consumption c = { .db = notify, .arena = desk_arena, .now_us = clock_unix_us(), .count = count };
	bool good;

	c.arrivals = ARENA_ARRAY(desk_arena, struct arrival, (size_t)count);
	for (int i = 0; i < count; i++)
		c.arrivals[i] = arrival_of(i);
	db_begin(notify);
	known_load(&c);
	good = db_sync(notify);
	if (good)
		notify_apply(&c);
	good = good && db_commit(notify);
	if (!good)
		fprintf(stderr, "notify: %s %s\n", db_sqlstate(notify), db_message(notify));
	for (int i = 0; i < count; i++)
		json_decref(c.arrivals[i].body);
	db_rollback(notify);
	return good;
}

static void told_of_all_before(void)
{
	assert_true(tell());
	ask("delete from outbox");
	ask("update notifications set told_at = now() - interval '1 hour', created_at = now() - interval '1 hour'");
}

static int64_t due(void)
{
	db_reset(notify);
	notify_due(notify);
	if (db_fault(notify) != DB_FINE)
		fail_msg("due: %s %s", db_sqlstate(notify), db_message(notify));
	return ask_number("select count(*) from notifications where state = 'waiting'");
}

static void create(void)
{
	struct message m = desk_create(uuid_new(), desk_owner, ticket);

	assert_int_equal(desk_apply(m)->outcome, JOB_DONE);
}

static void comment(struct uuid actor, const char *content)
{
	assert_int_equal(desk_apply(desk_comment(uuid_new(), actor, ticket, content))->outcome, JOB_DONE);
}

/* "channel state decided" of the account's rows about a template, with commas between. */
static const char *rows_of(struct uuid account, const char *template)
{
	return ask("select coalesce(string_agg(concat_ws(' ', channel, state, why ->> 'rule', why ->> 'decided'), ', ' "
	           "order by "
	           "channel), '') from notifications where recipient_id = '%s' and template = '%s'",
	        id_text(account), template);
}

static void choose(struct uuid account, const char *json)
{
	ask("update accounts set notifications = '%s' where id = '%s'", json, id_text(account));
}

/* --- tests ------------------------------------------------------------------------------ */
static void an_event_has_a_row_for_each_person_and_channel(void **state)
{
	(void)state;
	create();
	assert_true(tell());
	assert_string_equal(rows_of(desk_owner, "ticket_created"), "email told owner told, in_app told owner told");
	assert_string_equal(rows_of(desk_agent, "ticket_new"), "email waiting staff digest, in_app told staff told");
	assert_int_equal(
	        ask_number("select count(*) from mails m join notifications n on n.id = m.id and n.mail_id = m.id "
	                   "and n.channel = 'email' and m.topic is null and m.unsubscribe is null"),
	        1);
	assert_int_equal(ask_number("select count(*) from mails"), 1);
	assert_true(tell());
	assert_int_equal(ask_number("select count(*) from mails"), 1);
	assert_int_equal(ask_number("select count(*) from notifications"), 4);
	assert_string_equal(ask("select title from notifications where channel = 'in_app' and template = 'ticket_new'"),
	        ask("select 'Nouveau ticket à prendre: #' || number || ' ' || title from tickets"));
}

static void who_is_disabled_is_told_nothing(void **state)
{
	(void)state;
	create();
	ask("update accounts set active = false");
	assert_true(tell());
	assert_int_equal(ask_number("select count(*) from notifications"), 0);
}

static void what_is_declined_is_written_down(void **state)
{
	(void)state;
	create();
	told_of_all_before();
	choose(desk_owner, "{\"notifications\": {\"ticket_commented\": {\"email\": \"off\"}}}");
	comment(desk_agent, "Bonjour");
	assert_true(tell());
	assert_string_equal(
	        rows_of(desk_owner, "ticket_updated"), "email declined owner declined, in_app told owner told");
	assert_int_equal(ask_number("select count(*) from mails where template = 'ticket_updated'"), 0);
}

static void a_burst_becomes_two_mails_that_tell_all_of_it(void **state)
{
	(void)state;
	create();
	told_of_all_before();
	for (int i = 0; i < 4; i++)
		comment(desk_agent, arena_printf(desk_arena, "Nouvelle %d", i));
	assert_true(tell());
	assert_int_equal(ask_number("select count(*) from mails where template = 'ticket_updated'"), 1);
	assert_int_equal(
	        ask_number(
	                "select count(*) from notifications where state = 'waiting' and why ->> 'decided' = 'burst'"),
	        3);
	assert_int_equal(due(), 4); /* and a digest; nothing is due yet */
	ask("update notifications set due_at = now() where why ->> 'decided' = 'burst' and state = 'waiting'");
	assert_int_equal(due(), 1);
	assert_int_equal(ask_number("select count(*) from mails where template = 'burst'"), 1);
	assert_string_equal(ask("select fields ->> 'count' from mails where template = 'burst'"), "3");
	assert_int_equal(
	        ask_number("select count(*) from mails where template = 'burst' and fields ->> 'list' like "
	                   "'%%Nouvelle 1%%Nouvelle 2%%Nouvelle 3%%' and jsonb_array_length(fields -> 'items') = 3"),
	        1);
	assert_int_equal(
	        ask_number("select count(distinct mail_id) from notifications where template = 'ticket_updated' and "
	                   "channel = 'email' and state = 'told'"),
	        2);
	assert_int_equal(due(), 1);
	assert_int_equal(ask_number("select count(*) from mails where template = 'burst'"), 1);
}

static void a_burst_of_one_is_told_by_its_own_template(void **state)
{
	(void)state;
	create();
	told_of_all_before();
	comment(desk_agent, "Un");
	comment(desk_agent, "Deux");
	assert_true(tell());
	ask("update notifications set due_at = now() where why ->> 'decided' = 'burst' and state = 'waiting'");
	due();
	assert_int_equal(ask_number("select count(*) from mails where template = 'ticket_updated' and topic = "
	                            "'ticket_commented'"),
	        2);
}

/* What becomes told is told now: whoever follows (xid, seq) finds it behind what he has seen. */
static void a_digest_is_one_mail_and_comes_last(void **state)
{
	(void)state;
	choose(desk_owner, "{\"notifications\": {\"ticket_commented\": {\"email\": \"digest\"}}}");
	create();
	comment(desk_agent, "Un");
	comment(desk_agent, "Deux");
	assert_true(tell());
	ask("update notifications set due_at = now() where state = 'waiting'");
	assert_int_equal(due(), 0);
	assert_string_equal(
	        ask("select string_agg(concat_ws(' ', template, topic, unsubscribe, fields ->> 'count'), ', ' order by "
	            "fields ->> 'count') from mails where template = 'digest'"),
	        "digest digest digest 1, digest digest digest 2");
	assert_string_equal(
	        ask("select bool_and(w.seq > t.seq and w.xid > t.xid) from notifications w, notifications t where "
	            "w.why ->> 'decided' = 'digest' and t.why ->> 'decided' = 'told'"),
	        "t");
}

static void who_may_know_no_more_when_it_is_due_is_told_nothing(void **state)
{
	struct uuid other = desk_account("agent", true);

	(void)state;
	create();
	assert_true(tell());
	ask("update notifications set due_at = now() where state = 'waiting'");
	ask("update accounts set active = false where id = '%s'", id_text(desk_agent));
	ask("update accounts set role = 'user' where id = '%s'", id_text(other));
	assert_int_equal(due(), 0);
	assert_string_equal(
	        rows_of(desk_agent, "ticket_new"), "email declined staff no longer concerned, in_app told staff told");
	assert_string_equal(
	        rows_of(other, "ticket_new"), "email declined staff no longer concerned, in_app told staff told");
	assert_int_equal(ask_number("select count(*) from mails where template = 'digest'"), 0);
}

/* While one worker tells, what it has locked is nobody else's. */
static void two_workers_tell_what_is_due_once(void **state)
{
	struct questioner *other = questioner_open();

	(void)state;
	create();
	assert_true(tell());
	ask("update notifications set due_at = now() where state = 'waiting'");
	questioner_ask(other, "begin");
	assert_string_equal(questioner_ask(other, "select notifications_due(10)"), "1");
	due();
	assert_int_equal(ask_number("select count(*) from mails where template = 'digest'"), 0);
	questioner_ask(other, "rollback");
	due();
	assert_int_equal(ask_number("select count(*) from mails where template = 'digest'"), 1);
	assert_string_equal(questioner_ask(other, "select notifications_due(10)"), "0");
	questioner_close(&other);
}

static void whoever_is_mentioned_is_told(void **state)
{
	struct uuid ann = desk_account("agent", true), stranger = desk_account("user", true),
	            watcher = desk_account("user", true);

	(void)state;
	ask("update accounts set first_name = 'Ann', last_name = 'Li' where id = '%s'", id_text(ann));
	ask("update accounts set email = 'stranger@example.org' where id = '%s'", id_text(stranger));
	ask("update accounts set email = 'watcher@example.org' where id = '%s'", id_text(watcher));
	create();
	told_of_all_before();
	ask("update tickets set watchers = array['%s']::uuid[]", id_text(watcher));
	comment(desk_agent, "@Ann.Li, @stranger@example.org et @watcher@example.org: regardez");
	assert_true(tell());
	assert_string_equal(rows_of(ann, "ticket_mentioned"), "email told mentioned told, in_app told mentioned told");
	assert_string_equal(
	        rows_of(watcher, "ticket_mentioned"), "email told mentioned told, in_app told mentioned told");
	assert_int_equal(
	        ask_number("select count(*) from notifications where recipient_id = '%s'", id_text(stranger)), 0);
	assert_int_equal(
	        ask_number("select count(*) from notifications where recipient_id = '%s' and channel = 'email'",
	                id_text(watcher)),
	        1);
	assert_int_equal(ask_number("select count(*) from notifications where recipient_id = '%s' and template = "
	                            "'ticket_mentioned'",
	                         id_text(desk_agent)),
	        0);
}

static void a_role_that_is_mentioned_is_everybody_who_has_it(void **state)
{
	struct uuid boss = desk_account("manager", true);

	(void)state;
	create();
	told_of_all_before();
	comment(desk_owner, "Bonjour @managers");
	assert_true(tell());
	assert_string_equal(rows_of(boss, "ticket_mentioned"), "email told mentioned told, in_app told mentioned told");
	assert_string_equal(rows_of(desk_agent, "ticket_mentioned"), "");
}

static void who_has_subscribed_gets_the_mail_of_a_new_ticket(void **state)
{
	struct uuid other = desk_account("agent", true);

	(void)state;
	choose(desk_agent, "{\"subscriptions\": [{\"id\": \"x\", \"priority\": \"medium\"}]}");
	create();
	assert_true(tell());
	assert_string_equal(
	        rows_of(desk_agent, "ticket_new"), "email told subscribed told, in_app told subscribed told");
	assert_string_equal(rows_of(other, "ticket_new"), "email declined staff declined, in_app told staff told");
}

static void the_topics_of_sql_are_those_of_the_rows(void **state)
{
	(void)state;
	assert_int_equal(ask_number("select count(*) from notification_topics()"), notification_topic_count - 1);
	for (int t = 1; t < notification_topic_count; t++) {
		const struct topic *topic = &topics[t];

		assert_string_equal(
		        ask("select concat_ws(' ', must, email, in_app) from notification_topics() where topic = '%s'",
		                topic->word),
		        arena_printf(desk_arena, "%c %s %s", topic->must ? 't' : 'f',
		                notification_wish_word(topic->by_default[CHANNEL_EMAIL]),
		                notification_wish_word(topic->by_default[CHANNEL_IN_APP])));
	}
}

static int open_notify(void **state)
{
	return settings_load((struct setting *const[]){ channels_settings, NULL }, stderr) ? desk_open(state) : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("an event has a row for each person and channel, once",
		        an_event_has_a_row_for_each_person_and_channel),
		SENTENCE("who is disabled is told nothing", who_is_disabled_is_told_nothing),
		SENTENCE("what is declined is written down", what_is_declined_is_written_down),
		SENTENCE(
		        "a burst becomes two mails that tell all of it", a_burst_becomes_two_mails_that_tell_all_of_it),
		SENTENCE("a burst of one is told by its own template", a_burst_of_one_is_told_by_its_own_template),
		SENTENCE("a digest is one mail, and comes last", a_digest_is_one_mail_and_comes_last),
		SENTENCE("who may know no more when it is due is told nothing",
		        who_may_know_no_more_when_it_is_due_is_told_nothing),
		SENTENCE("two workers tell what is due once", two_workers_tell_what_is_due_once),
		SENTENCE("whoever is mentioned is told", whoever_is_mentioned_is_told),
		SENTENCE("a role that is mentioned is everybody who has it",
		        a_role_that_is_mentioned_is_everybody_who_has_it),
		SENTENCE("who has subscribed gets the mail of a new ticket",
		        who_has_subscribed_gets_the_mail_of_a_new_ticket),
		SENTENCE("the topics of SQL are those of the rows", the_topics_of_sql_are_those_of_the_rows),
	};

	return cmocka_run_group_tests_name("notifications", tests, open_notify, desk_close);
}
