/* mail_forward_test.c - whose mail was forwarded, and which mail is an answer and no forward. */
#include "tests/unit/mail_sample.h"

#define HEAD(subject) "From: Ann <ann@example.org>\nSubject: " subject "\nContent-Type: text/plain; charset=utf-8\n\n"

static void a_forward_of_gmail_gives_its_sender(void **state)
{
	const struct mail *mail = sample(
	        HEAD("Fwd: Printer") "Please see to it.\n\n---------- Forwarded message ---------\n"
	                             "From: Bob Doe <Bob@Example.COM>\nDate: Mon, 3 Jun 2024 at 09:12\n"
	                             "Subject: Printer\nTo: Ann <ann@example.org>, <c@example.org>\n\nIt is broken.\n");

	assert_true(mail->is_forward);
	assert_text(mail->forward_from.address, "Bob@example.com");
	assert_text(mail->forward_from.name, "Bob Doe");
	assert_text(mail->forward_subject, "Printer");
	assert_text(mail->forward_date, "Mon, 3 Jun 2024 at 09:12");
	assert_int_equal(mail->forward_to.count, 2);
	assert_text(mail->forward_to.items[1].address, "c@example.org");
	assert_text(mail->forward_text, "It is broken.");
}

static void a_forward_of_apple_mail_loses_its_marks(void **state)
{
	const struct mail *mail = sample(
	        HEAD("Tr: Imprimante") "> Début du message réexpédié :\n>\n> De: Bob <bob@example.com>\n"
	                               "> Objet: Imprimante\n> Date: 3 juin 2024 à 09:12\n>\n> En panne.\n> Bob\n");

	assert_text(mail->forward_from.address, "bob@example.com");
	assert_text(mail->forward_text, "En panne.\nBob");
}

static void a_forward_in_one_line_is_read(void **state)
{
	const struct mail *mail = sample(HEAD(
	        "Fwd: x") "  ----- Forwarded Message ----- From: Bob <bob@example.com>To: \"ann@example.org\" "
	                  "<ann@example.org>Sent: Monday, June 3, 2024, 09:12 AMSubject: Printer\nIt is broken.\n");

	assert_text(mail->forward_from.address, "bob@example.com");
	assert_text(mail->forward_subject, "Printer");
	assert_int_equal(mail->forward_to.items[0].name.len, 0);
}

static void an_unknown_language_is_read_by_what_it_names(void **state)
{
	const struct mail *mail =
	        sample(HEAD("Fwd: x") "Gorblu: Bob <bob@example.com>\nLimtat: 3. jurn 2024 09:12\n"
	                              "Drebi: Ann <ann@example.org>\nSorma: Printer\n\nIt is broken.\n");

	assert_text(mail->forward_from.address, "bob@example.com");
	assert_text(mail->forward_to.items[0].address, "ann@example.org");
	assert_text(mail->forward_subject, "Printer");
}

static void names_with_commas_and_outlooks_brackets_are_read(void **state)
{
	const struct mail *mail = sample(HEAD(
	        "FW: x") "From: Doe, Bob [mailto:bob@example.com]\nSent: 3 June 2024 09:12\n"
	                 "To: Other, Ann <ann@example.org<mailto:ann@example.org>>; c@example.org\nSubject: x\n\ny\n");

	assert_text(mail->forward_from.name, "Doe, Bob");
	assert_text(mail->forward_from.address, "bob@example.com");
	assert_int_equal(mail->forward_to.count, 2);
	assert_text(mail->forward_to.items[0].name, "Other, Ann");
}

static void an_attached_message_says_it_best(void **state)
{
	const struct mail *mail =
	        sample("From: ann@example.org\nSubject: Fwd: x\nContent-Type: multipart/mixed; boundary=b\n\n"
	               "--b\n\nFrom: Eve <eve@example.net>\nSent: today\n--b\nContent-Type: message/rfc822\n\n"
	               "From: =?utf-8?q?B=C3=B6b?= <bob@example.com>\nSubject: Printer\n\nIt is broken.\n--b--\n");

	assert_text(mail->forward_from.address, "bob@example.com");
	assert_text(mail->forward_from.name, "B\xC3\xB6"
	                                     "b");
	assert_text(mail->forward_text, "It is broken.");
}

static void an_answer_is_no_forward(void **state)
{
	assert_false(sample(HEAD("Re: x") "Yes.\n\nFrom: Bob <bob@example.com>\nSent: 3 June 2024 09:12\nTo: "
	                                  "Ann\nSubject: x\n\ny\n")
	                     ->is_forward);
	assert_false(
	        sample(HEAD("x") "Yes.\n\nOn 3 Jun 2024 at 09:12, Bob <bob@example.com> wrote:\n> y\n")->is_forward);
	assert_false(sample(HEAD("AW: x") "Ja.\n\n-----Ursprüngliche Nachricht-----\nVon: Bob <bob@example.com>\n"
	                                  "Gesendet: Montag, 3. Juni 2024 09:12\nBetreff: x\n\ny\n")
	                     ->is_forward);
	assert_false(sample(HEAD("Order: 12") "From: me\nTo: you\n")->is_forward);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_forward_of_gmail_gives_its_sender, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(a_forward_of_apple_mail_loses_its_marks, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(a_forward_in_one_line_is_read, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(an_unknown_language_is_read_by_what_it_names, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(
		        names_with_commas_and_outlooks_brackets_are_read, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(an_attached_message_says_it_best, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(an_answer_is_no_forward, sample_begin, sample_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
