/* mail_inner_test.c - files in winmail.dat and in uuencode, invitations, signatures. */
#include "tests/unit/mail_sample.h"

static void a_file_written_into_the_text_is_an_attachment(void **state)
{
	const struct mail *mail = sample("Subject: x\n\nbefore\nbegin 644 ../cat.txt\n#0V%T\n`\nend\nafter\n");

	assert_text(mail->text, "before\nafter\n");
	assert_int_equal(sample_attachments(mail), 1);
	assert_text(sample_attachment(mail, 0)->name, "cat.txt");
	assert_text(sample_bytes(*state, sample_attachment(mail, 0)), "Cat");
}

static void a_text_about_uuencode_stays_a_text(void **state)
{
	const struct mail *mail = sample("Subject: x\n\nbegin 644 is how it starts,\nand end ends it\nend\n");

	assert_text(mail->text, "begin 644 is how it starts,\nand end ends it\nend\n");
	assert_int_equal(sample_attachments(mail), 0);
}

/* --- winmail.dat, written here ------------------------------------------------------------------ */
static void put_number(struct buffer *out, uint32_t number, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buffer_append(out, &(unsigned char){ (unsigned char)(number >> (8 * i)) }, 1);
}

static void put_attribute(struct buffer *out, int level, uint32_t id, struct text data)
{
	put_number(out, (uint32_t)level, 1);
	put_number(out, id, 4);
	put_number(out, (uint32_t)data.len, 4);
	buffer_text(out, data);
	put_number(out, 0, 2);
}

static struct text long_name_property(struct arena *arena, struct text name)
{
	struct buffer out;

	buffer_init(&out, arena, 128);
	put_number(&out, 1, 4);
	put_number(&out, 0x3707001E, 4);
	put_number(&out, 1, 4);
	put_number(&out, (uint32_t)name.len, 4);
	buffer_text(&out, name);
	put_number(&out, 0, (4 - name.len % 4) % 4);
	return buffer_view(&out);
}

static struct text winmail(struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, 1024);
	buffer_string(&out,
	        "Subject: x\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: 8bit\n\n");
	put_number(&out, 0x223E9F78, 4);
	put_number(&out, 0, 2);
	put_attribute(&out, 1, 0x00069007, TEXT("\xE4\x04\0\0\0\0\0\0"));
	put_attribute(&out, 2, 0x00069002, TEXT("\1\0"));
	put_attribute(&out, 2, 0x00018010, TEXT("LETTER~1.DOC"));
	put_attribute(&out, 2, 0x0006800F, TEXT("bytes of it"));
	put_attribute(&out, 2, 0x00069005, long_name_property(arena, TEXT("lettre \xE0 lui.doc\0")));
	return buffer_view(&out);
}

static void files_of_winmail_are_attachments(void **state)
{
	const struct mail *mail = mail_read(*state, winmail(*state), TEXT_NONE);

	assert_int_equal(sample_attachments(mail), 1);
	assert_text(sample_attachment(mail, 0)->name, "lettre à lui.doc");
	assert_text(sample_bytes(*state, sample_attachment(mail, 0)), "bytes of it");
}

static void a_winmail_cut_anywhere_is_read_as_far_as_it_goes(void **state)
{
	struct text whole = winmail(*state);

	for (size_t len = 0; len < whole.len; len++) {
		char *copy = arena_copy(*state, whole.data, len);

		assert_non_null(mail_read(*state, (struct text){ copy, len }, TEXT_NONE));
	}
}

/* --- what people cannot read ---------------------------------------------------------------------- */
static void an_invitation_can_be_read_in_the_text(void **state)
{
	const struct mail *mail = sample(
	        "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nPlease come.\n--b\nContent-Type: "
	        "text/calendar; method=REQUEST\n\n"
	        "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VTIMEZONE\nDTSTART:19700101T000000\nEND:VTIMEZONE\nBEGIN:"
	        "VEVENT\n"
	        "SUMMARY:Budget\\, again\nDTSTART;TZID=Europe/Paris:20261201T140000\nDTEND:20261201T143000Z\n"
	        "LOCATION:Room\n  4\nORGANIZER;CN=\"A: B\":mailto:a@example.com\nEND:VEVENT\nEND:VCALENDAR\n--b--\n");

	assert_text(mail->text,
	        "Invitation: Budget, again\nStart: 2026-12-01 14:00 Europe/Paris\nEnd: 2026-12-01 14:30 UTC\n"
	        "Place: Room 4\nOrganiser: mailto:a@example.com\n\nPlease come.");
	assert_int_equal(sample_attachments(mail), 1);
}

static void signatures_and_encryption_are_told(void **state)
{
	assert_true(sample_notes(
	        sample("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nx"),
	        "encrypted (S/MIME)"));
	assert_true(sample_notes(sample("Content-Type: multipart/signed; boundary=b\n\n--b\n\nx\n--b\n"
	                                "Content-Type: application/pgp-signature\n\ny\n--b--\n"),
	        "signed (PGP/MIME)"));
	assert_true(sample_notes(sample("Subject: x\n\n-----BEGIN PGP MESSAGE-----\n"), "encrypted (PGP)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		        a_file_written_into_the_text_is_an_attachment, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(a_text_about_uuencode_stays_a_text, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(files_of_winmail_are_attachments, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(
		        a_winmail_cut_anywhere_is_read_as_far_as_it_goes, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(an_invitation_can_be_read_in_the_text, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(signatures_and_encryption_are_told, sample_begin, sample_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
