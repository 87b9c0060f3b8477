/* account_people_test.c - roles, leaving, handing over and erasing, by the account worker as its own role against a
 * real PostgreSQL.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tests/handlers/desk.h"
#include "workers/account/account.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, NULL, NULL                                                                    \
	}

static struct db *db;
static struct arena *arena;
static struct attempt attempt;
static struct uuid ana, bob, chief, nobody;

static const struct lane_worker worker = { .name = "guichet-account",
	.queue_prefix = "cmd.account",
	.single = true,
	.kinds = (const struct subject_kind *const[]){ &profile_kind, &desk_hook_kind, NULL } };

static int open_account(void **state)
{
	if (desk_open(state))
		return -1;
	arena = arena_new(65536);
	db = desk_as("account", "");
	return db_fault(db) == DB_FINE ? 0 : -1;
}

static int close_account(void **state)
{
	db_close(&db);
	arena_free(&arena);
	return desk_close(state);
}

static int set_up(void **state)
{
	desk_empty(state);
	desk_people();
	ask("update accounts set active = false where role = 'admin'");
	chief = desk_account("admin", true);
	ana = desk_account("agent", true);
	bob = desk_account("agent", true);
	return 0;
}

static enum db_fault try_all(struct message *messages, int count)
{
	for (int i = 0; i < count; i++)
		messages[i].queue = messages[i].routing_key = TEXT("cmd.account");
	attempt = (struct attempt){ .worker = &worker, .db = db, .arena = arena, .messages = messages, .count = count };
	db_reset(db);
	return attempt_try(&attempt);
}

static const struct result *apply(struct message message)
{
	assert_int_equal(try_all(&message, 1), DB_FINE);
	return &attempt.batch.jobs[0].result;
}

#define APPLY(command, actor, ...) apply(ORDER(command, actor, __VA_ARGS__))

static const char *column(struct uuid account, const char *name)
{
	return ask("select %s from accounts where id = '%s'", name, id_text(account));
}

static struct uuid ticket_of(struct uuid agent)
{
	struct uuid ticket = desk_ticket();

	desk_apply(ORDER(ticket_assign, agent, .ticket_id = ticket, .assignee_id = agent));
	return ticket;
}

static int64_t sent(const char *type)
{
	return ask_number("select count(*) from outbox where type = '%s'", type);
}

static void another_role_moves_the_epoch_and_ends_what_was_signed_in(void **state)
{
	(void)state;
	ask("insert into sessions (id, account_id, refresh_hash, expires_at, epoch) values (gen_random_uuid(), '%s', "
	    "'\\x01', now() + interval '1 day', 0)",
	        id_text(ana));
	assert_int_equal(APPLY(person_set_role, chief, .account_id = ana, .role = ROLE_USER)->status, 200);
	assert_string_equal(column(ana, "role || epoch || version"), "user12");
	assert_int_equal(ask_number("select count(*) from sessions where revoked_at is null"), 0);
	assert_string_equal(
	        ask("select (body::jsonb -> 'data' ->> 'oldRole') || (body::jsonb -> 'data' ->> 'newRole') from "
	            "outbox where type = 'user.role_changed'"),
	        "agentuser");
	APPLY(person_set_role, chief, .account_id = ana, .role = ROLE_USER);
	assert_int_equal(sent("user.role_changed"), 1);
	assert_string_equal(column(ana, "epoch"), "1");
}

static void words_about_oneself_move_no_epoch(void **state)
{
	(void)state;
	assert_int_equal(APPLY(person_update, ana, .account_id = ana, .first_name = TEXT("Ana"))->status, 200);
	assert_string_equal(column(ana, "first_name || epoch || role || active"), "Ana0agenttrue");
}

static void of_two_administrators_who_end_each_other_one_remains(void **state)
{
	struct uuid other = desk_account("admin", true);
	struct message both[] = { ORDER(person_set_role, chief, .account_id = other, .role = ROLE_USER),
		ORDER(person_set_status, other, .account_id = chief, .status = ACCOUNT_INACTIVE) };

	(void)state;
	assert_int_equal(try_all(both, 2), DB_FINE);
	assert_int_equal(ask_number("select count(*) from accounts where role = 'admin' and active"), 1);
	assert_int_equal(attempt.batch.jobs[1].outcome, JOB_REFUSED);
}

static void the_last_administrator_stays_one(void **state)
{
	struct uuid actor = desk_account("admin", true);
	struct message m[] = { ORDER(person_set_role, actor, .account_id = chief, .role = ROLE_USER),
		ORDER(person_delete, chief, .account_id = actor) };

	(void)state;
	assert_int_equal(try_all(m, 2), DB_FINE);
	assert_int_equal(attempt.batch.jobs[0].outcome, JOB_DONE);
	assert_int_equal(attempt.batch.jobs[1].outcome, JOB_REFUSED);
	assert_int_equal(APPLY(person_set_role, actor, .account_id = actor, .role = ROLE_USER)->code, PROBLEM_OWN_ROLE);
	assert_int_equal(APPLY(person_set_status, actor, .account_id = actor, .status = ACCOUNT_INACTIVE)->code,
	        PROBLEM_OWN_STATUS);
	assert_int_equal(APPLY(person_erase, actor, .account_id = actor)->code, PROBLEM_OWN_ACCOUNT);
}

static void an_operators_change_meanwhile_is_not_undone(void **state)
{
	struct message m = ORDER(person_update, ana, .account_id = ana, .phone = TEXT("12"));

	(void)state;
	ask("update accounts set role = 'user', version = version + 1 where id = '%s'", id_text(ana));
	assert_int_equal(try_all(&m, 1), DB_FINE);
	assert_string_equal(column(ana, "role || phone"), "user12");
}

static struct message hand_over(struct uuid from, struct uuid to, struct uuid after)
{
	return ORDER(person_hand_over, nobody, .account_id = from, .hand_over_to = to, .after = after);
}

static void who_leaves_hands_each_open_ticket_over_once(void **state)
{
	struct uuid open = ticket_of(ana), closed = ticket_of(ana), mine = ticket_of(bob);
	struct message m = hand_over(ana, bob, nobody);

	(void)state;
	(void)mine;
	ask("update tickets set status = 'closed', closed_at = now(), resolved_at = now() where id = '%s'",
	        id_text(closed));
	ask("delete from outbox");
	assert_int_equal(
	        APPLY(person_set_status, chief, .account_id = ana, .status = ACCOUNT_INACTIVE, .hand_over_to = bob)
	                ->status,
	        200);
	assert_int_equal(sent("account.hand_over"), 1);
	assert_int_equal(sent("user.disabled"), 1);
	assert_int_equal(try_all(&m, 1), DB_FINE);
	assert_int_equal(try_all(&m, 1), DB_FINE);
	assert_int_equal(sent("ticket.hand_over"), 1);
	assert_string_equal(
	        ask("select body::jsonb ->> 'ticketId' from outbox where type = 'ticket.hand_over'"), id_text(open));

	desk_apply(ORDER(ticket_hand_over, nobody, .ticket_id = open, .from_id = ana, .assignee_id = bob));
	desk_apply(ORDER(ticket_hand_over, nobody, .ticket_id = open, .from_id = ana, .assignee_id = chief));
	assert_string_equal(ask("select assignee_id from tickets where id = '%s'", id_text(open)), id_text(bob));
}

static void a_ticket_whose_heir_has_left_too_is_nobodys(void **state)
{
	struct uuid ticket = ticket_of(ana);

	(void)state;
	ask("update accounts set active = false where id in ('%s', '%s')", id_text(ana), id_text(bob));
	desk_apply(ORDER(ticket_hand_over, nobody, .ticket_id = ticket, .from_id = ana, .assignee_id = bob));
	assert_string_equal(ask("select assignee_id from tickets where id = '%s'", id_text(ticket)), "");
}

static void many_tickets_are_handed_over_slice_by_slice(void **state)
{
	struct uuid ticket = ticket_of(ana), after;
	struct message m;

	(void)state;
	ask("insert into tickets (id, number, title, description, owner_id, assignee_id, status, priority, category, "
	    "version, "
	    "created_at, updated_at) "
	    "select gen_random_uuid(), 'X-' || n, title, description, owner_id, assignee_id, status, priority, "
	    "category, 1, now(), now() "
	    "from tickets t, generate_series(1, 250) n where t.id = '%s'",
	        id_text(ticket));
	ask("update accounts set active = false where id = '%s'", id_text(ana));
	ask("delete from outbox");
	m = hand_over(ana, nobody, nobody);
	assert_int_equal(try_all(&m, 1), DB_FINE);
	assert_int_equal(sent("ticket.hand_over"), 200);
	assert_int_equal(sent("account.hand_over"), 1);
	uuid_parse(text_of(ask("select body::jsonb ->> 'after' from outbox where type = 'account.hand_over'")), &after);
	m = hand_over(ana, nobody, after);
	assert_int_equal(try_all(&m, 1), DB_FINE);
	assert_int_equal(sent("ticket.hand_over"), 251);
	assert_int_equal(ask_number("select count(distinct body::jsonb ->> 'ticketId') from outbox where type = "
	                            "'ticket.hand_over'"),
	        251);
	assert_int_equal(sent("account.hand_over"), 1);
}

static void who_is_deleted_frees_the_address_and_is_not_found(void **state)
{
	const char *email = text_dup(desk_arena, text_of(column(ana, "email")));

	(void)state;
	assert_int_equal(APPLY(person_delete, chief, .account_id = ana)->status, 200);
	assert_int_equal(ask_number("select count(*) from accounts where email = '%s'", email), 0);
	assert_string_equal(column(ana, "active"), "f");
	assert_int_equal(
	        APPLY(person_update, chief, .account_id = ana, .phone = TEXT("1"))->code, PROBLEM_USER_NOT_FOUND);
	assert_int_equal(sent("user.deleted"), 1);
}

static void who_is_erased_leaves_tickets_of_nobody_and_a_chain_that_holds(void **state)
{
	struct message m;
	struct uuid ticket;

	(void)state;
	ask("update accounts set first_name = 'Ana', phone = '12' where id = '%s'", id_text(ana));
	ticket = ticket_of(ana);
	ask("insert into credentials (account_id, password_hash) values ('%s', 'x')", id_text(ana));
	ask("insert into audit_log (seq, event_id, occurred_at, action, actor_id, resource_type, payload, "
	    "payload_sha256, "
	    "prev_hash, row_hash, origin) values (1, gen_random_uuid(), now(), 'USER_LOGIN', '%s', 'user', '{}', "
	    "'\\x01', "
	    "'\\x01', '\\x02', '127.0.0.1 x')",
	        id_text(ana));
	assert_int_equal(APPLY(person_erase, chief, .account_id = ana)->status, 200);
	assert_string_equal(column(ana, "first_name || phone || active"), "false");
	m = ORDER(person_erase_rest, nobody, .account_id = ana);
	assert_int_equal(try_all(&m, 1), DB_FINE);
	assert_int_equal(ask_number("select count(*) from credentials where account_id = '%s'", id_text(ana)), 0);
	assert_int_equal(
	        ask_number("select count(*) from audit_log where payload is null and origin is null and row_hash = "
	                   "'\\x02'"),
	        1);
	assert_int_equal(
	        ask_number("select count(*) from tickets where id = '%s' and title <> ''", id_text(ticket)), 1);
	assert_int_equal(APPLY(person_erase, chief, .account_id = ana)->status, 200);
}

static void the_rest_of_who_was_not_erased_stays(void **state)
{
	struct message m = ORDER(person_erase_rest, nobody, .account_id = bob);

	(void)state;
	ask("insert into credentials (account_id, password_hash) values ('%s', 'x')", id_text(bob));
	assert_int_equal(try_all(&m, 1), DB_FINE);
	assert_int_equal(ask_number("select count(*) from credentials where account_id = '%s'", id_text(bob)), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("another role moves the epoch and ends what was signed in",
		        another_role_moves_the_epoch_and_ends_what_was_signed_in),
		SENTENCE("words about oneself move no epoch", words_about_oneself_move_no_epoch),
		SENTENCE("of two administrators who end each other one remains",
		        of_two_administrators_who_end_each_other_one_remains),
		SENTENCE("the last administrator stays one", the_last_administrator_stays_one),
		SENTENCE("an operator's change meanwhile is not undone", an_operators_change_meanwhile_is_not_undone),
		SENTENCE("who leaves hands each open ticket over once", who_leaves_hands_each_open_ticket_over_once),
		SENTENCE("a ticket whose heir has left too is nobody's", a_ticket_whose_heir_has_left_too_is_nobodys),
		SENTENCE("many tickets are handed over slice by slice", many_tickets_are_handed_over_slice_by_slice),
		SENTENCE("who is deleted frees the address and is not found",
		        who_is_deleted_frees_the_address_and_is_not_found),
		SENTENCE("who is erased leaves tickets of nobody and a chain that holds",
		        who_is_erased_leaves_tickets_of_nobody_and_a_chain_that_holds),
		SENTENCE("the rest of who was not erased stays", the_rest_of_who_was_not_erased_stays),
	};

	return cmocka_run_group_tests_name("account_people", tests, open_account, close_account);
}
