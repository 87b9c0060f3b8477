/* feed_test.c - the change feed: nothing is skipped, nothing twice, and what a place is good for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "queues/catalogue.h"
#include "tests/handlers/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, tear_down, NULL                                                               \
	}

static struct db *ingress;
static struct uuid admin;
static struct questioner *a, *b;

static int set_up(void **state)
{
	desk_empty(state);
	admin = desk_account("admin", true);
	ingress = desk_as("ingress", "");
	a = questioner_open();
	b = questioner_open();
	return db_fault(ingress) == DB_FINE ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	db_close(&ingress);
	questioner_close(&a);
	questioner_close(&b);
	return 0;
}

static void happens(struct questioner *q, const char *exchange, const char *type)
{
	questioner_ask(q,
	        "insert into outbox (exchange, routing_key, type, headers, body) values ('%s', '%s', '%s', '{}', "
	        "'{\"type\": \"%s\"}')",
	        exchange, type, type, type);
}

struct page {
	const char *verdict, *types, *next;
	bool more;
};

/* after: "" for the start. types: with blanks between. */
static struct page read_feed(struct uuid actor, const char *after, int64_t limit)
{
	struct read_event_feed fields = { .after = *after ? text_of(after) : TEXT_NONE, .limit = limit };
	struct db_result *rows;
	struct buffer wanted;
	struct page page;

	buffer_init(&wanted, desk_arena, 128);
	contract_write(&reads[READ_event_feed].record, &fields, &wanted);
	db_reset(ingress);
	rows = db_send(ingress, QUERY_event_feed, P_UUID(&actor), P_INT(reads[READ_event_feed].access),
	        P_TEXT(buffer_view(&wanted)));
	if (!db_sync(ingress))
		return (struct page){ .verdict = arena_printf(desk_arena, "%s", db_sqlstate(ingress)) };
	assert_int_equal(db_rows(rows), 1);
	page.verdict = text_dup(desk_arena, db_text(rows, 0, 0));
	page.types = page.next = "";
	page.more = false;
	if (strcmp(page.verdict, "ok") != 0) {
		assert_true(db_is_null(rows, 0, 3));
		return page;
	}
	page.types = ask("select coalesce(string_agg(e ->> 'type', ' ' order by n), '') from "
	                 "jsonb_array_elements('%s'::jsonb -> "
	                 "'events') with ordinality as t(e, n)",
	        text_dup(desk_arena, db_text(rows, 0, 3)));
	page.next = ask("select '%s'::jsonb ->> 'nextCursor'", text_dup(desk_arena, db_text(rows, 0, 4)));
	page.more = !strcmp(ask("select '%s'::jsonb ->> 'hasMore'", text_dup(desk_arena, db_text(rows, 0, 4))), "true");
	return page;
}

static void pages_follow_each_other(void **state)
{
	struct page page;

	(void)state;
	happens(a, "guichet.events", "one");
	happens(a, "guichet.work", "work");
	happens(a, "guichet.events", "two");
	happens(a, "guichet.commands", "command");
	happens(a, "guichet.events", "three");
	page = read_feed(admin, "", 2);
	assert_string_equal(page.types, "one two");
	assert_true(page.more);
	page = read_feed(admin, page.next, 2);
	assert_string_equal(page.types, "three");
	assert_false(page.more);
	page = read_feed(admin, page.next, 2);
	assert_string_equal(page.types, "");
	assert_false(page.more);
	happens(a, "guichet.events", "four");
	page = read_feed(admin, page.next, 2);
	assert_string_equal(page.types, "four");
	assert_string_equal(read_feed(admin, page.next, 2).types, "");
}

/* a begins first and commits last: what b told must wait for it. */
static void an_open_transaction_holds_the_feed_back(void **state)
{
	struct page page;

	(void)state;
	happens(a, "guichet.events", "zero");
	questioner_ask(a, "begin");
	happens(a, "guichet.events", "late");
	happens(b, "guichet.events", "early");
	page = read_feed(admin, "", 10);
	assert_string_equal(page.types, "zero");
	page = read_feed(admin, page.next, 10);
	assert_string_equal(page.types, "");
	questioner_ask(a, "commit");
	page = read_feed(admin, page.next, 10);
	assert_string_equal(page.types, "late early");
	assert_string_equal(read_feed(admin, page.next, 10).types, "");
}

/* The page ends inside one transaction's rows, and the next begins there. */
static void a_page_may_end_within_a_transaction(void **state)
{
	struct page page;

	(void)state;
	questioner_ask(a, "begin");
	happens(a, "guichet.events", "one");
	happens(a, "guichet.events", "two");
	happens(a, "guichet.events", "three");
	questioner_ask(a, "commit");
	page = read_feed(admin, "", 1);
	assert_string_equal(page.types, "one");
	page = read_feed(admin, page.next, 1);
	assert_string_equal(page.types, "two");
	page = read_feed(admin, page.next, 1);
	assert_string_equal(page.types, "three");
	assert_false(page.more);
}

static void now_is_the_end(void **state)
{
	struct page page;

	(void)state;
	happens(a, "guichet.events", "before");
	questioner_ask(a, "begin");
	happens(a, "guichet.events", "open");
	page = read_feed(admin, "now", 10);
	assert_string_equal(page.types, "");
	happens(b, "guichet.events", "after");
	questioner_ask(a, "commit");
	assert_string_equal(read_feed(admin, page.next, 10).types, "open after");
}

static void a_place_that_is_no_good_is_refused(void **state)
{
	const char *old = ask("select to_char(current_date - 30, 'YYYYMMDD') || '_1_0'");
	const char *good = ask("select to_char(current_date - 29, 'YYYYMMDD') || '_1_0'");
	const char *future = ask("select to_char(current_date, 'YYYYMMDD') || '_999999999999_0'");

	(void)state;
	assert_string_equal(read_feed(admin, old, 10).verdict, "expired");
	assert_string_equal(read_feed(admin, future, 10).verdict, "expired");
	assert_string_equal(read_feed(admin, good, 10).verdict, "ok");
	assert_string_equal(read_feed(admin, "nonsense", 10).verdict, "22P02");
	assert_string_equal(read_feed(admin, "20261399_1_0", 10).verdict, "22008");
	assert_string_equal(read_feed(admin, "20260101_99999999999999999999_0", 10).verdict, "22P02");
}

/* A place among old events keeps their age, one at the end is today's. */
static void a_place_is_as_old_as_what_it_stands_behind(void **state)
{
	const char *day = ask("select to_char(current_date - 20, 'YYYYMMDD')");
	struct page page;

	(void)state;
	ask("create table outbox_%s partition of outbox for values from (current_date - 20) to (current_date - 19)",
	        day);
	for (int i = 0; i < 2; i++)
		ask("insert into outbox (day, exchange, routing_key, type, headers, body) values (current_date - 20, "
		    "'guichet.events', 'old', 'old', '{}', '{\"type\": \"old\"}')");
	page = read_feed(admin, "", 1);
	assert_memory_equal(page.next, day, 8);
	page = read_feed(admin, page.next, 10);
	assert_string_equal(page.types, "old");
	assert_memory_equal(page.next, ask("select to_char(current_date, 'YYYYMMDD')"), 8);
	ask("drop table outbox_%s", day);
}

static void the_feed_is_staffs(void **state)
{
	(void)state;
	happens(a, "guichet.events", "ticket.one");
	assert_string_equal(read_feed(desk_account("manager", true), "", 10).types, "ticket.one");
	assert_string_equal(read_feed(desk_account("user", true), "", 10).verdict, "forbidden");
	assert_string_equal(read_feed(desk_account("admin", false), "", 10).verdict, "disabled");
	assert_string_equal(read_feed(uuid_new(), "", 10).verdict, "missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("pages follow each other, and hold events only", pages_follow_each_other),
		SENTENCE("an open transaction holds the feed back, it is not skipped",
		        an_open_transaction_holds_the_feed_back),
		SENTENCE("a page may end within a transaction", a_page_may_end_within_a_transaction),
		SENTENCE("now is the end: what is open comes after it", now_is_the_end),
		SENTENCE("a place that is too old, from the future or no place is refused",
		        a_place_that_is_no_good_is_refused),
		SENTENCE("a place is as old as what it stands behind", a_place_is_as_old_as_what_it_stands_behind),
		SENTENCE("the feed is staff's", the_feed_is_staffs),
	};

	return cmocka_run_group_tests_name("feed", tests, desk_open, desk_close);
}
