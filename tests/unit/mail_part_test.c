/* mail_part_test.c - parts: how they are cut, what is the body, what an attachment; transfer encodings. */
#include "tests/unit/mail_sample.h"
#include "base/mail/transfer.h"

static void a_plain_mail_is_its_text(void **state)
{
	const struct mail *mail = sample("Subject: x\r\nContent-Type: text/plain\r\n\r\none\r\ntwo\r\n");

	assert_int_equal(mail->part_count, 1);
	assert_text(mail->text, "one\ntwo\n");
	assert_int_equal(mail->html.len, 0);
}

static void an_alternative_gives_both_kinds(void **state)
{
	const struct mail *mail =
	        sample("Content-Type: multipart/alternative; boundary=b\n\nto be ignored\n--b\n\nplain\n--b\n"
	               "Content-Type: text/html\n\n<p>rich</p>\n--b--\nignored, too\n");

	assert_text(mail->text, "plain");
	assert_text(mail->html, "<p>rich</p>");
	assert_int_equal(sample_attachments(mail), 0);
}

static void html_alone_gives_a_text(void **state)
{
	assert_text(sample("Content-Type: text/html\n\n<p>Hello <b>you</b></p><p>Bye</p>")->text, "Hello you\n\nBye\n");
}

static void an_empty_text_beside_html_is_none(void **state)
{
	assert_text(
	        sample("Content-Type: multipart/alternative; boundary=b\n\n--b\n\n \n\n--b\nContent-Type: text/html\n\n"
	               "<p>said</p>\n--b--\n")
	                ->text,
	        "said\n");
}

static void attachments_keep_their_bytes(void **state)
{
	const struct mail *mail =
	        sample("Content-Type: multipart/mixed; boundary=\"b b\"\n\n--b b\n\nsee below\n--b b\n"
	               "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n"
	               "JVBERi0x\nLjQK\n--b b\nContent-Disposition: attachment; filename=b.txt\n\n"
	               "text\n\n--b b--\n");

	assert_text(mail->text, "see below");
	assert_int_equal(sample_attachments(mail), 2);
	assert_text(sample_attachment(mail, 0)->name, "a.pdf");
	assert_text(sample_bytes(*state, sample_attachment(mail, 0)), "%PDF-1.4\n");
	assert_text(sample_bytes(*state, sample_attachment(mail, 1)), "text\n");
}

static void a_picture_named_by_the_html_is_inline(void **state)
{
	const struct mail *mail = sample("Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: "
	                                 "text/html\n\n<img src=\"cid:p@x\">\n--b\n"
	                                 "Content-Type: image/png\nContent-ID: <p@x>\n\nP\n--b\nContent-Type: "
	                                 "image/png\nContent-ID: <q@x>\n\nQ\n--b--\n");

	assert_true(sample_attachment(mail, 0)->is_inline);
	assert_false(sample_attachment(mail, 1)->is_inline);
	assert_non_null(strstr(text_dup(*state, mail->html), "src=\"cid:p@x\""));
}

static void a_message_inside_is_one_file(void **state)
{
	const struct mail *mail =
	        sample("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfyi\n--b\nContent-Type: message/rfc822\n\n"
	               "Subject: a/b?\n\ninner\n--b--\n");

	assert_int_equal(sample_attachments(mail), 1);
	assert_text(sample_attachment(mail, 0)->name, "a-b?.eml");
	assert_text(sample_bytes(*state, sample_attachment(mail, 0)), "Subject: a/b?\n\ninner");
	assert_text(mail->text, "fyi");
}

static void what_is_broken_is_read_all_the_same(void **state)
{
	assert_text(sample("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nno end\n")->text, "no end\n");
	assert_text(sample("Content-Type: multipart/mixed\n\nno boundary\n")->text, "no boundary\n");
	assert_text(sample("Content-Type: multipart/mixed; boundary=other\n\n--b\nContent-Type: "
	                   "text/plain\n\nfound\n--b--\n")
	                    ->text,
	        "found");
	assert_text(sample("Content-Type: nonsense\n\nstill text\n")->text, "still text\n");
	assert_text(sample("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n")->text, "one");
	assert_int_equal(sample("")->text.len, 0);
}

static void bounds_are_kept(void **state)
{
	struct buffer many, deep;
	const struct mail *mail;

	buffer_init(&many, *state, 65536);
	buffer_init(&deep, *state, 65536);
	buffer_string(&many, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < 2 * MAIL_PARTS_MOST; i++)
		buffer_string(&many, "--b\n\nx\n");
	for (int i = 0; i < 3 * MAIL_DEPTH_MOST; i++)
		buffer_printf(&deep, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
	mail = mail_read(*state, buffer_view(&many), TEXT_NONE);
	assert_int_equal(mail->part_count, MAIL_PARTS_MOST);
	assert_true(sample_notes(mail, "more than"));
	mail = mail_read(*state, buffer_view(&deep), TEXT_NONE);
	assert_true(mail->part_count <= MAIL_DEPTH_MOST + 2);
	assert_true(sample_notes(mail, "nested deeper"));
}

static void a_text_without_measure_is_cut_and_attached_whole(void **state)
{
	struct buffer raw;
	const struct mail *mail;

	buffer_init(&raw, *state, 12 << 20);
	buffer_string(&raw, "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n");
	for (int i = 0; i < 200000; i++)
		buffer_string(&raw, "b25lIG9mIG1hbnkgbGluZXMgb2YgYSBsb25nIG1haWwgCg==\n");
	mail = mail_read(*state, buffer_view(&raw), TEXT_NONE);
	assert_int_equal(mail->text.len, MAIL_TEXT_BYTES_MOST);
	assert_int_equal(sample_attachments(mail), 1);
	assert_int_equal(sample_bytes(*state, sample_attachment(mail, 0)).len, 200000 * 34);
	assert_true(sample_notes(mail, "longer than"));
}

static struct text decoded(struct arena *arena, const char *encoding, const char *content)
{
	return transfer_decoded(arena, text_of(encoding), text_of(content));
}

static void undoes_transfer_encodings(void **state)
{
	assert_text(decoded(*state, "base64", "Vk==\nSQ==\nUlVTISE="), "VIRUS!!");
	assert_text(decoded(*state, "base64", "aGVsbG8="), "hello");
	assert_text(decoded(*state, "base64", "aGVs*bG8\n"), "hello");
	assert_text(decoded(*state, "base64", "aGk=\n-- \nList: http://example.com\n"), "hi");
	assert_text(decoded(*state, "quoted-printable", "caf=C3=A9 =\nau  \nlait=20\n=ZZ"), "café au\nlait \n=ZZ");
	assert_text(decoded(*state, "x-uuencode", "begin 644 a\n#0V%T\n`\nend\n"), "Cat");
	assert_text(decoded(*state, "8bit", "=41"), "=41");
}

static void flowed_lines_are_joined(void **state)
{
	assert_text(sample("Content-Type: text/plain; format=flowed\n\none \ntwo\n three\n> quoted \n> on\n-- \nme\n")
	                    ->text,
	        "one two\nthree\n> quoted on\n-- \nme\n");
	assert_text(sample("Content-Type: text/plain; format=flowed; delsp=yes\n\nwo \nrd\n")->text, "word\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_plain_mail_is_its_text, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(an_alternative_gives_both_kinds, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(html_alone_gives_a_text, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(an_empty_text_beside_html_is_none, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(attachments_keep_their_bytes, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(a_picture_named_by_the_html_is_inline, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(a_message_inside_is_one_file, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(what_is_broken_is_read_all_the_same, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(bounds_are_kept, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(
		        a_text_without_measure_is_cut_and_attached_whole, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(undoes_transfer_encodings, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(flowed_lines_are_joined, sample_begin, sample_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
