/* mail_header_test.c - headers: where they end, encoded words, parameters, names of files, addresses, ids, dates. */
#include "tests/unit/mail_sample.h"
#include "base/mail/header.h"

#define words(text) header_words(*state, TEXT(text), TEXT(""))
#define parameter(header, name) header_parameter(*state, TEXT(header), name, TEXT(""))
#define file_name(name) header_file_name(*state, TEXT(name))

static void decodes_encoded_words(void **state)
{
	assert_text(words("=?utf-8?Q?Caf=C3=A9_au_lait?="), "Café au lait");
	assert_text(words("=?ISO-8859-1?B?Q2Fm6Q==?= (2)"), "Café (2)");
	assert_text(words("=?utf-8*fr?q?=C3=A9t=C3=A9?="), "été");
	assert_text(words("no words =? at ?= all"), "no words =? at ?= all");
}

static void joins_a_character_that_was_cut_in_two(void **state)
{
	assert_text(words("=?utf-8?B?w6k=?= =?utf-8?B?w6k=?="), "éé");
	assert_text(words("=?utf-8?Q?=E2=82?=\t=?utf-8?Q?=AC?="), "€");
	assert_text(words("=?utf-8?Q?a?==?utf-8?Q?b?="), "ab");
}

static void reads_parameters_as_they_are_written(void **state)
{
	assert_text(parameter("attachment; filename=plan.pdf", "filename"), "plan.pdf");
	assert_text(parameter("attachment; filename=my plan.pdf", "filename"), "my plan.pdf");
	assert_text(parameter("attachment; FileName=\"a;b \\\"c\\\".pdf\"", "filename"), "a;b \"c\".pdf");
	assert_text(parameter("attachment; filename=\"never ends.pdf", "filename"), "never ends.pdf");
	assert_text(parameter("x; filename*=UTF-8''%e2%82%ac%20rates; filename=old", "filename"), "€ rates");
	assert_text(
	        parameter("x; filename*1*=%C3%A9; filename*0*=utf-8'fr'caf; filename*2=.txt", "filename"), "café.txt");
	assert_text(parameter("x; filename=\"=?utf-8?B?w6kudHh0?=\"", "filename"), "é.txt");
	assert_text(parameter("x; filename=\"r\xE9sum\xE9.doc\"", "filename"), "résumé.doc");
	assert_null(parameter("x; filenames=a", "filename").data);
}

static void names_of_files_hurt_nobody(void **state)
{
	assert_text(file_name("../../etc/passwd"), "passwd");
	assert_text(file_name("C:\\Users\\me\\plan.doc"), "plan.doc");
	assert_text(file_name("a\r\nX-Header: b.txt"), "aX-Header: b.txt");
	assert_text(file_name("invoice\xE2\x80\xAE"
	                      "fdp.exe"),
	        "invoicefdp.exe");
	assert_text(file_name(".."), "");
	assert_int_equal(file_name("0123456789012345678901234567890123456789012345678901234567890123456789"
	                           "0123456789012345678901234567890123456789012345678901234567890123456789"
	                           "0123456789012345678901234567890123456789012345678901234567890123456789"
	                           "0123456789012345678901234567890123456789012345678901234567890123456789.pdf")
	                         .len,
	        255);
}

static void a_message_without_headers_is_a_text(void **state)
{
	const struct mail *mail = sample("just some words\nand more: of them\n");

	assert_text(mail->text, "just some words\nand more: of them\n");
	assert_text(mail->sender_basis, "none");
	assert_true(sample_notes(mail, "no headers"));
}

static void what_stands_before_the_headers_is_passed_over(void **state)
{
	assert_text(sample("\r\n\r\nSubject: one\r\n\r\nx")->subject, "one");
	assert_text(sample("From x@example.com Mon Nov 30 06:00:00 2026\nSubject: two\n\nx")->subject, "two");
	assert_text(sample("garbage of a gateway\nSubject: three\n\nx")->subject, "three");
	assert_text(sample("Subject: four\rFrom: a@example.com\r\rbody\r")->text, "body\n");
}

static void reads_addresses_of_all_kinds(void **state)
{
	const struct mail *mail = sample("From: =?utf-8?q?J=C3=BCrgen?= \"the\" Test <Juergen@Example.COM>\n"
	                                 "To: a@example.com, \"B, b\" <b@example.com>,\n c@example.com (C)\n"
	                                 "Cc: team: d@example.com, e@example.com;, undisclosed-recipients:;\n"
	                                 "Reply-To: Max | [x] <f@example.com>\n\n");

	assert_text(mail->from.address, "Juergen@example.com");
	assert_non_null(strstr(text_dup(*state, mail->from.name), "Jürgen"));
	assert_int_equal(mail->to.count, 3);
	assert_text(mail->to.items[1].name, "B, b");
	assert_text(mail->to.items[2].address, "c@example.com");
	assert_int_equal(mail->cc.count, 2);
	assert_text(mail->reply_to.items[0].address, "f@example.com");
}

static void without_from_the_sender_is_found_elsewhere(void **state)
{
	const struct mail *mail = sample("From: nobody at all\nSender: s@example.com\n\n");

	assert_text(mail->from.address, "s@example.com");
	assert_text(mail->sender_basis, "sender");
	assert_text(sample("Return-Path: <r@example.com>\n\n")->sender_basis, "return-path");
	mail = mail_read(*state, TEXT("Subject: x\n\n"), TEXT("e@example.com"));
	assert_text(mail->from.address, "e@example.com");
	assert_text(sample("From: Only A Name\n\n")->from.name, "Only A Name");
}

static void reads_ids_and_dates(void **state)
{
	const struct mail *mail =
	        sample("Message-ID: <m1@example.com>\nReferences: <a@x>\n <b@x> <a@x>\n"
	               "In-Reply-To: Your mail of Monday <c@x>\nDate: Mon, 30 Nov 2026 07:00:00 +0100\n\n");

	assert_text(mail->message_id, "m1@example.com");
	assert_int_equal(mail->reference_count, 3);
	assert_text(mail->references[2], "c@x");
	assert_text(mail->date, "2026-11-30T06:00:00Z");
	assert_int_equal(sample("Date: yesterday\n\n")->date.len, 0);
}

static void raw_bytes_are_read_as_the_charset_named_nearby(void **state)
{
	assert_text(
	        sample("Subject: \xC4\xE3\xBA\xC3\nContent-Type: text/plain; charset=gb2312\n\n\xC4\xE3\n")->subject,
	        "你好");
	assert_text(sample("Subject: d\xE9j\xE0 vu\n\n")->subject, "déjà vu");
}

static void what_is_odd_in_a_header_does_not_end_it(void **state)
{
	const struct mail *mail = sample("Subject: one\n \n\t=?utf-8?q?two?=\nX-Odd\nTo: a@example.com\n\nbody\n");

	assert_text(mail->subject, "one two");
	assert_int_equal(mail->to.count, 1);
	assert_text(mail->text, "body\n");
	assert_text(sample("Subject: a\x07\x1B[31m=?utf-8?q?=00b=0D=0A?=\n\n")->subject, "a[31m\xEF\xBF\xBD"
	                                                                                 "b");
	assert_text(sample("Subject: \x1B$B$3$s\x1B(B\n\n")->subject, "こん");
}

static void a_subject_of_any_length_is_kept(void **state)
{
	struct buffer raw;

	buffer_init(&raw, *state, 4096);
	buffer_string(&raw, "Subject: ");
	for (int i = 0; i < 2000; i++)
		buffer_string(&raw, "x");
	buffer_string(&raw, "\n\nbody\n");
	assert_int_equal(mail_read(*state, buffer_view(&raw), TEXT_NONE)->subject.len, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(decodes_encoded_words, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(joins_a_character_that_was_cut_in_two, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(reads_parameters_as_they_are_written, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(names_of_files_hurt_nobody, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(a_message_without_headers_is_a_text, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(
		        what_stands_before_the_headers_is_passed_over, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(reads_addresses_of_all_kinds, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(without_from_the_sender_is_found_elsewhere, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(reads_ids_and_dates, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(
		        raw_bytes_are_read_as_the_charset_named_nearby, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(what_is_odd_in_a_header_does_not_end_it, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(a_subject_of_any_length_is_kept, sample_begin, sample_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
