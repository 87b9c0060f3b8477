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

/* Claims the mail and records what came of it; what the row says then: state, attempts, refused, when next in seconds.
 */
static const char *attempt(const char *outcome, bool judged)
{
	struct db_result *claimed;
	int64_t attempts;

	ask("update mails set next_attempt_at = now()");
	db_begin(mail);
	claimed = db_send(mail, QUERY_mail_claim, P_INT(NUMBER), P_INT(20));
	assert_true(db_commit(mail));
	assert_int_equal(db_rows(claimed), 1);
	attempts = db_int(claimed, 0, 5);
	db_begin(mail);
	db_send(mail, QUERY_mail_record,
	        P_TEXT(text_of(arena_printf(desk_arena,
	                "[{\"id\":\"%s\",\"attempts\":%lld,\"outcome\":\"%s\",\"judged\":%s,\"reply\":\"x\"}]", id,
	                (long long)attempts, outcome, judged ? "true" : "false"))),
	        P_TEXT(TEXT("[]")), P_INT(NUMBER));
	assert_true(db_commit(mail));
	return ask(
	        "select concat_ws(' ', state, attempts, first_refused_at is not null, "
	        "case when next_attempt_at > now() + interval '31 seconds' then 'later' else 'soon' end) from mails");
}

/* However long nobody was reached, the first real answer is the first attempt. */
static void a_server_that_was_not_reached_is_no_attempt(void **state)
{
	(void)state;
	for (int i = 0; i < 12; i++)
		assert_string_equal(attempt("deferred", false), "queued 0 f soon");
	assert_string_equal(attempt("deferred", true), "queued 1 t soon");
	ask("update mails set first_refused_at = now() - interval '3 days'");
	for (int i = 2; i < 9; i++)
		attempt("deferred", true);
	assert_string_equal(attempt("deferred", true), "queued 9 t later");
	assert_string_equal(attempt("deferred", false), "queued 9 t soon");
	assert_string_equal(ask("select now() - first_refused_at > interval '2 days' from mails"), "t");
	assert_string_equal(attempt("sent", false), "sent 10 t soon");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a server that was not reached is no attempt", a_server_that_was_not_reached_is_no_attempt),
	};

	return cmocka_run_group_tests_name("mails", tests, desk_open, desk_close);
}
