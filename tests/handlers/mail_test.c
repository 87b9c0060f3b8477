/* mail_test.c - the mail worker without a database: URL, message text, verdicts, notes,
 * and sessions with a server that counts what it hears. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "queues/mail_token.h"
#include "queues/shared_link.h"
#include "tests/handlers/mail_test.h"
#include "workers/mail/attachment.h"
#include "workers/mail/dkim.h"
#include "workers/mail/encode.h"
#include "workers/mail/message.h"
#include "workers/mail/mta.h"
#include "workers/mail/outcome.h"
#include "workers/mail/route.h"
#include "workers/mail/transcript.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(16384);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static bool holds(struct text t, const char *part)
{
	return memmem(t.data, t.len, part, strlen(part)) != NULL;
}

/* --- the URL ------------------------------------------------------------------- */
static void a_loopback_relay_is_spoken_to_in_the_clear(void **state)
{
	struct mta_url url;

	(void)state;
	assert_null(mta_url_parse("smtp://127.0.0.1:8025", &url));
	assert_string_equal(url.host, "127.0.0.1");
	assert_int_equal(url.port, 8025);
	assert_int_equal(url.tls, MTA_TLS_NONE);
	assert_null(mta_url_parse("smtp://[::1]:2525/?tls=starttls", &url));
	assert_string_equal(url.host, "::1");
	assert_int_equal(url.port, 2525);
	assert_int_equal(url.tls, MTA_TLS_OFFERED);
}

static void any_other_server_needs_tls(void **state)
{
	struct mta_url url;

	(void)state;
	assert_null(mta_url_parse("smtp://relay.example", &url));
	assert_int_equal(url.port, 25);
	assert_int_equal(url.tls, MTA_TLS_REQUIRED);
	assert_null(mta_url_parse("smtp://u%40x:p%40s:s@relay.example:587", &url));
	assert_string_equal(url.user, "u@x");
	assert_string_equal(url.password, "p@s:s");
	assert_int_equal(url.tls, MTA_TLS_REQUIRED);
	assert_null(mta_url_parse("smtp://u:p@127.0.0.1", &url));
	assert_int_equal(url.tls, MTA_TLS_REQUIRED);
}

static void a_malformed_url_is_refused(void **state)
{
	static const char *const bad[] = { "smtps://relay.example", "http://relay", "smtp://", "smtp://:25",
		"smtp://h:0", "smtp://h:70000", "smtp://h:x", "smtp://u@h", "smtp://u:@h", "smtp://:p@h",
		"smtp://h?tls=maybe", "smtp://u:p@h?tls=none", "smtp://u:p@h?tls=starttls", "smtp://h%0d%0a",
		"smtp://[::1", "smtp://[::1]x" };
	struct mta_url url = { .port = 42 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(mta_url_parse(bad[i], &url));
	assert_int_equal(url.port, 42);
}

/* --- text ---------------------------------------------------------------------- */
static struct text header(struct text value)
{
	struct buffer out;

	buffer_init(&out, arena, 64);
	encode_header(&out, "Subject", value);
	return buffer_view(&out);
}

static void assert_lines_fit(struct text t, size_t most)
{
	size_t column = 0;

	for (size_t i = 0; i < t.len; i++) {
		if (t.data[i] == '\n') {
			assert_true(i > 0 && t.data[i - 1] == '\r');
			column = 0;
			continue;
		}
		if (t.data[i] != '\r')
			assert_true(++column <= most);
	}
}

static void a_subject_is_encoded_when_it_must(void **state)
{
	(void)state;
	assert_true(text_equal(header(TEXT("Ticket #1 - plain")), TEXT("Subject: Ticket #1 - plain\r\n")));
	assert_true(text_equal(header(TEXT("\xC3\xA9")), TEXT("Subject: =?UTF-8?B?w6k=?=\r\n")));
	assert_true(text_starts_with(header(TEXT("=?UTF-8?B?w6k=?=")), TEXT("Subject: =?UTF-8?B?PT9V")));
	assert_false(holds(header(TEXT("a\r\nBcc: b@example.org")), "\r\nBcc"));
}

static void long_subjects_are_folded(void **state)
{
	char ascii[400], accents[401];
	struct text folded;

	(void)state;
	for (size_t i = 0; i < sizeof ascii; i++)
		ascii[i] = i % 9 == 8 ? ' ' : 'x';
	for (size_t i = 0; i < 400; i += 2)
		memcpy(accents + i, "\xC3\xA9", 2);
	folded = header((struct text){ ascii, sizeof ascii });
	assert_lines_fit(folded, 78);
	folded = header((struct text){ accents, 400 });
	assert_lines_fit(folded, 76);
	assert_true(holds(folded, "?=\r\n =?UTF-8?B?"));
}

static struct text quoted(struct text body)
{
	struct buffer out;

	buffer_init(&out, arena, 64);
	encode_quoted_printable(&out, body);
	return buffer_view(&out);
}

static void bodies_are_quoted_printable(void **state)
{
	char line[500];

	(void)state;
	memset(line, '=', sizeof line);
	assert_true(text_equal(quoted(TEXT("a=b\n\xC3\xA9 \n\n.x\t")), TEXT("a=3Db\r\n=C3=A9=20\r\n\r\n.x=09\r\n")));
	assert_true(text_equal(quoted(TEXT("a\r\nb\rc")), TEXT("a\r\nb=0Dc\r\n")));
	assert_lines_fit(quoted((struct text){ line, sizeof line }), 76);
}

static void an_address_cannot_carry_a_command(void **state)
{
	static const char *const bad[] = { "", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nDATA", "<a@b>", "a\xC3\xA9@b",
		"a@b>,c@d" };

	(void)state;
	assert_true(message_address_is_plain(TEXT("a.b+c@example.org")));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(message_address_is_plain(text_of(bad[i])));
}

static void what_a_server_says_is_one_line_of_utf8(void **state)
{
	(void)state;
	assert_true(
	        text_equal(message_one_line(arena, TEXT("550 no\r\n550 really\xFF\r\n")), TEXT("550 no 550 really?")));
}

/* --- a mail -------------------------------------------------------------------- */
static struct mail a_mail(void)
{
	struct mail mail = { .template = TEXT("ticket_created"),
		.language = TEXT("fr"),
		.recipient = TEXT("zoe@example.org"),
		.attempts = 1,
		.created_us = 1767225600LL * 1000000,
		.fields =
		        TEXT("{\"userName\":\"Zo\xC3\xAB\",\"ticketNumber\":\"HD-2026-7\",\"priority\":\"urgent\"}") };

	uuid_parse(TEXT("01890000-0000-7000-8000-000000000001"), &mail.id);
	uuid_parse(TEXT("01890000-0000-7000-8000-00000000000b"), &mail.ticket_id);
	return mail;
}

static const struct mail_sender sender = { "support@desk.example", "Le \"Desk\"", "desk.example",
	"https://desk.example/" };

static void a_retry_is_the_same_message(void **state)
{
	struct mail first = a_mail(), again = a_mail();

	(void)state;
	again.attempts = 2;
	message_compose(&first, &sender, arena);
	message_compose(&again, &sender, arena);
	assert_true(text_equal(first.content, again.content));
	assert_true(holds(first.content, "Message-ID: <01890000-0000-7000-8000-000000000001@desk.example>\r\n"));
	assert_false(holds(first.content, "References:"));
	assert_true(holds(first.content, "https://desk.example/tickets/HD-2026-7\r\n"));
	assert_true(holds(first.content, "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"));
	assert_true(holds(first.content, "X-Guichet-Ticket: HD-2026-7\r\n"));
	assert_true(holds(first.content, "urgente\r\n"));
	assert_lines_fit(first.content, 78);
}

/* Of the same person's: nobody else's mail is named. */
static void a_mail_answers_the_first_about_its_ticket(void **state)
{
	struct mail mail = a_mail();

	(void)state;
	mail.first_id = mail.ticket_id;
	message_compose(&mail, &sender, arena);
	assert_true(holds(mail.content, "In-Reply-To: <01890000-0000-7000-8000-00000000000b@desk.example>\r\n"));
	assert_true(holds(mail.content, "References: <01890000-0000-7000-8000-00000000000b@desk.example>\r\n"));
}

/* What comes back says which ticket, which mail, and whose topic is to end. */
static void answers_and_bounces_find_their_way_back(void **state)
{
	struct mail mail = a_mail();
	struct uuid id;

	(void)state;
	mail.recipient_id = mail.ticket_id;
	mail.unsubscribe = TEXT("comments");
	message_compose(&mail, &sender, arena);
	assert_true(text_starts_with(mail.return_path, TEXT("support+b")));
	assert_true(mail_token_read(MAIL_TOKEN_BOUNCE, (struct text){ mail.return_path.data + 8, 43 }, TEXT_NONE, &id));
	assert_true(uuid_equal(&id, &mail.id));
	assert_true(holds(mail.content, "<support+t"));
	assert_true(holds(mail.content, "List-Unsubscribe: <https://desk.example/api/v1/unsubscribe/u"));
	assert_true(holds(mail.content, "?topic=comments>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
	assert_true(holds(mail.content, "From: \"Le \\\"Desk\\\"\" <support@desk.example>\r\n"));
	mail.ticket_id = (struct uuid){ 0 };
	mail.unsubscribe = TEXT("");
	message_compose(&mail, &sender, arena);
	assert_false(holds(mail.content, "Reply-To"));
	assert_false(holds(mail.content, "List-Unsubscribe"));
}

static void a_domain_travels_as_a_labels_and_a_local_part_only_in_ascii(void **state)
{
	struct mail mail = a_mail();

	(void)state;
	mail.recipient = TEXT("Zoe.B@b\xC3\xBC"
	                      "cher.example");
	message_compose(&mail, &sender, arena);
	assert_true(text_equal(mail.forward, TEXT("Zoe.B@xn--bcher-kva.example")));
	mail.recipient = TEXT("zo\xC3\xA9@example.org");
	message_compose(&mail, &sender, arena);
	assert_int_equal(mail.outcome, MAIL_FAILED);
	assert_true(holds(mail.reply, "SMTPUTF8"));
	assert_null(mail.content.data);
}

static void a_message_with_a_bare_cr_lf_or_nul_is_not_handed_over(void **state)
{
	static const struct text bad[] = { TEXT("a\nb\r\n"), TEXT("a\rb\r\n"), TEXT("a\0b\r\n"), TEXT("a\r"), TEXT("a"),
		TEXT("a\r\n\n.\r\n") };
	char line[1002];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(message_is_sound(bad[i]));
	assert_true(message_is_sound(TEXT("a\r\n\r\n.\r\n")));
	memset(line, 'x', sizeof line);
	memcpy(line + 998, "\r\n", 2);
	assert_true(message_is_sound((struct text){ line, 1000 }));
	memcpy(line + 998, "x\r\n", 3);
	assert_false(message_is_sound((struct text){ line, 1001 }));
}

static void an_encoded_word_never_parts_what_is_one_character(void **state)
{
	char flags[400];
	struct text folded;

	(void)state;
	for (size_t i = 0; i + 9 <= sizeof flags; i += 9) /* e, combining acute twice, and a family's beginning */
		memcpy(flags + i, "e\xCC\x81\xCC\x81\xF0\x9F\x91\xA9", 9);
	folded = header((struct text){ flags, 396 });
	assert_lines_fit(folded, 76);
	for (const char *word = folded.data; (word = memmem(word, (size_t)(folded.data + folded.len - word), "?B?", 3));
	        word += 3)
		assert_false(
		        strncmp(word + 3, "zI", 2) == 0 || strncmp(word + 3, "8J", 2) == 0); /* begins with U+0301 */
}

static void html_is_the_shorter_of_two_encodings(void **state)
{
	(void)state;
	assert_int_equal(encode_shorter(TEXT("<p>plain</p>")), ENCODING_QUOTED_PRINTABLE);
	assert_int_equal(encode_shorter(TEXT("\xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7")), ENCODING_BASE64);
}

static void what_cannot_be_sent_says_why(void **state)
{
	struct mail nowhere = a_mail(), unknown = a_mail();

	(void)state;
	nowhere.recipient = TEXT("zoe@example.org>\r\nDATA");
	unknown.template = TEXT("of_the_future");
	message_compose(&nowhere, &sender, arena);
	message_compose(&unknown, &sender, arena);
	assert_null(nowhere.content.data);
	assert_int_equal(nowhere.outcome, MAIL_FAILED);
	assert_null(unknown.content.data);
	assert_int_equal(unknown.outcome, MAIL_DEFERRED);
	assert_true(nowhere.reply.len && unknown.reply.len);
}

/* --- files --------------------------------------------------------------------- */
static struct attachment a_file(struct text name, struct text type, struct text bytes)
{
	struct attachment file = { .name = name, .type = type, .size = 1234567, .bytes = bytes };

	uuid_parse(TEXT("01890000-0000-7000-8000-0000000000f1"), &file.file_id);
	return file;
}

static void what_fits_is_inside_and_what_does_not_is_a_link(void **state)
{
	struct attachment files[] = { a_file(TEXT("tray.png"), TEXT("image/png"), TEXT("\x89PNG\0\r\n")),
		a_file(TEXT("l\xC3\xA9gende <1>.txt"), TEXT("text/plain"), TEXT_NONE) };
	struct mail mail = a_mail(), again = a_mail();

	(void)state;
	uuid_parse(TEXT("01890000-0000-7000-8000-0000000000aa"), &mail.recipient_id);
	again.recipient_id = mail.recipient_id;
	mail.attachments = again.attachments = files;
	mail.attachment_count = again.attachment_count = 2;
	message_compose(&mail, &sender, arena);
	message_compose(&again, &sender, arena);
	assert_true(text_equal(mail.content, again.content));
	assert_true(message_is_sound(mail.content));
	assert_true(holds(mail.content, "Content-Type: multipart/mixed;\r\n"));
	assert_true(holds(mail.content,
	        "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
	        "Content-Disposition: attachment;\r\n filename=\"tray.png\"\r\n\r\niVBORwANCg==\r\n"));
	assert_true(holds(
	        mail.content, "Fichiers :\r\n- tray.png (1 Mo)\r\n- l=C3=A9gende <1>.txt (1 Mo) https://desk.example"));
	assert_true(holds(mail.content, "/api/v1/files/shared/"));
	assert_false(holds(mail.content, "Content-Type: text/plain\r\n"));
	assert_lines_fit(mail.content, 78);
}

static void a_link_in_a_mail_is_its_recipients_for_thirty_days(void **state)
{
	struct attachment file = a_file(TEXT("a"), TEXT("text/plain"), TEXT_NONE);
	struct mail mail = a_mail();
	struct shared_link link;
	struct text url;

	(void)state;
	uuid_parse(TEXT("01890000-0000-7000-8000-0000000000aa"), &mail.recipient_id);
	url = attachment_link(&mail, &file, &sender, arena);
	assert_true(text_starts_with(url, TEXT("https://desk.example" SHARED_LINK_PATH)));
	url.data += strlen("https://desk.example" SHARED_LINK_PATH);
	url.len -= strlen("https://desk.example" SHARED_LINK_PATH);
	assert_true(shared_link_read(url, &link));
	assert_true(uuid_equal(&link.account_id, &mail.recipient_id) && uuid_equal(&link.file_id, &file.file_id));
	assert_int_equal(link.expires_at, mail.created_us / 1000000 + 30 * 86400);
	assert_false(link.once);
	((char *)url.data)[url.len - 1] ^= 1;
	assert_false(shared_link_read(url, &link));
}

static void a_name_of_a_file_is_told_in_whole_characters(void **state)
{
	char name[256];
	struct buffer out;

	(void)state;
	for (size_t i = 0; i + 3 < sizeof name; i += 3)
		memcpy(name + i, "\xE2\x82\xAC", 3);
	buffer_init(&out, arena, 512);
	encode_file_name(&out, (struct text){ name, 255 });
	assert_lines_fit(buffer_view(&out), 78);
	assert_true(holds(buffer_view(&out), ";\r\n filename*0*=UTF-8''%E2%82%AC"));
	assert_false(holds(buffer_view(&out), "%E2;") || holds(buffer_view(&out), "%82;"));
	buffer_init(&out, arena, 512);
	encode_file_name(&out, TEXT("a\"; b=\r\nBcc: x.txt"));
	assert_true(text_equal(buffer_view(&out), TEXT("Content-Disposition: attachment;\r\n "
	                                               "filename*0*=UTF-8''a%22%3B%20b%3D%0D%0ABcc%3A%20x.txt\r\n")));
}

static void a_type_that_is_none_is_not_repeated(void **state)
{
	static const struct text none[] = { TEXT("message/rfc822"), TEXT("multipart/mixed"), TEXT("text/plain\r\nX: y"),
		TEXT("text"), TEXT("text/html; charset=x"), TEXT("") };

	(void)state;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		struct attachment file = a_file(TEXT("a"), none[i], TEXT("x"));
		struct buffer out;

		buffer_init(&out, arena, 512);
		attachment_append(&out, &file);
		assert_true(text_starts_with(buffer_view(&out), TEXT("Content-Type: application/octet-stream\r\n")));
	}
}

/* --- DKIM --------------------------------------------------------------------- */
#define FOLDER "/tmp/guichet-dkim-XXXXXX"

static void write_file(const char *folder, const char *name, struct text content)
{
	FILE *file = fopen(arena_printf(arena, "%s/%s", folder, name), "we");

	assert_non_null(file);
	assert_int_equal(fwrite(content.data, 1, content.len, file), content.len);
	fclose(file);
}

/* dkim_verify.py makes the keys and is asked, by python3-dkim, what it thinks of each message. */
static void what_an_independent_verifier_reads(void **state)
{
	static const struct text bodies[] = { TEXT(""), TEXT("a"), TEXT("\n\n\n"), TEXT("a  b\t \n\n\n c \n\n"),
		TEXT(".\n..\n \n"), TEXT("\xC3\xA9=\r\n\tx  \n"), TEXT("From x\n--=_\n") };
	static const struct text subjects[] = { TEXT("a"), TEXT("a   b:  c"),
		TEXT("\xC3\xA9\xC3\xA9  \xF0\x9F\x98\x80"), TEXT("x\r\nBcc: y@example.org"), TEXT(" "),
		TEXT("DKIM-Signature: a=b") };
	char folder[] = FOLDER;
	int count = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(
	        system(arena_printf(arena, "/usr/bin/python3 tests/handlers/dkim_verify.py keys %s", folder)), 0);
	assert_null(dkim_load(
	        arena_printf(arena, "desk.example:rsa:%s/rsa.pem desk.example:ed:%s/ed.pem", folder, folder)));
	for (size_t b = 0; b < sizeof bodies / sizeof *bodies; b++)
		for (size_t s = 0; s < sizeof subjects / sizeof *subjects; s++) {
			struct buffer out;

			buffer_init(&out, arena, 512);
			encode_mailbox(&out, "From", subjects[s], TEXT("support@mail.desk.example"));
			encode_mailbox(&out, "To", TEXT_NONE, TEXT("zoe@example.org"));
			encode_header(&out, "Subject", subjects[s]);
			buffer_string(&out, "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nX-A:  b\r\n\t c \r\n\r\n");
			encode_quoted_printable(&out, bodies[b]);
			write_file(folder, arena_printf(arena, "%d.eml", count++),
			        dkim_signed(buffer_view(&out), TEXT("support@mail.desk.example"), arena));
		}
	assert_int_equal(system(arena_printf(
	                         arena, "/usr/bin/python3 tests/handlers/dkim_verify.py verify %s %d", folder, count)),
	        0);
	assert_false(holds(dkim_signed(TEXT("A: b\r\n\r\nc\r\n"), TEXT("a@otherdesk.example"), arena), "DKIM"));
	assert_int_equal(system(arena_printf(arena, "rm -r %s", folder)), 0);
}

static void only_two_yeses_are_sent(void **state)
{
	(void)state;
	assert_int_equal(outcome_judge(250, 250, 250), MAIL_SENT);
	assert_int_equal(outcome_judge(0, 0, 0), MAIL_DEFERRED);
	assert_int_equal(outcome_judge(250, 250, 0), MAIL_DEFERRED);
	assert_int_equal(outcome_judge(250, 250, 354), MAIL_DEFERRED);
	assert_int_equal(outcome_judge(250, 0, 250), MAIL_DEFERRED);
	assert_int_equal(outcome_judge(250, 550, 0), MAIL_FAILED);
	assert_int_equal(outcome_judge(250, 550, 250), MAIL_FAILED);
	assert_int_equal(outcome_judge(250, 451, 503), MAIL_DEFERRED);
	assert_int_equal(outcome_judge(250, 250, 554), MAIL_FAILED);
	assert_int_equal(outcome_judge(250, 250, 421), MAIL_DEFERRED);
}

static void a_refusal_of_the_desk_loses_no_mail(void **state)
{
	(void)state;
	assert_int_equal(outcome_judge(550, 0, 0), MAIL_DEFERRED);
	assert_int_equal(outcome_judge(530, 530, 0), MAIL_DEFERRED);
	assert_int_equal(outcome_judge(250, 530, 0), MAIL_DEFERRED);
}

/* Who was not reached, stops or does not know us has said nothing about the mail. */
static void only_an_answer_about_the_mail_counts_against_it(void **state)
{
	struct mail mail = { .outcome = MAIL_DEFERRED, .judged = true, .refused_us = 1000000 };
	const int64_t day_us = 24LL * 3600 * 1000000;

	(void)state;
	assert_true(outcome_is_judged(250, 451, 0));
	assert_true(outcome_is_judged(250, 250, 452));
	assert_true(outcome_is_judged(250, 550, 0));
	assert_false(outcome_is_judged(0, 0, 0));
	assert_false(outcome_is_judged(451, 0, 0));
	assert_false(outcome_is_judged(250, 0, 0));
	assert_false(outcome_is_judged(250, 250, 0));
	assert_false(outcome_is_judged(250, 250, 421));
	assert_false(outcome_is_judged(250, 530, 0));

	outcome_expire(&mail, 2 * day_us);
	assert_int_equal(mail.outcome, MAIL_DEFERRED);
	mail.judged = false;
	outcome_expire(&mail, 40 * day_us);
	assert_int_equal(mail.outcome, MAIL_DEFERRED);
	mail.judged = true;
	mail.refused_us = 0; /* refused for the first time */
	outcome_expire(&mail, 40 * day_us);
	assert_int_equal(mail.outcome, MAIL_DEFERRED);
	mail.refused_us = 1000000;
	outcome_expire(&mail, 3 * day_us);
	assert_int_equal(mail.outcome, MAIL_FAILED);
}

static void a_failed_mail_leaves_a_note_on_its_ticket(void **state)
{
	struct mail mails[3] = { a_mail(), a_mail(), a_mail() };
	struct text notes;

	(void)state;
	for (int i = 0; i < 3; i++) {
		message_compose(&mails[i], &sender, arena);
		mails[i].outcome = MAIL_FAILED;
		mails[i].reply = TEXT("550 5.1.1 No such mailbox");
	}
	mails[1].outcome = MAIL_SENT;
	mails[2].ticket_id = (struct uuid){ 0 };
	notes = outcome_notes(mails, 3, 1767225600LL * 1000000, arena);
	assert_true(holds(notes, "\"routing_key\":\"cmd.ticket.b\""));
	assert_true(holds(notes, "\"accepted_at\":1767225600000000"));
	assert_true(holds(notes, "550 5.1.1 No such mailbox"));
	assert_false(holds(notes, "},{"));
}

static void a_transcript_tells_all_but_the_login(void **state)
{
	static struct transcript t = { .secret = "s3cret" };
	struct text said;
	char *long_line = arena_alloc(arena, 9000);

	(void)state;
	transcript_add(&t, false, "220 here\r\n", 10);
	transcript_add(&t, true, "AUTH PLAIN AHUAczNjcmV0\r\n", 25);
	transcript_add(&t, false, "334 \r\n", 6);
	transcript_add(&t, true, "czNjcmV0\r\n", 10);
	transcript_add(&t, false, "535 s3cret is wrong\r\n", 21);
	transcript_add(&t, true, "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n", 32);
	said = transcript_of(&t, arena);
	assert_true(text_equal(said, TEXT("< 220 here\n> AUTH PLAIN\n< 334 \n> [login]\n"
	                                  "< [an answer that repeats our password]\n> MAIL FROM:<a@b>\n"
	                                  "> RCPT TO:<c@d>\n")));
	memset(long_line, '\xC3', 9000);
	transcript_add(&t, false, long_line, 9000);
	said = transcript_of(&t, arena);
	assert_true(text_is_utf8(said, NULL) && t.part_len <= TRANSCRIPT_PART);
}

static void a_transport_is_of_a_sender_or_stands_in_for_the_first(void **state)
{
	static struct routes_config config;
	static const char *const bad[] = { "x", "a@b", "a@b=smtps://h", "@b=smtp://h", "a b=smtp://h", "=smtp://h" };

	(void)state;
	assert_null(
	        routes_parse("smtp://one", "a@b.example=smtp://two smtp://three a@b.example=smtp://four:26", &config));
	assert_int_equal(config.count, 2);
	assert_int_equal(config.routes[0].count, 2);
	assert_string_equal(config.routes[0].urls[1].host, "three");
	assert_string_equal(config.routes[1].address, "a@b.example");
	assert_string_equal(config.routes[1].urls[1].host, "four");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		memset(&config, 0, sizeof config);
		assert_non_null(routes_parse("smtp://one", bad[i], &config));
	}
}

static void what_is_recorded_is_not_recorded_again(void **state)
{
	struct mail mails[2] = { a_mail(), a_mail() };

	(void)state;
	mails[0].outcome = mails[1].outcome = MAIL_FAILED;
	mails[0].recorded = true;
	mails[1].attempts = 7;
	assert_false(holds(outcome_rows(mails, 2, arena), "},{"));
	assert_true(holds(outcome_rows(mails, 2, arena), "\"attempts\":7"));
	assert_false(holds(outcome_notes(mails, 2, 1767225600LL * 1000000, arena), "},{"));
	mails[1].recorded = true;
	assert_true(text_equal(outcome_rows(mails, 2, arena), TEXT("[]")));
}

/* --- sessions ------------------------------------------------------------------ */
static struct mail letters[3];
static int heard, patience; /* answers heard; how many of them can be recorded */

static int open_server(void **state)
{
	set_up(state);
	heard = 0;
	for (int i = 0; i < 3; i++) {
		letters[i] = a_mail();
		message_compose(&letters[i], &sender, arena);
	}
	return server_start() ? 0 : -1;
}

static int close_server(void **state)
{
	close(server.listener);
	return tear_down(state);
}

static void pump(void *arg)
{
	(void)arg;
}

static bool hear(struct mail *mail, void *arg)
{
	(void)arg;
	assert_ptr_equal(mail, &letters[heard]);
	heard++;
	assert_int_equal(server.taken, heard);
	assert_int_equal(server.begun, heard);
	assert_int_equal(mail->outcome, heard % 2 ? MAIL_SENT : MAIL_FAILED);
	assert_true(text_starts_with(mail->reply, heard % 2 ? TEXT("250 taken") : TEXT("554 not wanted")));
	mail->recorded = heard <= patience;
	return mail->recorded;
}

static void send_letters(int recordable)
{
	static const struct mta_ear ear = { pump, hear, NULL };
	struct mta *mta = mta_new(&server.url, "");

	patience = recordable;
	assert_non_null(mta);
	assert_true(mta_send(mta, letters, 3, &ear, arena));
	pthread_join(server.thread, NULL);
	mta_free(&mta);
}

static void each_answer_is_heard_before_the_next_mail_begins(void **state)
{
	(void)state;
	send_letters(3);
	assert_int_equal(heard, 3);
	assert_int_equal(server.begun, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(letters[i].outcome, i == 1 ? MAIL_FAILED : MAIL_SENT);
}

static void no_mail_goes_out_behind_an_answer_that_is_not_recorded(void **state)
{
	(void)state;
	send_letters(1);
	assert_int_equal(heard, 2);
	assert_int_equal(server.taken, 2);
	assert_int_equal(letters[1].outcome, MAIL_FAILED);
	assert_true(holds(letters[1].reply, "554 not wanted"));
	assert_int_equal(letters[2].outcome, MAIL_DEFERRED);
	assert_true(holds(letters[2].reply, "the session ended early"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loopback_relay_is_spoken_to_in_the_clear),
		cmocka_unit_test(any_other_server_needs_tls),
		cmocka_unit_test(a_malformed_url_is_refused),
		cmocka_unit_test_setup_teardown(a_subject_is_encoded_when_it_must, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_subjects_are_folded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bodies_are_quoted_printable, set_up, tear_down),
		cmocka_unit_test(an_address_cannot_carry_a_command),
		cmocka_unit_test_setup_teardown(what_a_server_says_is_one_line_of_utf8, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_retry_is_the_same_message, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_mail_answers_the_first_about_its_ticket, set_up, tear_down),
		cmocka_unit_test_setup_teardown(answers_and_bounces_find_their_way_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		        a_domain_travels_as_a_labels_and_a_local_part_only_in_ascii, set_up, tear_down),
		cmocka_unit_test(a_message_with_a_bare_cr_lf_or_nul_is_not_handed_over),
		cmocka_unit_test_setup_teardown(an_encoded_word_never_parts_what_is_one_character, set_up, tear_down),
		cmocka_unit_test(html_is_the_shorter_of_two_encodings),
		cmocka_unit_test_setup_teardown(what_fits_is_inside_and_what_does_not_is_a_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_link_in_a_mail_is_its_recipients_for_thirty_days, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_name_of_a_file_is_told_in_whole_characters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_type_that_is_none_is_not_repeated, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_an_independent_verifier_reads, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_cannot_be_sent_says_why, set_up, tear_down),
		cmocka_unit_test(only_two_yeses_are_sent),
		cmocka_unit_test(a_refusal_of_the_desk_loses_no_mail),
		cmocka_unit_test(only_an_answer_about_the_mail_counts_against_it),
		cmocka_unit_test_setup_teardown(a_failed_mail_leaves_a_note_on_its_ticket, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_transcript_tells_all_but_the_login, set_up, tear_down),
		cmocka_unit_test(a_transport_is_of_a_sender_or_stands_in_for_the_first),
		cmocka_unit_test_setup_teardown(what_is_recorded_is_not_recorded_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		        each_answer_is_heard_before_the_next_mail_begins, open_server, close_server),
		cmocka_unit_test_setup_teardown(
		        no_mail_goes_out_behind_an_answer_that_is_not_recorded, open_server, close_server),
	};

	setenv("MAIL_KEY", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 1);
	if (!settings_load((struct setting *const[]){ mail_token_settings, NULL }, stderr))
		return 1;
	mta_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
