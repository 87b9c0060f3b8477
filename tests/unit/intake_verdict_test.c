/* intake_verdict_test.c - what becomes of a mail, by what it says, what leads to a ticket, and who vouches for whom. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "workers/intake/intake.h"

static const struct limits limits = { 5, 20, 30 };
static struct taken taken;
static struct letter letter;
static struct known known;

/* Zoe has written, to the desk's own address; she has an account. */
static int a_mail_of_zoe(void **state)
{
	(void)state;
	taken = (struct taken){ .rounds = 0 };
	letter = (struct letter){ .from = { TEXT("Zoe"), TEXT("zoe@client.example") }, .kind = TEXT("ticket") };
	known = (struct known){ .strangers_wait = true,
		.answers = true,
		.commands = true,
		.has_sender = true,
		.sender_active = true,
		.sender_id = uuid_new() };
	return 0;
}

static void leads_to(bool by_number, bool part)
{
	known.tickets[known.ticket_count++] =
	        (struct candidate){ .id = uuid_new(), .by_number = by_number, .part = part };
}

static struct verdict reach(enum trust trust)
{
	struct verdict verdict;

	verdict_reach(&taken, &letter, &known, trust, &limits, &verdict);
	return verdict;
}

static void a_mail_that_leads_nowhere_is_a_ticket_and_its_sender_is_told(void **state)
{
	struct verdict verdict = reach(TRUST_NONE);

	(void)state;
	assert_int_equal(verdict.outcome, INBOUND_TICKET);
	assert_true(verdict.acknowledge);
	assert_null(verdict.ticket);
}

/* --- who may answer -------------------------------------------------------------------------------- */
static void whoever_has_part_in_a_ticket_answers_it(void **state)
{
	struct verdict verdict;

	(void)state;
	leads_to(false, true);
	verdict = reach(TRUST_NONE);
	assert_int_equal(verdict.outcome, INBOUND_REPLY);
	assert_false(verdict.waits);
	assert_false(verdict.acknowledge);
	assert_false(verdict.orders);
}

static void a_strangers_answer_waits_for_staff_or_is_a_ticket_of_its_own(void **state)
{
	(void)state;
	leads_to(false, false);
	assert_int_equal(reach(TRUST_PASS).outcome, INBOUND_REPLY);
	assert_true(reach(TRUST_PASS).waits);
	known.strangers_wait = false;
	assert_int_equal(reach(TRUST_PASS).outcome, INBOUND_TICKET);
	assert_null(reach(TRUST_PASS).ticket);
}

static void a_number_in_the_subject_leads_a_stranger_nowhere(void **state)
{
	(void)state;
	leads_to(true, false);
	assert_int_equal(reach(TRUST_PASS).outcome, INBOUND_TICKET);
	known.tickets[0].part = true;
	assert_int_equal(reach(TRUST_NONE).outcome, INBOUND_REPLY);
}

static void what_our_server_holds_for_forged_waits(void **state)
{
	(void)state;
	leads_to(false, true);
	assert_true(reach(TRUST_FAIL).waits);
	known.ticket_count = 0;
	assert_int_equal(reach(TRUST_FAIL).outcome, INBOUND_TICKET);
	assert_false(reach(TRUST_FAIL).acknowledge);
}

static void staff_acts_by_mail_only_when_our_server_vouches_for_it(void **state)
{
	(void)state;
	known.sender_staff = true;
	leads_to(false, false);
	assert_true(reach(TRUST_NONE).waits);
	assert_false(reach(TRUST_NONE).orders);
	assert_false(reach(TRUST_PASS).waits);
	assert_true(reach(TRUST_PASS).orders);
	known.commands = false;
	assert_false(reach(TRUST_PASS).orders);
	known.tickets[0].by_number = true;
	assert_int_equal(reach(TRUST_PASS).outcome, INBOUND_REPLY);
	assert_int_equal(reach(TRUST_NONE).outcome, INBOUND_TICKET);
}

static void what_staff_has_let_in_waits_no_longer_and_commands_nothing(void **state)
{
	(void)state;
	leads_to(false, false);
	taken.approved = true;
	assert_int_equal(reach(TRUST_NONE).outcome, INBOUND_REPLY);
	assert_false(reach(TRUST_NONE).waits);
	assert_false(reach(TRUST_NONE).orders);
	taken = (struct taken){ .rejected = true };
	assert_int_equal(reach(TRUST_NONE).outcome, INBOUND_REPLY);
	assert_false(reach(TRUST_NONE).acknowledge);
}

static void after_too_many_answers_in_an_hour_the_next_waits(void **state)
{
	(void)state;
	leads_to(false, true);
	known.tickets[0].answers = 29;
	assert_false(reach(TRUST_PASS).waits);
	known.tickets[0].answers = 30;
	assert_true(reach(TRUST_PASS).waits);
	taken.approved = true;
	assert_false(reach(TRUST_PASS).waits);
	taken = (struct taken){ .door = TEXT("import") };
	assert_false(reach(TRUST_PASS).waits);
}

static void a_disabled_account_is_looked_at_by_staff(void **state)
{
	(void)state;
	known.sender_active = false;
	assert_int_equal(reach(TRUST_PASS).outcome, INBOUND_QUARANTINED);
	leads_to(false, true);
	assert_true(reach(TRUST_PASS).waits);
}

/* --- what is written by machines ------------------------------------------------------------------------ */
static void what_a_machine_answers_is_kept_with_its_ticket_and_answered_by_nobody(void **state)
{
	(void)state;
	letter.kind = TEXT("auto");
	letter.auto_reason = TEXT("auto-submitted");
	assert_int_equal(reach(TRUST_NONE).outcome, INBOUND_AUTO);
	assert_false(reach(TRUST_NONE).automatic);
	leads_to(false, true);
	assert_int_equal(reach(TRUST_NONE).outcome, INBOUND_AUTO);
	assert_true(reach(TRUST_NONE).automatic);
	assert_false(reach(TRUST_NONE).acknowledge);
}

static void a_ticket_by_a_machine_is_one_and_is_not_confirmed(void **state)
{
	(void)state;
	letter.auto_reason = TEXT("list");
	assert_int_equal(reach(TRUST_PASS).outcome, INBOUND_TICKET);
	assert_false(reach(TRUST_PASS).acknowledge);
}

static void confirmations_have_a_budget_and_two_switches(void **state)
{
	(void)state;
	known.hour = limits.hour;
	assert_false(reach(TRUST_PASS).acknowledge);
	known.hour = limits.hour - 1;
	known.day = limits.day;
	assert_false(reach(TRUST_PASS).acknowledge);
	known.day = 0;
	assert_true(reach(TRUST_PASS).acknowledge);
	known.answers = false;
	assert_false(reach(TRUST_PASS).acknowledge);
	known.answers = true;
	known.stopped = true;
	assert_false(reach(TRUST_PASS).acknowledge);
}

static void mail_from_an_address_of_ours_is_nobodys_request(void **state)
{
	(void)state;
	known.ours = true;
	leads_to(false, true);
	assert_int_equal(reach(TRUST_PASS).outcome, INBOUND_AUTO);
	assert_false(reach(TRUST_PASS).automatic);
	assert_null(reach(TRUST_PASS).ticket);
}

static void a_bounce_and_a_duplicate_are_no_tickets_whatever_they_lead_to(void **state)
{
	(void)state;
	leads_to(false, true);
	letter.kind = TEXT("bounce");
	assert_int_equal(reach(TRUST_PASS).outcome, INBOUND_BOUNCE);
	letter.kind = TEXT("complaint");
	assert_int_equal(reach(TRUST_PASS).outcome, INBOUND_BOUNCE);
	letter.kind = TEXT("ticket");
	known.duplicate_of = uuid_new();
	assert_int_equal(reach(TRUST_PASS).outcome, INBOUND_DUPLICATE);
	assert_null(reach(TRUST_PASS).ticket);
}

static void what_staff_forwards_is_for_who_wrote_it_and_what_others_forward_is_theirs(void **state)
{
	(void)state;
	letter.is_forward = true;
	letter.forward_from.address = TEXT("max@client.example");
	assert_false(reach(TRUST_PASS).forwarded);
	known.sender_staff = true;
	assert_true(reach(TRUST_PASS).forwarded);
	assert_false(reach(TRUST_NONE).forwarded);
}

int main(void)
{
#define CASE(title, function)                                                                                          \
	{                                                                                                              \
		title, function, a_mail_of_zoe, NULL, NULL                                                             \
	}
	const struct CMUnitTest tests[] = {
		CASE("a mail that leads nowhere is a ticket, and its sender is told that it has come",
		        a_mail_that_leads_nowhere_is_a_ticket_and_its_sender_is_told),
		CASE("who has part in a ticket answers it", whoever_has_part_in_a_ticket_answers_it),
		CASE("a stranger's answer waits for staff, or is a ticket of its own",
		        a_strangers_answer_waits_for_staff_or_is_a_ticket_of_its_own),
		CASE("after too many answers in an hour the next waits",
		        after_too_many_answers_in_an_hour_the_next_waits),
		CASE("a number in the subject leads a stranger nowhere",
		        a_number_in_the_subject_leads_a_stranger_nowhere),
		CASE("an answer that our server holds for forged waits", what_our_server_holds_for_forged_waits),
		CASE("staff acts by mail only when our server vouches for it",
		        staff_acts_by_mail_only_when_our_server_vouches_for_it),
		CASE("what staff has let in waits no longer, and commands nothing",
		        what_staff_has_let_in_waits_no_longer_and_commands_nothing),
		CASE("mail of a disabled account is looked at by staff", a_disabled_account_is_looked_at_by_staff),
		CASE("what a machine answers is kept with its ticket, and nothing answers it",
		        what_a_machine_answers_is_kept_with_its_ticket_and_answered_by_nobody),
		CASE("a ticket by a machine is a ticket, and not confirmed",
		        a_ticket_by_a_machine_is_one_and_is_not_confirmed),
		CASE("confirmations have a budget and two switches", confirmations_have_a_budget_and_two_switches),
		CASE("mail from an address of ours is nobody's request",
		        mail_from_an_address_of_ours_is_nobodys_request),
		CASE("a bounce, a complaint and a duplicate are no tickets, whatever they lead to",
		        a_bounce_and_a_duplicate_are_no_tickets_whatever_they_lead_to),
		CASE("what staff forwards is for who wrote it, what others forward is theirs",
		        what_staff_forwards_is_for_who_wrote_it_and_what_others_forward_is_theirs),
	};

	return cmocka_run_group_tests_name("intake verdict", tests, NULL, NULL);
}
