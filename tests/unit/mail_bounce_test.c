/* mail_bounce_test.c - whose mail has failed, and why: from delivery statuses and from notes in words. */
#include "tests/unit/mail_sample.h"
#include "base/mail/bounce.h"

#define DAEMON "From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\nTo: help@example.com\n"
#define REPORT                                                                                                         \
	DAEMON "Subject: Undelivered Mail\nContent-Type: multipart/report; report-type=delivery-status; "              \
	       "boundary=b\n\n--b\n\n"
#define STATUS "\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
#define END "\n--b\nContent-Type: text/rfc822-headers\n\nFrom: help@example.com\nTo: ann@example.org\n--b--\n"

static void assert_row(const struct mail *mail, int n, const char *address, const char *reason, const char *kind)
{
	void *arena = mail->arena, **state = &arena;

	assert_true(n < mail->failed_count);
	assert_text(mail->failed[n].address, address);
	assert_text(mail->failed[n].reason, reason);
	assert_text(mail->failed[n].kind, kind);
}

static void a_delivery_status_is_read_field_by_field(void **state)
{
	const struct mail *mail = sample(
	        REPORT "Sorry." STATUS
	               "Original-Recipient: rfc822;Ann@Example.org\nFinal-Recipient: rfc822; ann@inner.example.org\n"
	               "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <ann@inner.example.org>:\n"
	               " Recipient address rejected: User unknown\n" END);

	assert_text(mail->kind, "bounce");
	assert_int_equal(mail->failed_count, 1);
	assert_row(mail, 0, "Ann@example.org", "userunknown", "hard");
	assert_text(mail->failed[0].action, "failed");
	assert_text(mail->failed[0].status, "5.1.1");
	assert_text(mail->failed[0].reply_code, "550");
}

static void every_recipient_has_a_row(void **state)
{
	const struct mail *mail = sample(REPORT
	        "Sorry." STATUS "Final-Recipient: rfc822; a@example.org\nAction: failed\nStatus: 5.2.2\n"
	        "Diagnostic-Code: smtp; 552 5.2.2 mailbox full\n\nFinal-Recipient: rfc822; b@example.org\n"
	        "Action: delivered\nStatus: 2.0.0\nFinal-Recipient: utf-8; c\xC3\xA9@example.org\nAction: failed\n"
	        "Status: 5.4.4\nDiagnostic-Code: smtp; Host or domain name not found\n" END);

	assert_text(mail->kind, "bounce");
	assert_int_equal(mail->failed_count, 3);
	assert_row(mail, 0, "a@example.org", "mailboxfull", "soft");
	assert_row(mail, 1, "b@example.org", "delivered", "");
	assert_row(mail, 2, "c\xC3\xA9@example.org", "hostunknown", "hard");
}

static void what_arrived_or_is_late_has_not_failed(void **state)
{
	assert_text(sample(REPORT "Ok." STATUS
	                          "Final-Recipient: rfc822; a@example.org\nAction: relayed\nStatus: 2.0.0\n" END)
	                    ->kind,
	        "delivery-report");
	assert_text(sample(REPORT "Wait." STATUS
	                          "Final-Recipient: rfc822; a@example.org\nAction: delayed\nStatus: 4.4.1\n" END)
	                    ->kind,
	        "delivery-report");
	assert_text(sample(DAEMON "Subject: Delivery delayed\n\nYour message to <a@example.org> could not be delivered "
	                          "for 4 hours.\n"
	                          "You do not need to resend it, we will keep trying.\n")
	                    ->kind,
	        "delivery-report");
}

static void notes_of_qmail_and_exim_name_who_failed(void **state)
{
	const struct mail *qmail = sample(DAEMON
	        "Subject: failure notice\n\nHi. This is the qmail-send program at mx.example.net.\n"
	        "I'm afraid I wasn't able to deliver your message to the following addresses.\n\n<ann@example.org>:\n"
	        "192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 no such user\n\n"
	        "--- Below this line is a copy of the message.\n\nReturn-Path: <help@example.com>\n"
	        "Received: by x\nTo: eve@example.org\n\nspam\n");
	const struct mail *exim = sample(
	        DAEMON "X-Failed-Recipients: ann@example.org\nSubject: Mail delivery failed\n\n"
	               "A message that you sent could not be delivered. The following address(es) failed:\n\n"
	               "  ann@example.org\n    SMTP error from remote mail server after MAIL FROM:<help@example.com>:\n"
	               "    host mx.example.org: 554 5.7.1 blocked using dnsbl.example\n");

	assert_text(qmail->kind, "bounce");
	assert_int_equal(qmail->failed_count, 1);
	assert_row(qmail, 0, "ann@example.org", "userunknown", "hard");
	assert_row(exim, 0, "ann@example.org", "blocked", "soft");
	assert_text(exim->failed[0].status, "5.7.1");
	assert_text(exim->failed[0].reply_code, "554");
}

static void several_failures_in_a_note_are_told_apart(void **state)
{
	const struct mail *mail =
	        sample(DAEMON "Subject: Returned mail\n\nDelivery to the following recipients failed:\n\n"
	                      "<a@example.org>: 550 5.1.1 user unknown\n<b@example.org>: 552 5.2.2 over quota\n");

	assert_int_equal(mail->failed_count, 2);
	assert_row(mail, 0, "a@example.org", "userunknown", "hard");
	assert_row(mail, 1, "b@example.org", "mailboxfull", "soft");
}

static void who_is_not_named_is_whom_it_was_sent_to(void **state)
{
	const struct mail *mail = sample(
	        "Return-Path: <>\n" DAEMON "Subject: Unzustellbar\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n"
	        "Ihre Nachricht konnte nicht zugestellt werden: Postfach voll.\n--b\nContent-Type: message/rfc822\n\n"
	        "From: help@example.com\nTo: Ann <ann@example.org>\n\nx\n--b--\n");

	assert_text(mail->kind, "bounce");
	assert_row(mail, 0, "ann@example.org", "mailboxfull", "soft");
}

static void a_bounce_in_json_is_read(void **state)
{
	const struct mail *mail = sample(
	        "From: no-reply@sns.example\nSubject: Notification\n\n{ \"Message\" : \"{\\\"notificationType\\\":"
	        "\\\"Bounce\\\",\\\"bounce\\\":{\\\"bouncedRecipients\\\":[{\\\"emailAddress\\\":\\\"ann@example."
	        "org\\\","
	        "\\\"status\\\":\\\"5.1.1\\\",\\\"diagnosticCode\\\":\\\"smtp; 550 5.1.1 user unknown\\\"}]}}\" }\n");

	assert_text(mail->kind, "bounce");
	assert_row(mail, 0, "ann@example.org", "userunknown", "hard");
}

static void the_stage_tells_a_filter_from_a_missing_user(void **state)
{
	const struct mail *filter =
	        sample(REPORT "x" STATUS "Final-Recipient: rfc822; a@example.org\nAction: failed\nStatus: 5.0.0\n"
	                      "Diagnostic-Code: smtp; 550 User unknown (in reply to end of DATA command)\n" END);
	const struct mail *sender =
	        sample(REPORT "x" STATUS "Final-Recipient: rfc822; a@example.org\nAction: failed\nStatus: 5.0.0\n"
	                      "Diagnostic-Code: smtp; 550 unknown user (in reply to MAIL FROM command)\n" END);

	assert_row(filter, 0, "a@example.org", "filtered", "soft");
	assert_row(sender, 0, "a@example.org", "rejected", "soft");
}

static void codes_are_found_and_addresses_of_machines_are_not(void **state)
{
	assert_text(bounce_find_status(TEXT("550-5.7.1 [192.0.2.1] no")), "5.7.1");
	assert_text(bounce_find_status(TEXT("host 5.1.1.9 said: 4.2.2")), "4.2.2");
	assert_text(bounce_find_status(TEXT("version 15.1.1")), "");
	assert_text(bounce_find_code(TEXT("said: 552 full")), "552");
	assert_text(bounce_find_code(TEXT("id 5501, port 25")), "");
	assert_text(bounce_find_code(TEXT("550-first\n550 last")), "550");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_delivery_status_is_read_field_by_field, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(every_recipient_has_a_row, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(what_arrived_or_is_late_has_not_failed, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(notes_of_qmail_and_exim_name_who_failed, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(several_failures_in_a_note_are_told_apart, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(who_is_not_named_is_whom_it_was_sent_to, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(a_bounce_in_json_is_read, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(the_stage_tells_a_filter_from_a_missing_user, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(
		        codes_are_found_and_addresses_of_machines_are_not, sample_begin, sample_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
