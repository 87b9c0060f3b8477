/* mail_fold_test.c - what of an answer is new, and what is quoted or signed below it. */
#include "tests/unit/mail_sample.h"

#define HEAD "From: Ann <ann@example.org>\nContent-Type: text/plain; charset=utf-8\n\n"
#define HTML_HEAD "From: Ann <ann@example.org>\nContent-Type: text/html; charset=utf-8\n\n"

#define assert_visible(body, wanted) assert_text(sample(HEAD body)->visible_text, wanted)

static void a_quotation_below_the_answer_is_folded(void **state)
{
	const struct mail *mail = sample(HEAD "It works, thank you.\n\nOn Mon, 3 Jun 2024 at 09:12, Support "
	                                      "<help@example.com>\nwrote:\n\n> Did you try again?\n> Yours\n");

	assert_text(mail->visible_text, "It works, thank you.");
	assert_non_null(strstr(text_dup(*state, mail->folded_text), "Did you try again?"));
}

static void who_wrote_is_found_in_any_language(void **state)
{
	assert_visible("Merci\n\nLe lun. 3 juin 2024 à 09:12, Bob <b@example.org> a écrit :\n\nbonjour\n", "Merci");
	assert_visible("Danke\n\nAm 03.06.2024 um 09:12 schrieb Bob:\n> Hallo\n", "Danke");
	assert_visible("好的\n\n在 2024年6月3日，上午9:12，Bob <b@example.org> 写道：\n\n你好\n", "好的");
	assert_visible("Kiitos\n\nBob <b@example.org> kirjoitti 3.6.2024 9.12:\n\nhei\n", "Kiitos");
	assert_visible("Ok\n\nZu 2024-06-03 09:12 blorb <b@example.org>:\n\nno known language\n", "Ok");
}

static void the_head_of_another_mail_is_the_end(void **state)
{
	assert_visible("See below.\n\nFrom: Bob <b@example.org>\nSent: Monday, 3 June 2024 09:12\nTo: Ann\n"
	               "Subject: Printer\n\nIt is broken.\n",
	        "See below.");
	assert_visible("Bitte.\n________________________________\nVon: Bob\nGesendet: Montag, 3. Juni 2024 09:12\n"
	               "An: Ann\nBetreff: Drucker\n\nKaputt.\n",
	        "Bitte.");
	assert_visible("Voilà\n\n-----Message d'origine-----\nDe : Bob\n\nancien texte\n", "Voilà");
}

static void what_a_customer_lists_is_no_head(void **state)
{
	assert_visible("My trip:\n\nFrom: Paris\nTo: London\nDate: 5 May 2024 10:00\n\nPlease refund it.",
	        "My trip:\n\nFrom: Paris\nTo: London\nDate: 5 May 2024 10:00\n\nPlease refund it.");
	assert_visible("Name: Ann\nE-mail: ann@example.org\nDate: 2024-05-05\nText: my order\n\nnever came",
	        "Name: Ann\nE-mail: ann@example.org\nDate: 2024-05-05\nText: my order\n\nnever came");
	assert_visible(
	        "On Monday we talked.\n\nYou said:\n\nall is well", "On Monday we talked.\n\nYou said:\n\nall is well");
}

static void answers_between_quotations_stay(void **state)
{
	assert_visible("On Mon, 3 Jun 2024 at 09:12, Bob <b@example.org> wrote:\n> Which colour?\n\nRed.\n\n> Which "
	               "size?\n\nXL.\n",
	        "> Which colour?\n\nRed.\n\n> Which size?\n\nXL.");
}

static void an_answer_below_what_it_answers_is_all_that_is_seen(void **state)
{
	assert_visible("Bob <b@example.org> wrote on 2024-06-03 09:12:\n> Which colour?\n\nRed.\n", "Red.");
}

static void a_mail_that_is_nothing_but_a_quotation_stays(void **state)
{
	const struct mail *mail = sample(HEAD "> first\n> second\n");

	assert_text(mail->visible_text, "> first\n> second");
	assert_int_equal(mail->folded_text.len, 0);
}

static void the_text_of_a_bare_forward_is_seen(void **state)
{
	assert_visible(
	        "---------- Forwarded message ---------\nFrom: Bob <b@example.org>\nDate: Mon, 3 Jun 2024 09:12\n"
	        "Subject: Printer\nTo: <ann@example.org>\n\nIt is broken.\n",
	        "It is broken.");
}

static void signatures_are_folded(void **state)
{
	assert_visible("Hello\n\n-- \nAnn Other\nACME\n", "Hello");
	assert_visible("Hello\n\nSent from my iPhone\n", "Hello");
	assert_visible("Bonjour\n\nEnvoyé de mon iPad\n", "Bonjour");
	assert_visible("Hallo\n\nVon meinem Samsung Galaxy gesendet.\n", "Hallo");
	assert_visible("Hi\n\nGet Outlook for iOS<https://example.org/x>\n", "Hi");
	assert_visible("Hello\n\nAnn\n\nThis e-mail is confidential and intended solely for the addressee. If you have "
	               "received "
	               "this message in error, please delete it and notify the sender.\n",
	        "Hello\n\nAnn");
}

static void what_looks_like_a_signature_and_is_none_stays(void **state)
{
	assert_visible("The note was sent from my phone to all users of the shop.\n\nIt came twice.",
	        "The note was sent from my phone to all users of the shop.\n\nIt came twice.");
	assert_visible("Steps\n-----\nfirst\nsecond\nthird", "Steps\n-----\nfirst\nsecond\nthird");
	assert_visible("```\n-- \nSELECT 1\n```\nfails", "```\n-- \nSELECT 1\n```\nfails");
	assert_visible("Hello\n\n>50 of us cannot sign in", "Hello\n\n>50 of us cannot sign in");
}

static void every_line_is_seen_or_folded(void **state)
{
	const struct mail *mail =
	        sample(HEAD "a\n\nb\n\n-- \nc\n\nOn 3 Jun 2024 at 09:12, Bob <b@example.org> wrote:\n> d\n\n\n");

	assert_text(mail->visible_text, "a\n\nb");
	assert_text(mail->folded_text, "\n-- \nc\n\nOn 3 Jun 2024 at 09:12, Bob <b@example.org> wrote:\n> d\n\n");
}

static void html_is_cut_where_its_text_is_folded(void **state)
{
	const struct mail *mail =
	        sample(HTML_HEAD "<div>New <b>text</b><img src=\"cid:p\"></div><div class=\"gmail_quote\"><div "
	                         "class=\"gmail_attr\">On 3 Jun 2024, "
	                         "Bob wrote:<br></div><blockquote type=\"cite\"><p>old text</p></blockquote></div>");
	const char *visible = text_dup(*state, mail->visible_html), *folded = text_dup(*state, mail->folded_html);

	assert_non_null(strstr(visible, "<b>text</b>"));
	assert_non_null(strstr(visible, "cid:p"));
	assert_null(strstr(visible, "old text"));
	assert_non_null(strstr(folded, "old text"));
	assert_null(strstr(text_dup(*state, mail->visible_text), "old"));
}

static void outlooks_html_is_cut_at_its_heads(void **state)
{
	const struct mail *mail =
	        sample(HTML_HEAD "<p>Answer</p><div style=\"border-top:solid 1pt\"><p><b>Von:</b> "
	                         "Bob<br><b>Gesendet:</b> Montag, 3. Juni 2024 "
	                         "09:12<br><b>An:</b> Ann<br><b>Betreff:</b> x</p></div><p>old text</p>");

	assert_null(strstr(text_dup(*state, mail->visible_html), "old text"));
	assert_null(strstr(text_dup(*state, mail->visible_html), "Betreff"));
	assert_non_null(strstr(text_dup(*state, mail->folded_html), "old text"));
}

static void indented_html_of_the_writer_stays(void **state)
{
	const struct mail *mail =
	        sample(HTML_HEAD "<p>Like this:</p><blockquote style=\"margin:0 0 0 40px;border:none\">my "
	                         "list</blockquote><p>Thanks</p>");

	assert_non_null(strstr(text_dup(*state, mail->visible_html), "my list"));
	assert_int_equal(mail->folded_html.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_quotation_below_the_answer_is_folded, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(who_wrote_is_found_in_any_language, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(the_head_of_another_mail_is_the_end, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(what_a_customer_lists_is_no_head, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(answers_between_quotations_stay, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(
		        an_answer_below_what_it_answers_is_all_that_is_seen, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(a_mail_that_is_nothing_but_a_quotation_stays, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(the_text_of_a_bare_forward_is_seen, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(signatures_are_folded, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(
		        what_looks_like_a_signature_and_is_none_stays, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(every_line_is_seen_or_folded, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(html_is_cut_where_its_text_is_folded, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(outlooks_html_is_cut_at_its_heads, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(indented_html_of_the_writer_stays, sample_begin, sample_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
