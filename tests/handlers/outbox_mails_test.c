/* outbox_mails_test.c - the rows of mails: what an attempt leaves behind. */
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
#define NUMBER 4711

static struct db *mail;
static const char *id;

static int set_up(void **state)
{
	desk_empty(state);
	mail = desk_as("mail", "");
	id = id_text(uuid_new());
	ask("insert into mails (id, template, language, recipient, event_id, fields, created_at) values ('%s', "
	    "'ticket_created', "
	    "'fr', 'a@example.org', gen_random_uuid(), '{}', now() - interval '40 days')",
	        id);
	return db_fault(mail) == DB_FINE ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	db_close(&mail);
	return 0;
}

static int claim(int number, int slow, int per_domain, int rate)
{
	struct db_result *claimed;

	db_begin(mail);
	db_send_params(mail, QUERY_mail_claim_lock, 0, NULL);
	claimed = db_send(mail, QUERY_mail_claim, P_INT(number), P_INT(20), P_INT(per_domain), P_INT(rate), P_INT(slow),
	        P_TEXT(TEXT("other@desk.example")), P_TEXT(TEXT("")), P_INT(1));
	assert_true(db_commit(mail));
	return db_rows(claimed);
}

static void record(int number, const char *outcome, const char *flags)
{
	db_begin(mail);
	db_send(mail, QUERY_mail_record,
	        P_TEXT(text_of(ask(
	                "select jsonb_agg(jsonb_build_object('id', id, 'attempts', attempts, 'outcome', '%s', "
	                "'judged', false, 'begun', false, 'down', false, 'slow', false, 'reply', 'x', 'transcript', "
	                "'> x') || '%s')::text from mails where worker = %d",
	                outcome, flags, number))),
	        P_TEXT(TEXT("[]")), P_INT(number));
	assert_true(db_commit(mail));
}

/* Claims the mail and records what came of it; what the row says then: state, attempts, refusals, refused, and in how
 * many minutes it is tried again. */
static const char *attempt(const char *outcome, const char *flags)
{
	ask("update mails set next_attempt_at = now()");
	assert_int_equal(claim(NUMBER, 0, 4, 0), 1);
	record(NUMBER, outcome, flags);
	return ask("select concat_ws(' ', state, attempts, refusals, first_refused_at is not null, for_server, "
	           "(select max(m) from unnest(array[0, 1, 5, 15, 60]) m where next_attempt_at > now() + 0.7 * m * "
	           "interval '1 "
	           "minute')) from mails");
}

#define JUDGED "{\"judged\": true}"
#define BEGUN "{\"begun\": true}"
#define DOWN "{\"down\": true}"

/* However long nobody was reached, the first real answer is the first refusal, and the two days begin with it. */
static void a_server_that_was_not_reached_says_nothing_of_the_mail(void **state)
{
	(void)state;
	assert_string_equal(attempt("deferred", DOWN), "queued 1 0 f t 1");
	assert_string_equal(attempt("deferred", DOWN), "queued 2 0 f t 5");
	assert_string_equal(attempt("deferred", DOWN), "queued 3 0 f t 5");
	assert_string_equal(attempt("deferred", "{}"), "queued 4 0 f f 0");
	assert_string_equal(attempt("deferred", JUDGED), "queued 5 1 t f 1");
	assert_string_equal(attempt("sent", "{}"), "sent 6 1 t f");
}

static void a_refused_mail_is_tried_less_and_less_often(void **state)
{
	(void)state;
	assert_string_equal(attempt("deferred", JUDGED), "queued 1 1 t f 1");
	assert_string_equal(attempt("deferred", BEGUN), "queued 2 2 t f 5");
	assert_string_equal(attempt("deferred", JUDGED), "queued 3 3 t f 15");
	assert_string_equal(attempt("deferred", JUDGED), "queued 4 4 t f 60");
	assert_string_equal(attempt("deferred", JUDGED), "queued 5 5 t f 60");
	assert_string_equal(ask("select concat_ws(' ', sum(sent), sum(deferred), sum(failed)) from mail_counts "
	                        "where domain = 'example.org'"),
	        "0 4 0");
	assert_string_equal(ask("select concat_ws('|', last_reply, transcript) from mails"), "x|> x");
}

static void more(const char *domain, int count)
{
	ask("insert into mails (id, template, language, recipient, event_id, fields) select gen_random_uuid(), 'x', "
	    "'fr', "
	    "n || '@%s', gen_random_uuid(), '{}' from generate_series(1, %d) n",
	        domain, count);
}

static void what_waits_for_the_server_goes_out_when_it_is_back(void **state)
{
	struct db_result *woken;

	(void)state;
	attempt("deferred", DOWN);
	assert_string_equal(ask("select is_up from dependencies where name = 'smtp'"), "f");
	assert_int_equal(claim(NUMBER, 0, 4, 0), 0);
	db_begin(mail);
	woken = db_send(mail, QUERY_mail_wake, P_TEXT(TEXT("other@desk.example")), P_TEXT(TEXT("other@desk.example")),
	        P_INT(9));
	assert_true(db_commit(mail));
	assert_int_equal(db_int(woken, 0, 0), 0);
	db_begin(mail);
	woken = db_send(mail, QUERY_mail_wake, P_TEXT(TEXT("")), P_TEXT(TEXT("other@desk.example")), P_INT(9));
	assert_true(db_commit(mail));
	assert_int_equal(db_int(woken, 0, 0), 1);
	assert_int_equal(claim(NUMBER, 0, 4, 0), 1);
	record(NUMBER, "sent", "{}");
	assert_string_equal(ask("select is_up from dependencies where name = 'smtp'"), "t");
}

/* Two sessions of a domain are full at two; the other domain's mail goes past them. */
static void a_domain_has_no_more_sessions_than_it_may(void **state)
{
	(void)state;
	ask("delete from mails");
	more("busy.example", 60);
	assert_int_equal(claim(1, 0, 2, 0), 20);
	assert_int_equal(claim(2, 0, 2, 0), 20);
	more("idle.example", 3);
	assert_int_equal(claim(3, 0, 2, 0), 3);
	assert_int_equal(claim(4, 0, 2, 0), 0);
	record(1, "sent", "{}");
	assert_int_equal(claim(1, 0, 2, 0), 20);
}

static void a_domain_gets_no_more_mails_a_minute_than_it_may(void **state)
{
	(void)state;
	ask("delete from mails");
	more("paced.example", 60);
	more("other.example", 2);
	assert_int_equal(claim(1, 0, 9, 7), 7);
	assert_int_equal(claim(2, 0, 9, 7), 2);
	assert_int_equal(claim(3, 0, 9, 7), 0);
	ask("update mail_domains set minute_at = now() - interval '61 seconds'");
	assert_int_equal(claim(3, 0, 9, 7), 7);
}

/* What lets a session wait is for the sender that asks for it, one domain at a time, and for no other. */
static void a_slow_domain_is_left_to_one_sender(void **state)
{
	(void)state;
	attempt("deferred", "{\"begun\": true, \"slow\": true}");
	ask("delete from mails");
	more("example.org", 2);
	more("fast.example", 2);
	more("tarpit.example", 2);
	ask("insert into mail_domains (domain, slow_until) values ('tarpit.example', now() + interval '1 minute')");
	assert_int_equal(claim(1, 0, 4, 0), 2);
	assert_string_equal(ask("select distinct domain from mails where worker = 1"), "fast.example");
	assert_int_equal(claim(2, 1, 4, 0), 2);
	assert_int_equal(claim(3, 1, 4, 0), 2);
	assert_int_equal(claim(4, 1, 4, 0), 0);
}

static void a_sender_whose_transports_are_closed_waits_alone(void **state)
{
	(void)state;
	ask("update mails set sender = 'other@desk.example'");
	more("example.org", 1);
	assert_int_equal(claim(1, 0, 4, 0), 1);
	assert_string_equal(ask("select sender from mails where worker = 1"), "");
}

static void what_is_suppressed_says_so_when_it_is_claimed(void **state)
{
	struct db_result *claimed;

	(void)state;
	ask("insert into mail_suppressions (address, reason, source) values ('a@example.org', 'gone', 'operator')");
	db_begin(mail);
	claimed = db_send(mail, QUERY_mail_claim, P_INT(1), P_INT(20), P_INT(4), P_INT(0), P_INT(0), P_TEXT(TEXT("")),
	        P_TEXT(TEXT("")), P_INT(1));
	assert_true(db_commit(mail));
	assert_true(text_equal(db_text(claimed, 0, 14), TEXT("gone")));
	ask("delete from mail_suppressions");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a server that was not reached says nothing of the mail",
		        a_server_that_was_not_reached_says_nothing_of_the_mail),
		SENTENCE("a refused mail is tried less and less often", a_refused_mail_is_tried_less_and_less_often),
		SENTENCE("what waits for the server goes out when it is back",
		        what_waits_for_the_server_goes_out_when_it_is_back),
		SENTENCE("a domain has no more sessions than it may", a_domain_has_no_more_sessions_than_it_may),
		SENTENCE("a domain gets no more mails a minute than it may",
		        a_domain_gets_no_more_mails_a_minute_than_it_may),
		SENTENCE("a slow domain is left to one sender", a_slow_domain_is_left_to_one_sender),
		SENTENCE("a sender whose transports are closed waits alone",
		        a_sender_whose_transports_are_closed_waits_alone),
		SENTENCE(
		        "what is suppressed says so when it is claimed", what_is_suppressed_says_so_when_it_is_claimed),
	};

	return cmocka_run_group_tests_name("mails", tests, desk_open, desk_close);
}
