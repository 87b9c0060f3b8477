/* outbox_test.c - events on their way out: the relay's cursor, the consumers' inbox. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/handlers/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, tear_down, NULL                                                               \
	}
#define INSERT "insert into outbox (exchange, routing_key, type, headers, body) values ('e', '%s', 't', '{}', '{}')"

static struct db *relay;
static struct questioner *a, *b;

static int set_up(void **state)
{
	desk_empty(state);
	relay = desk_as("relay", "");
	a = questioner_open();
	b = questioner_open();
	return db_fault(relay) == DB_FINE ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	db_close(&relay);
	questioner_close(&a);
	questioner_close(&b);
	return 0;
}

static const char *fetch(bool move)
{
	return desk_carry(relay, move);
}

static void rows_come_in_the_order_written(void **state)
{
	(void)state;
	questioner_ask(a, INSERT, "one");
	questioner_ask(b, INSERT, "two");
	questioner_ask(a, INSERT, "three");
	assert_string_equal(fetch(false), "one two three");
	assert_string_equal(fetch(true), "one two three");
	assert_string_equal(fetch(true), "");
	questioner_ask(b, INSERT, "four");
	assert_string_equal(fetch(true), "four");
}

/* 100 comes after 99, and not before it as in a dictionary. */
static void a_transaction_number_of_more_digits_comes_later(void **state)
{
	(void)state;
	questioner_ask(a, "insert into outbox (xid, exchange, routing_key, type, headers, body) values "
	                  "('100', 'e', 'hundred', 't', '{}', '{}'), ('99', 'e', 'ninety-nine', 't', '{}', '{}'), "
	                  "('9', 'e', 'nine', 't', '{}', '{}'), ('10', 'e', 'ten', 't', '{}', '{}')");
	questioner_ask(a, "update relay_cursor set xid = '1', id = 0");
	assert_string_equal(fetch(true), "nine ten ninety-nine hundred");
	assert_string_equal(fetch(true), "");
}

/* However large the bodies are, the relay holds some megabytes of them at a time. */
static void a_stretch_is_bounded_in_bytes(void **state)
{
	struct db_result *rows;

	(void)state;
	questioner_ask(a, "insert into outbox (exchange, routing_key, type, headers, body) select 'e', 'k', 't', '{}', "
	                  "repeat('x', "
	                  "250000) from generate_series(1, 40)");
	db_reset(relay);
	rows = db_send(relay, QUERY_relay_fetch, P_TEXT(TEXT("0")), P_INT(0));
	assert_true(db_sync(relay));
	assert_int_equal(db_rows(rows), 17);
	questioner_ask(a, "delete from outbox");
	questioner_ask(a, "insert into outbox (exchange, routing_key, type, headers, body) values ('e', 'k', 't', "
	                  "'{}', repeat('x', "
	                  "5000000))");
	assert_string_equal(fetch(true), "k");
}

/* a begins first and commits last: nothing of b's may be passed before it. */
static void a_late_commit_is_not_lost(void **state)
{
	(void)state;
	questioner_ask(a, INSERT, "zero");
	questioner_ask(a, "begin");
	questioner_ask(a, INSERT, "late");
	questioner_ask(b, "begin");
	questioner_ask(b, INSERT, "early");
	questioner_ask(b, "commit");
	assert_string_equal(fetch(true), "zero");
	assert_string_equal(fetch(true), "");
	questioner_ask(a, "commit");
	assert_string_equal(fetch(true), "late early");
	assert_string_equal(fetch(true), "");
}

/* The higher xid inserts first, so its row has the lower id. */
static void a_lower_id_with_a_later_commit_is_not_lost(void **state)
{
	(void)state;
	questioner_ask(a, "begin");
	questioner_ask(a, "select pg_current_xact_id()");
	questioner_ask(b, "begin");
	questioner_ask(b, INSERT, "low-id");
	questioner_ask(a, INSERT, "high-id");
	questioner_ask(a, "commit");
	assert_string_equal(fetch(true), "high-id");
	questioner_ask(b, "commit");
	assert_string_equal(fetch(true), "low-id");
}

static void what_is_rolled_back_is_never_told(void **state)
{
	(void)state;
	questioner_ask(a, "begin");
	questioner_ask(a, INSERT, "never");
	questioner_ask(b, INSERT, "told");
	assert_string_equal(fetch(true), "");
	questioner_ask(a, "rollback");
	assert_string_equal(fetch(true), "told");
}

/* --- after a logical restore ------------------------------------------------------------ */
static bool cursor_is_foreign(void)
{
	struct db_result *cursor;

	db_reset(relay);
	cursor = db_send_params(relay, QUERY_relay_cursor, 0, NULL);
	assert_true(db_sync(relay));
	return db_bool(cursor, 0, 2);
}

/* The others go on writing: a few transactions later nothing is from the future any more. */
static void a_cursor_from_the_future_stays_refused(void **state)
{
	(void)state;
	ask("update relay_cursor set xid = (pg_current_xact_id()::text::bigint + 8)::text::xid8, id = 5");
	assert_true(cursor_is_foreign());
	for (int i = 0; i < 20; i++)
		ask("select pg_current_xact_id()");
	assert_string_equal(ask("select xid < pg_snapshot_xmin(pg_current_snapshot()) from relay_cursor"), "t");
	assert_true(cursor_is_foreign());
	ask("select outbox_rebase()");
	assert_false(cursor_is_foreign());
}

static void a_cursor_of_another_cluster_is_refused(void **state)
{
	(void)state;
	assert_false(cursor_is_foreign());
	ask("update relay_cursor set cluster = 42");
	assert_true(cursor_is_foreign());
	ask("select outbox_rebase()");
	assert_false(cursor_is_foreign());
}

/* As pg_restore leaves it: two rows of the other cluster that were sent, one that was not, and a cursor between. */
static void restore(const char *xid)
{
	ask("insert into outbox (xid, exchange, routing_key, type, headers, body) values "
	    "('%s1', 'e', 'sent', 't', '{}', '{}'), ('%s2', 'e', 'sent-too', 't', '{}', '{}'), "
	    "('%s3', 'e', 'unsent', 't', '{}', '{}')",
	        xid, xid, xid);
	ask("update relay_cursor set cluster = 42, (xid, id) = (select xid, id from outbox where routing_key = "
	    "'sent-too')");
}

static void a_restore_is_rebased(const char *xid)
{
	restore(xid);
	questioner_ask(a, INSERT, "since");
	questioner_ask(a, "begin");
	questioner_ask(a, INSERT, "open");
	for (int i = 0; i < 5; i++)
		questioner_ask(b, INSERT, "beside");
	assert_true(cursor_is_foreign());
	ask("select outbox_rebase()");
	assert_string_equal(fetch(true), "");
	questioner_ask(b, INSERT, "after");
	questioner_ask(a, "commit");
	assert_string_equal(fetch(true), "open unsent since beside beside beside beside beside after");
	assert_string_equal(fetch(true), "");
}

static void a_restore_into_a_younger_cluster_loses_nothing(void **state)
{
	(void)state;
	a_restore_is_rebased("90000000000");
}

static void a_restore_into_an_older_cluster_loses_nothing(void **state)
{
	(void)state;
	a_restore_is_rebased("1");
}

/* Sent before the backup was taken, and applied only after it: that application is not in the backup. */
static void what_one_consumer_had_not_applied_is_sent_again(void **state)
{
	const char *both = id_text(uuid_new()), *one = id_text(uuid_new()), *command = id_text(uuid_new()),
	           *open = id_text(uuid_new());

	(void)state;
	ask("insert into outbox (xid, exchange, routing_key, type, headers, body) select '901', v.exchange, v.key, "
	    "'t', "
	    "jsonb_build_object('message_id', v.id), '{}' from (values ('guichet.events', 'both', '%s'), "
	    "('guichet.events', 'one', '%s'), "
	    "('guichet.commands', 'applied', '%s'), ('guichet.commands', 'open', '%s')) as v(exchange, key, id)",
	        both, one, command, open);
	ask("insert into event_inbox (day, consumer, event_id) select current_date, c, e::uuid from (values ('audit', "
	    "'%s'), "
	    "('notify', '%s'), ('notify', '%s')) as v(c, e)",
	        both, both, one);
	ask("insert into inbox (day, command_id, state, type, status, fp) values (current_date, '%s', 'done', 't', "
	    "200, '')",
	        command);
	ask("update relay_cursor set cluster = 42, (xid, id) = (select xid, max(id) from outbox group by xid)");
	ask("select outbox_rebase()");
	assert_string_equal(fetch(true), "one open");
}

static void a_second_restore_loses_nothing_either(void **state)
{
	(void)state;
	a_restore_is_rebased("90000000000");
	ask("delete from outbox");
	a_restore_is_rebased("90000000001");
}

static void one_relay_is_active(void **state)
{
	struct db *second = desk_as("relay", "");
	struct db_result *mine, *other;

	(void)state;
	mine = db_send_params(relay, QUERY_relay_lock, 0, NULL);
	assert_true(db_sync(relay));
	assert_true(db_bool(mine, 0, 0));
	other = db_send_params(second, QUERY_relay_lock, 0, NULL);
	assert_true(db_sync(second));
	assert_false(db_bool(other, 0, 0));
	db_close(&second);
}

/* --- consumers --------------------------------------------------------------------- */
static int fresh_for(struct db *db, const char *consumer, const char *ids)
{
	struct db_result *rows;

	db_reset(db);
	rows = db_send(db, QUERY_event_inbox_add, P_TEXT(text_of(consumer)), P_TEXT(text_of(ids)));
	assert_true(db_sync(db));
	return db_rows(rows);
}

static void an_event_is_fresh_once_for_each_consumer(void **state)
{
	struct db *notify = desk_as("notify", "");
	const char *first = id_text(uuid_new()), *second = id_text(uuid_new());
	char *both = arena_printf(desk_arena, "{%s,%s,%s}", first, second, first);
	char *one = arena_printf(desk_arena, "{%s}", first);

	(void)state;
	assert_int_equal(fresh_for(notify, "notify", one), 1);
	assert_int_equal(fresh_for(notify, "notify", both), 1);
	assert_int_equal(fresh_for(notify, "notify", both), 0);
	assert_int_equal(fresh_for(notify, "audit", both), 2);
	db_close(&notify);
}

/* Derived ids carry no time, or any: they must find a day all the same. */
static void an_event_of_any_id_finds_a_day(void **state)
{
	static const char *const ids[] = { "{00000000-0000-7000-8000-000000000001}",
		"{ffffffff-ffff-7fff-bfff-ffffffffffff}", "{ffffffff-ffff-8fff-bfff-ffffffffffff}",
		"{7fffffff-ffff-4fff-bfff-ffffffffffff}" };
	struct db *notify = desk_as("notify", "");

	(void)state;
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		db_reset(notify);
		db_send(notify, QUERY_event_inbox_add, P_TEXT(TEXT("notify")), P_TEXT(text_of(ids[i])));
		if (!db_sync(notify))
			fail_msg("%s: %s %s", ids[i], db_sqlstate(notify), db_message(notify));
		assert_int_equal(fresh_for(notify, "notify", ids[i]), 0);
	}
	db_close(&notify);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a transaction number of more digits comes later",
		        a_transaction_number_of_more_digits_comes_later),
		SENTENCE("rows come in the order they were written, once", rows_come_in_the_order_written),
		SENTENCE("a stretch is bounded in bytes, and one row always goes", a_stretch_is_bounded_in_bytes),
		SENTENCE("a late commit is not lost", a_late_commit_is_not_lost),
		SENTENCE("a lower id with a later commit is not lost", a_lower_id_with_a_later_commit_is_not_lost),
		SENTENCE("what is rolled back is never told", what_is_rolled_back_is_never_told),
		SENTENCE("a cursor from the future stays refused when its time has come",
		        a_cursor_from_the_future_stays_refused),
		SENTENCE("a cursor of another cluster is refused until it is rebased",
		        a_cursor_of_another_cluster_is_refused),
		SENTENCE("a restore into a younger cluster loses nothing, beside an open writer too",
		        a_restore_into_a_younger_cluster_loses_nothing),
		SENTENCE(
		        "a restore into an older cluster loses nothing", a_restore_into_an_older_cluster_loses_nothing),
		SENTENCE("what one consumer had not applied is sent again",
		        what_one_consumer_had_not_applied_is_sent_again),
		SENTENCE("a second restore loses nothing either", a_second_restore_loses_nothing_either),
		SENTENCE("one relay is active", one_relay_is_active),
		SENTENCE("an event is fresh once for each consumer", an_event_is_fresh_once_for_each_consumer),
		SENTENCE("an event of any id finds a day", an_event_of_any_id_finds_a_day),
	};

	return cmocka_run_group_tests_name("outbox", tests, desk_open, desk_close);
}
