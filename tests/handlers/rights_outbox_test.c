/* rights_outbox_test.c - what each program may write to the outbox: the relay publishes whatever stands there. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "queues/programs.h"
#include "tests/handlers/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, desk_empty, NULL, NULL                                                                \
	}
#define COUNT(array) (sizeof(array) / sizeof *(array))

#define NOBODY "00000000-0000-7000-8000-00000000dead"

static bool may_say(const char *program, const char *exchange, const char *key, const char *type, const char *headers,
        const char *body)
{
	struct db *db = desk_as(program, "");
	bool done = db_script(db, arena_printf(desk_arena,
	                                  "insert into outbox (exchange, routing_key, type, headers, body) "
	                                  "values ('%s', '%s', '%s', '%s', '%s')",
	                                  exchange, key, type, headers, body));

	if (!done && strcmp(db_sqlstate(db), "42501") != 0)
		fail_msg("guichet_%s: %s: %s %s", program, type, db_sqlstate(db), db_message(db));
	db_close(&db);
	return done;
}

static bool may_send(const char *program, const char *exchange, const char *key, const char *type, const char *headers)
{
	return may_say(program, exchange, key, type, headers, "{}");
}

/* An event of an account, told by ingress in the name of one. */
static bool ingress_may_tell(const char *type, const char *account, const char *actor)
{
	return may_say("ingress", "guichet.events", type, type, arena_printf(desk_arena, "{\"actor\": \"%s\"}", actor),
	        arena_printf(desk_arena, "{\"accountId\": \"%s\"}", account));
}

static const char *actor_header(const char *actor, const char *command)
{
	return arena_printf(desk_arena, "{\"actor\": \"%s\", \"command_id\": \"%s\"}", actor, command);
}

/* The intake worker asks in the name of whoever has sent a mail, and of nobody else; what it may ask so is this. */
static bool is_by_mail(const char *program, const char *type, bool in_a_name)
{
	return strcmp(program, "intake") == 0 && in_a_name &&
	       (strcmp(type, "ticket.set_status") == 0 || strcmp(type, "file.upload") == 0);
}

/* What every program would like to say if somebody else had it in his hands. */
static void no_program_speaks_for_another(void **state)
{
	const char *admin = actor_header(id_text(desk_account("admin", true)), NOBODY);
	static const struct {
		const char *exchange, *key, *type;
		bool as_admin;
	} wishes[] = {
		{ "guichet.commands", "cmd.ticket.0", "ticket.set_status", true },
		{ "guichet.commands", "cmd.ticket.0", "ticket.set_status", false },
		{ "guichet.commands", "cmd.ticket.0", "ticket.delete", true },
		{ "guichet.commands", "cmd.ticket.0", "ticket.delete", false },
		{ "guichet.commands", "cmd.ticket.0", "ticket.note", true },
		{ "guichet.commands", "cmd.ticket.0", "ticket.absorb", true },
		{ "guichet.commands", "cmd.ticket.0", "ticket.create", true },
		{ "guichet.commands", "cmd.account", "profile.update", true },
		{ "guichet.commands", "cmd.account", "profile.update", false },
		{ "guichet.commands", "work.mail.high", "ticket.note", false },
		{ "guichet.commands", "cmd.ticket.0", "file.upload", true },
		{ "guichet.commands", "cmd.ticket.0", "file.upload", false },
		{ "guichet.commands", "cmd.ticket.0", "file.delete", true },
		{ "guichet.work", "work.mail.high", "file.scan", false },
		{ "guichet.work", "work.scan", "file.scan", true },
		{ "guichet.work", "work.intake", "mail.received", true },
		{ "guichet.work", "work.intake", "mail.due", false },
		{ "guichet.events", "ticket.created", "ticket.created", true },
		{ "guichet.events", "user.role_changed", "user.role_changed", true },
		{ "guichet.events", "profile.updated", "profile.updated", true },
		{ "guichet.commands", "cmd.desk", "policy.update", true },
		{ "guichet.commands", "cmd.desk", "policy.update", false },
		{ "guichet.events", "policy.updated", "policy.updated", true },
		{ "guichet.events", "ticket.created", "user.role_changed", false },
		{ "guichet.dead", "", "ticket.delete", false },
		{ "", "cmd.ticket.0", "ticket.delete", true },
	};

	(void)state;
	for (int p = 0; p < program_count; p++)
		for (size_t w = 0; w < COUNT(wishes); w++)
			if (!is_by_mail(programs[p].name, wishes[w].type, wishes[w].as_admin) &&
			        may_send(programs[p].name, wishes[w].exchange, wishes[w].key, wishes[w].type,
			                wishes[w].as_admin ? admin : "{}"))
				fail_msg("guichet_%s may send %s to %s%s", programs[p].name, wishes[w].type,
				        wishes[w].exchange, wishes[w].as_admin ? " in an administrator's name" : "");
}

static void a_program_says_what_is_its_own(void **state)
{
	const char *actor = id_text(desk_account("user", true)), *other = id_text(desk_account("user", true));
	const char *dated = id_text(uuid_new()), *keyed = "8f3a1c9e-4b2d-8c5e-9a7b-0123456789ab";

	(void)state;
	ask("insert into inbox (day, command_id, state, type, status, actor_id, fp) values ((now() at time zone "
	    "'utc')::date, '%s', "
	    "'done', 'ticket.create', 201, '%s', '')",
	        dated, actor);
	ask("insert into inbox_keyed (command_id, state, type, status, actor_id, fp) values ('%s', 'done', "
	    "'ticket.create', 201, "
	    "'%s', '')",
	        keyed, actor);
	assert_true(
	        may_send("ticket", "guichet.events", "ticket.created", "ticket.created", actor_header(actor, dated)));
	assert_true(
	        may_send("ticket", "guichet.events", "ticket.created", "ticket.created", actor_header(actor, keyed)));
	assert_false(
	        may_send("ticket", "guichet.events", "ticket.created", "ticket.created", actor_header(other, dated)));
	assert_false(
	        may_send("ticket", "guichet.events", "ticket.created", "ticket.created", actor_header(other, keyed)));
	assert_true(may_send("ticket", "guichet.events", "ticket.noted", "ticket.noted", "{}"));
	assert_true(may_send("ticket", "guichet.commands", "cmd.ticket.a", "ticket.create", "{}"));
	assert_true(may_send(
	        "account", "guichet.events", "profile.updated", "profile.updated", actor_header(actor, dated)));
	assert_false(may_send(
	        "account", "guichet.events", "profile.updated", "profile.updated", actor_header(other, dated)));
	assert_true(may_send("notify", "guichet.work", "work.mail.high", "mail.due", "{}"));
	assert_true(may_send("mail", "guichet.commands", "cmd.ticket.a", "ticket.note", "{}"));
	assert_true(may_send("intake", "guichet.commands", "cmd.ticket.a", "ticket.open", actor_header(actor, dated)));
	assert_true(may_send("intake", "guichet.commands", "cmd.ticket.a", "ticket.note", "{}"));
	assert_true(may_send("fetch", "guichet.work", "work.intake", "mail.received", "{}"));
	assert_false(may_send("fetch", "guichet.commands", "cmd.ticket.a", "ticket.note", "{}"));
	assert_false(may_send("intake", "guichet.commands", "cmd.ticket.a", "ticket.close", "{}"));
	assert_false(
	        may_send("intake", "guichet.commands", "cmd.ticket.a", "ticket.merge", actor_header(actor, dated)));
	assert_true(may_send("webhook", "guichet.commands", "cmd.desk", "webhook.stop", "{}"));
	assert_false(may_send("webhook", "guichet.commands", "cmd.desk", "webhook.update", "{}"));
	assert_true(ingress_may_tell("user.login", actor, actor));
	assert_true(ingress_may_tell("user.made_up", actor, actor)); /* of an object that it tells of already */
	assert_false(ingress_may_tell("user.login", other, actor));
	assert_false(ingress_may_tell("user.role_changed", actor, actor));
	assert_false(ingress_may_tell("ticket.created", actor, actor));
	assert_false(may_send("ingress", "guichet.events", "user.login", "user.login", "{}"));
	assert_true(may_send("ctl", "guichet.events", "user.role_changed", "user.role_changed", "{}"));
	assert_true(may_send("mail_ingress", "guichet.work", "work.intake", "mail.received", "{}"));
	assert_false(may_send("mail_ingress", "guichet.work", "work.mail.high", "mail.due", "{}"));
	assert_false(may_send("mail", "guichet.work", "work.intake", "mail.received", "{}"));
}

/* A letter goes out again by a function that an operator may call, and whoever reads it cannot forge one. */
static void nobody_writes_a_replay_by_hand(void **state)
{
	const char *id = id_text(uuid_new());
	const char *headers = arena_printf(
	        desk_arena, "{\"message_id\": \"%s\", \"actor\": \"%s\"}", id, id_text(desk_account("user", true)));

	(void)state;
	ask("insert into dead_letters (id, queue, type, reason, command_id, exchange, routing_key, headers, body) "
	    "values "
	    "(gen_random_uuid(), 'cmd.ticket.0', 'ticket.close', 'x', '%s', 'guichet.commands', 'cmd.ticket.0', '%s', "
	    "'{}')",
	        id, headers);
	assert_false(may_send("ctl", "guichet.commands", "cmd.ticket.0", "ticket.close", headers));
	assert_false(may_send("ingress", "guichet.commands", "cmd.ticket.0", "ticket.close", headers));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("no program speaks for another, or in a name that is not its command's",
		        no_program_speaks_for_another),
		SENTENCE("a program says what is its own", a_program_says_what_is_its_own),
		SENTENCE("nobody writes a replay by hand", nobody_writes_a_replay_by_hand),
	};

	return cmocka_run_group_tests_name("who says what", tests, desk_open, desk_close);
}
