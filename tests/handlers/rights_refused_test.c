/* rights_refused_test.c - one role per program: what it must not it can't. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tests/handlers/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, desk_empty, NULL, NULL                                                                \
	}
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What a program must not do: 42501, insufficient privilege. */
static const struct {
	const char *program, *sql;
} refused[] = {
	{ "ticket", "select * from credentials" },
	{ "ticket", "select * from sessions" },
	{ "ticket", "select * from audit_log" },
	{ "ticket", "update audit_log set payload = null" },
	{ "ticket", "update accounts set role = 'admin'" },
	{ "ticket", "delete from tickets" },
	{ "ticket", "update ticket_history set field = ''" },
	{ "ticket", "delete from ticket_history" },
	{ "ticket", "select * from outbox" },
	{ "ticket", "update outbox set body = ''" },
	{ "ticket", "delete from inbox" },
	{ "ticket", "select upkeep_sweep()" },
	{ "ticket", "select upkeep_drop('inbox')" },
	{ "ticket", "select partitions_make(today() + 40)" },
	{ "relay", "select partition_drop('inbox', today() + 40)" },
	{ "relay", "select sweep(today() + 400, 1000)" },
	{ "relay", "select upkeep_day(now())" },
	{ "relay", "update upkeep set day = today() + 40" },
	{ "ticket", "create table public.mine (x int)" },
	{ "ticket", "update files set scan_state = 'clean'" },
	{ "ticket", "update files set place = 'kept'" },
	{ "ticket", "update files set sha256 = ''" },
	{ "ticket", "delete from files" },
	{ "ticket", "update file_access_logs set action = 'READ'" },
	{ "ticket", "delete from file_access_logs" },
	{ "ingress", "insert into files (id) values (gen_random_uuid())" },
	{ "ingress", "update files set is_public = true" },
	{ "ingress", "delete from files" },
	{ "ingress", "delete from file_access_logs" },
	{ "ingress", "update sign_in_failures set locked_until = null" },
	{ "ingress", "select hash from account_tokens" },
	{ "ingress", "insert into account_tokens (hash) values ('')" },
	{ "ingress", "update accounts set email = ''" },
	{ "mail", "select hash from account_tokens" },
	{ "mail", "insert into account_tokens (hash) values ('')" },
	{ "mail_ingress", "select subject from inbound_mails" },
	{ "mail_ingress", "update inbound_mails set outcome = 'bounce'" },
	{ "mail_ingress", "delete from inbound_mails" },
	{ "mail_ingress", "select * from tickets" },
	{ "mail_ingress", "select * from accounts" },
	{ "ingress", "update inbound_mails set outcome = 'bounce'" },
	{ "account", "select * from files" },
	{ "mail", "select * from files" },
	{ "account", "select * from credentials" },
	{ "account", "select * from sessions" },
	{ "account", "select * from totp_factors" },
	{ "webhook", "select * from totp_factors" },
	{ "ingress", "update totp_factors set confirmed_at = null" },
	{ "ingress", "select hash from recovery_codes" },
	{ "ingress", "delete from recovery_codes" },
	{ "ingress", "update api_tokens set revoked_at = null" },
	{ "ingress", "insert into api_tokens (id, account_id, name, hash, scopes) select id, id, '', '', '{admin}' "
	             "from accounts" },
	{ "account", "select * from api_tokens" },
	{ "account", "select last_login_at from accounts" },
	{ "account", "update accounts set email = 'a@example.org'" },
	{ "account", "insert into credentials (account_id, password_hash) select id, 'x' from accounts" },
	{ "account", "update tickets set assignee_id = null" },
	{ "account", "select payload from audit_log" },
	{ "ingress", "update accounts set role = 'admin'" },
	{ "ingress", "insert into accounts (id, email, role) values (gen_random_uuid(), 'a@example.org', 'admin')" },
	{ "account", "update accounts set epoch = 0" },
	{ "account", "insert into accounts (id, email) values (gen_random_uuid(), 'a@example.org')" },
	{ "account", "delete from accounts" },
	{ "account", "select * from tickets" },
	{ "account", "select * from outbox" },
	{ "desk", "select * from tickets" },
	{ "desk", "select * from credentials" },
	{ "desk", "select * from outbox" },
	{ "desk", "delete from sla_policies" },
	{ "desk", "update sla_policy_versions set body = '{}'" },
	{ "desk", "delete from calendar_versions" },
	{ "desk", "delete from schedules" },
	{ "timer", "update timers set due_at = now()" },
	{ "timer", "update tickets set snoozed_until = null" },
	{ "ingress", "update sla_policies set version = 1" },
	{ "ingress", "insert into calendars (id, name, body) values (gen_random_uuid(), 'c', '{}')" },
	{ "mail", "select * from credentials" },
	{ "mail", "select password_hash from credentials" },
	{ "mail", "select * from sessions" },
	{ "mail", "select * from tickets" },
	{ "mail", "insert into mails (id, template, language, recipient, event_id, fields) values "
	          "(gen_random_uuid(), 't', 'fr', 'a@b', gen_random_uuid(), '{}')" },
	{ "ingress", "update tickets set version = 1" },
	{ "ingress", "insert into ticket_comments (id) values (gen_random_uuid())" },
	{ "ingress", "update audit_log set payload = null" },
	{ "ingress", "delete from audit_log" },
	{ "ingress", "update inbox set state = 'done'" },
	{ "ingress", "select * from outbox" },
	{ "ingress", "update relay_cursor set id = 0" },
	{ "relay", "select * from credentials" },
	{ "relay", "select * from tickets" },
	{ "relay", "delete from outbox" },
	{ "relay", "insert into outbox (exchange, routing_key, type, headers, body) values ('', '', '', '{}', "
	           "'')" },
	{ "audit", "update audit_log set payload = null" },
	{ "audit", "delete from audit_log" },
	{ "audit", "select * from credentials" },
	{ "audit", "select * from accounts" },
	{ "notify", "select * from credentials" },
	{ "notify", "select author_id from ticket_comments" },
	{ "notify", "select last_login_at from accounts" },
	{ "notify", "update tickets set version = 1" },
	{ "notify", "update mails set state = 'queued'" },
	{ "webhook", "select * from credentials" },
	{ "webhook", "select title from tickets" },
	{ "webhook", "update webhooks set url = 'https://example.org'" },
	{ "webhook", "update webhook_deliveries set body = ''" },
	{ "webhook", "delete from webhook_deliveries" },
	{ "desk", "select * from webhook_deliveries" },
	{ "desk", "delete from webhooks" },
	{ "ingress", "update webhooks set url = 'https://example.org'" },
	{ "undertaker", "select * from tickets" },
	{ "undertaker", "delete from dead_letters" },
	{ "ingress", "update accounts set role = 'admin'" },
	{ "ingress", "update accounts set active = true" },
	{ "ingress", "update accounts set email = 'a@example.org'" },
	{ "ingress", "insert into accounts (id, email, role) values (gen_random_uuid(), 'a@example.org', 'admin')" },
	{ "ingress", "update credentials set password_hash = ''" },
	{ "ingress", "update sessions set account_id = gen_random_uuid()" },
	{ "ingress", "delete from sessions" },
	{ "ingress", "select * from dead_letters" },
	{ "mail", "update mails set recipient = 'a@example.org'" },
	{ "mail", "update mails set fields = '{}'" },
	{ "mail", "delete from mails" },
	{ "notify", "select * from mails" },
	{ "ticket", "update inbox set actor_id = null" },
	{ "ticket", "update ticket_comments set author_id = null" },
	{ "ticket", "update dead_letters set body = ''" },
	{ "undertaker", "update dead_letters set headers = '{}'" },
	{ "undertaker", "update dead_letters set exchange = 'guichet.commands'" },
	{ "undertaker", "select body from dead_letters" },
	{ "undertaker", "insert into outbox (exchange, routing_key, type, headers, body) values ('', '', '', "
	                "'{}', '')" },
	{ "audit", "insert into outbox (exchange, routing_key, type, headers, body) values ('', '', '', '{}', "
	           "'')" },
	{ "fetch", "select subject from inbound_mails" },
	{ "fetch", "update inbound_mails set outcome = 'ticket'" },
	{ "fetch", "delete from imap_cursors" },
	{ "fetch", "select email from accounts" },
	{ "mail_ingress", "select * from imap_cursors" },
	{ "relay", "update outbox set body = ''" },
	{ "relay", "update dead_letters set body = ''" },
	{ "ctl", "select password_hash from credentials" },
	{ "ctl", "select refresh_hash from sessions" },
	{ "ctl", "select * from spent_tokens" },
	{ "ctl", "update dead_letters set body = ''" },
	{ "ctl", "update accounts set email = 'a@example.org'" },
	{ "ctl", "update relay_cursor set id = 0" },
	{ "ctl", "select outbox_rebase()" },
	{ "ctl", "update audit_log set payload = null" },
	{ "ctl", "update tickets set version = 1" },
};

static void each_program_is_refused_the_rest(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct db *db = desk_as(refused[i].program, "");

		if (db_script(db, refused[i].sql))
			fail_msg("guichet_%s may: %s", refused[i].program, refused[i].sql);
		if (strcmp(db_sqlstate(db), "42501") != 0)
			fail_msg("guichet_%s: %s: %s %s", refused[i].program, refused[i].sql, db_sqlstate(db),
			        db_message(db));
		db_close(&db);
	}
}

/* A partition is a table of its own: its parent's grants do not protect it, nor do they open it. */
static void a_day_is_no_way_around(void **state)
{
	struct db *db = desk_as("relay", "");

	(void)state;
	assert_false(db_script(
	        db, arena_printf(desk_arena, "delete from outbox_%s", ask("select to_char(today(), 'YYYYMMDD')"))));
	assert_string_equal(db_sqlstate(db), "42501");
	db_close(&db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("each program is refused the rest", each_program_is_refused_the_rest),
		SENTENCE("a day's partition is no way around", a_day_is_no_way_around),
	};

	return cmocka_run_group_tests_name("what is refused", tests, desk_open, desk_close);
}
