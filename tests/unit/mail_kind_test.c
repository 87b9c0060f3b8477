/* mail_kind_test.c - what kind of mail it is, and which mail no program may answer. */
#include "tests/unit/mail_sample.h"

#define FROM "From: Ann <ann@example.org>\nSubject: Printer\n"
#define BODY "\n\nIt is broken.\n"

static void mail_of_a_person_is_a_ticket_that_may_be_answered(void **state)
{
	const struct mail *mail = sample(FROM BODY);

	assert_text(mail->kind, "ticket");
	assert_text(mail->auto_reason, "");
	assert_int_equal(mail->failed_count, 0);
	assert_text(sample(FROM "Auto-Submitted: no" BODY)->auto_reason, "");
	assert_text(sample(FROM "X-Auto-Response-Suppress: None" BODY)->auto_reason, "");
}

static void mail_of_programs_and_lists_is_never_answered(void **state)
{
	assert_text(sample(FROM "Auto-Submitted: auto-generated" BODY)->auto_reason, "auto-submitted");
	assert_text(sample(FROM "Precedence: bulk" BODY)->auto_reason, "precedence");
	assert_text(sample(FROM "List-Id: <users.example.org>" BODY)->auto_reason, "list");
	assert_text(sample(FROM "List-Unsubscribe: <https://example.org/u>" BODY)->auto_reason, "list");
	assert_text(sample(FROM "X-Auto-Response-Suppress: DR, OOF" BODY)->auto_reason, "suppressed");
	assert_text(sample(FROM "X-Guichet-Ticket: 2024-7" BODY)->auto_reason, "loop");
	assert_text(sample(FROM "Return-Path: <>" BODY)->auto_reason, "null-path");
	assert_text(sample("From: no-reply@shop.example\nSubject: Order" BODY)->auto_reason, "no-reply");
	assert_text(sample("From: postmaster@example.org\nSubject: Quota" BODY)->auto_reason, "daemon");
	assert_text(sample(FROM "List-Id: <users.example.org>" BODY)->kind, "ticket");
}

static void the_envelope_counts_more_than_what_is_written(void **state)
{
	struct text raw = TEXT(FROM "Return-Path: <>" BODY);

	assert_text(mail_read(*state, raw, TEXT("ann@example.org"))->auto_reason, "");
	assert_text(mail_read(*state, TEXT(FROM BODY), TEXT(""))->auto_reason, "null-path");
}

static void an_absence_is_told_from_a_ticket(void **state)
{
	assert_text(sample(FROM "Auto-Submitted: auto-replied" BODY)->kind, "auto");
	assert_text(sample(FROM "X-Autoreply: yes" BODY)->kind, "auto");
	assert_text(sample(FROM "Precedence: auto_reply" BODY)->kind, "auto");
	assert_text(sample("From: ann@example.org\nSubject: Automatic reply: Printer" BODY)->kind, "auto");
	assert_text(sample("From: ann@example.org\nSubject: Automatische Antwort: Drucker" BODY)->kind, "auto");
	assert_text(sample("From: ann@example.org\nSubject: Absence du bureau\nReturn-Path: <>" BODY)->kind, "auto");
	assert_text(sample("From: ann@example.org\nSubject: Automatic reply: x" BODY)->auto_reason, "auto-reply");
	assert_text(sample("From: ann@example.org\nSubject: Out of office does not work" BODY)->kind, "ticket");
	assert_text(sample("From: ann@example.org\nSubject: Vacation request" BODY)->kind, "ticket");
	assert_text(sample("From: ann@example.org\nSubject: Re: out of office form" BODY)->kind, "ticket");
}

static void a_complaint_is_no_failure(void **state)
{
	const struct mail *mail = sample(
	        "From: feedback@isp.example\nSubject: FW: News\nContent-Type: multipart/report; "
	        "report-type=feedback-report; boundary=b\n\n--b\n\nAn abuse report.\n--b\n"
	        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n"
	        "Original-Rcpt-To: <eve@isp.example>\n--b\nContent-Type: message/rfc822\n\n" FROM BODY "--b--\n");

	assert_text(mail->kind, "complaint");
	assert_text(mail->failed[0].address, "eve@isp.example");
	assert_text(mail->failed[0].kind, "");
	assert_text(mail->auto_reason, "report");
}

static void a_receipt_is_a_delivery_report(void **state)
{
	assert_text(sample(FROM "Content-Type: multipart/report; report-type=disposition-notification; "
	                        "boundary=b\n\n--b\n\nread\n"
	                        "--b\nContent-Type: message/disposition-notification\n\nDisposition: manual-action; "
	                        "displayed\n--b--\n")
	                    ->kind,
	        "delivery-report");
}

static void a_challenge_is_no_ticket(void **state)
{
	assert_text(sample("From: ann@example.org\nAuto-Submitted: auto-replied\nSubject: Re: Printer\n\nTo reach my "
	                   "inbox, confirm that "
	                   "you are human: https://example.net/c\n")
	                    ->kind,
	        "challenge");
	assert_text(sample(FROM "\nPlease put us on your whitelist: https://example.org\n")->kind, "ticket");
}

static void a_customer_who_writes_about_bounces_is_a_customer(void **state)
{
	assert_text(sample("From: ann@example.org\nSubject: Delivery failed\n\nMy parcel could not be delivered. "
	                   "Please help.\n")
	                    ->kind,
	        "ticket");
	assert_text(
	        sample("From: ann@example.org\nSubject: Re: Undelivered Mail Returned to Sender\nReferences: <a@b>\n\n"
	               "What does 550 user unknown mean?\n")
	                ->kind,
	        "ticket");
	assert_text(sample("From: \"Company\" <>, sales@example.org\nSubject: Offer\n\nOur offer.\n")->kind, "ticket");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		        mail_of_a_person_is_a_ticket_that_may_be_answered, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(mail_of_programs_and_lists_is_never_answered, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(
		        the_envelope_counts_more_than_what_is_written, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(an_absence_is_told_from_a_ticket, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(a_complaint_is_no_failure, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(a_receipt_is_a_delivery_report, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(a_challenge_is_no_ticket, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(
		        a_customer_who_writes_about_bounces_is_a_customer, sample_begin, sample_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
