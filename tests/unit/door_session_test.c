/* What is answered to who brings mail, command by command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "ingress/mail/path.h"
#include "ingress/mail/proxy.h"
#include "ingress/mail/session.h"
#include <arpa/inet.h>
#include <netinet/in.h>

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, begin, end, NULL                                                                      \
	}

static struct arena *arena;
static enum session_verdict present_obstacle;
static enum session_step step;

static enum session_mailbox find(struct text address)
{
	struct text mailbox = path_mailbox(arena, address);

	if (text_equal(mailbox, TEXT("later@desk.test")))
		return MAILBOX_UNKNOWN;
	return text_equal(mailbox, TEXT("help@desk.test")) ? MAILBOX_OURS : MAILBOX_NOT_OURS;
}

static enum session_verdict obstacle(void)
{
	return present_obstacle;
}

static const struct session_terms terms = {
	.host = "desk", .message_most = 1000, .mailbox = find, .obstacle = obstacle
};

static int begin(void **state)
{
	(void)state;
	arena = arena_new(4096);
	present_obstacle = VERDICT_TAKEN;
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct buffer *fresh(void)
{
	static struct buffer out;

	buffer_init(&out, arena, 256);
	return &out;
}

static const char *say(struct session *session, const char *line)
{
	struct buffer *out = fresh();

	step = session_command(session, text_of(line), out);
	return buffer_cstr(out);
}

/* The reply begins so. */
#define SAYS(session, line, wanted)                                                                                    \
	do {                                                                                                           \
		const char *said = say(session, line);                                                                 \
		if (strncmp(said, wanted, strlen(wanted)) != 0)                                                        \
			fail_msg("%s: %s", line, said);                                                                \
	} while (0)

static struct session lmtp(void)
{
	struct session session = { .terms = &terms, .lmtp = true };

	SAYS(&session, "LHLO client", "250-desk\r\n250-PIPELINING\r\n250-SIZE 1000\r\n");
	return session;
}

static void a_message_is_answered_for_each_recipient(void **state)
{
	struct session session = lmtp();
	struct buffer *out;

	(void)state;
	SAYS(&session, "MAIL FROM:<a@b.test> SIZE=900 BODY=8BITMIME", "250 2.1.0");
	SAYS(&session, "RCPT TO:<help@desk.test>", "250 2.1.5");
	SAYS(&session, "RCPT TO:<nobody@desk.test>", "550 5.1.1");
	SAYS(&session, "rcpt to: <HELP+token.x@Desk.Test>", "250 2.1.5");
	SAYS(&session, "DATA", "354");
	assert_int_equal(step, SESSION_MESSAGE);
	assert_int_equal(session.count, 2);
	assert_true(text_equal(session.recipients[1], TEXT("HELP+token.x@Desk.Test")));
	out = fresh();
	session_verdict(&session, VERDICT_DISK_FULL, out);
	assert_string_equal(
	        buffer_cstr(out), "452 4.3.1 not now: the disk is full\r\n452 4.3.1 not now: the disk is full\r\n");
	SAYS(&session, "RCPT TO:<help@desk.test>", "503 5.5.1");
}

static void smtp_answers_a_message_once(void **state)
{
	struct session session = { .terms = &terms };
	struct buffer *out;

	(void)state;
	SAYS(&session, "MAIL FROM:<>", "503 5.5.1");
	SAYS(&session, "LHLO client", "500 5.5.1");
	SAYS(&session, "EHLO client", "250-desk");
	SAYS(&session, "MAIL FROM:<>", "250 2.1.0");
	SAYS(&session, "RCPT TO:<help@desk.test>", "250 2.1.5");
	SAYS(&session, "RCPT TO:<help+b@desk.test>", "250 2.1.5");
	SAYS(&session, "DATA", "354");
	out = fresh();
	session_verdict(&session, VERDICT_TAKEN, out);
	assert_string_equal(buffer_cstr(out), "250 2.0.0 taken\r\n");
}

static void what_comes_out_of_order_is_refused(void **state)
{
	struct session session = lmtp();

	(void)state;
	SAYS(&session, "DATA", "503 5.5.1");
	SAYS(&session, "RCPT TO:<help@desk.test>", "503 5.5.1");
	SAYS(&session, "EHLO client", "500 5.5.1");
	SAYS(&session, "MAIL FROM:<a@b.test>", "250");
	SAYS(&session, "MAIL FROM:<a@b.test>", "503 5.5.1");
	SAYS(&session, "DATA", "503 5.5.1 no valid recipients");
	SAYS(&session, "RSET", "250");
	SAYS(&session, "MAIL FROM:<a@b.test>", "250");
	SAYS(&session, "STARTTLS", "503");
	SAYS(&session, "VRFY help", "252");
	SAYS(&session, "BDAT 10", "500 5.5.1");
	session_forget(&session);
}

static void what_cannot_be_taken_is_said_early(void **state)
{
	struct session session = lmtp();

	(void)state;
	SAYS(&session, "MAIL FROM:<a@b.test> SIZE=1001", "552 5.3.4");
	SAYS(&session, "MAIL FROM:<a@b.test> SIZE=x", "501");
	SAYS(&session, "MAIL FROM:<a@b.test> RET=HDRS", "555");
	SAYS(&session, "MAIL FROM:a@b.test", "501 5.1.7");
	SAYS(&session, "MAIL FROM:<\xc3\xa9@b.test>", "553 5.6.7");
	SAYS(&session, "MAIL FROM:<\xff@b.test> SMTPUTF8", "501");
	SAYS(&session, "MAIL FROM:<\xc3\xa9@b.test> SMTPUTF8", "250");
	SAYS(&session, "RCPT TO:<later@desk.test>", "451 4.3.0");
	SAYS(&session, "RCPT TO:<help@desk.test>", "250");
	present_obstacle = VERDICT_NO_DATABASE;
	SAYS(&session, "DATA", "451 4.3.0");
	assert_int_equal(step, SESSION_GOES_ON);
}

static void a_message_has_a_hundred_recipients_at_most(void **state)
{
	struct session session = lmtp();
	char line[80];

	(void)state;
	SAYS(&session, "MAIL FROM:<a@b.test>", "250");
	for (int i = 0; i < SESSION_RECIPIENTS_MOST; i++) {
		snprintf(line, sizeof line, "RCPT TO:<help+%d@desk.test>", i);
		SAYS(&session, line, "250");
	}
	SAYS(&session, "RCPT TO:<help@desk.test>", "452 4.5.3");
	session_forget(&session);
}

static void who_makes_no_sense_is_sent_away(void **state)
{
	struct session session = lmtp(), browser = { .terms = &terms, .lmtp = true };

	(void)state;
	for (int i = 1; i < SESSION_ERRORS_MOST; i++)
		SAYS(&session, "WHAT", "500 5.5.1");
	SAYS(&session, "WHAT", "421 4.7.0 desk too many errors");
	assert_int_equal(step, SESSION_ENDS);
	SAYS(&browser, "POST / HTTP/1.1", "421 4.7.0");
	assert_int_equal(step, SESSION_ENDS);
}

static void tls_forgets_what_was_said(void **state)
{
	struct session session = { .terms = &terms, .offers_tls = true };

	(void)state;
	assert_non_null(strstr(say(&session, "EHLO client"), "250-STARTTLS\r\n"));
	SAYS(&session, "MAIL FROM:<a@b.test>", "250");
	SAYS(&session, "STARTTLS x", "501");
	SAYS(&session, "STARTTLS", "220");
	assert_int_equal(step, SESSION_SECURES);
	session_secured(&session);
	SAYS(&session, "RCPT TO:<help@desk.test>", "503");
	SAYS(&session, "MAIL FROM:<a@b.test>", "503");
	assert_null(strstr(say(&session, "EHLO client"), "STARTTLS"));
	SAYS(&session, "STARTTLS", "503");
}

static void assert_mailbox(const char *address, const char *wanted)
{
	struct text found = path_mailbox(arena, text_of(address));

	assert_true(text_equal(found, text_of(wanted)));
}

static void an_address_belongs_to_its_mailbox(void **state)
{
	struct text in = TEXT("<@one.test,@two.test:ada@desk.test> SIZE=1"), out;

	(void)state;
	assert_mailbox("Help+a+b@DESK.test", "help@desk.test");
	assert_mailbox("h\xc3\xa9lp@d\xc3\xa9sk.test", "h\xc3\xa9lp@xn--dsk-bma.test");
	assert_mailbox("+x@desk.test", NULL);
	assert_mailbox("postmaster", NULL);
	assert_true(path_read(&in, &out));
	assert_true(text_equal(out, TEXT("ada@desk.test")));
	in = TEXT("<\"a>b\\\"c\"@desk.test>");
	assert_true(path_read(&in, &out));
	assert_true(text_equal(out, TEXT("\"a>b\\\"c\"@desk.test")));
}

/* At each length: more is wanted until all of the header is there. */
static void assert_proxy(const char *bytes, size_t len, size_t whole, const char *wanted)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	char text[INET6_ADDRSTRLEN] = "";

	for (size_t n = 0; n <= len; n++) {
		struct text in = { bytes, n };

		assert_int_equal(proxy_read(&in, &address), n < whole ? PROXY_MORE : PROXY_DONE);
		assert_int_equal(in.len, n < whole ? n : n - whole);
	}
	if (address.ss_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *)&address)->sin_addr, text, sizeof text);
	else if (address.ss_family == AF_INET6)
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&address)->sin6_addr, text, sizeof text);
	assert_string_equal(text, wanted);
}

static void a_proxy_says_whom_it_speaks_for(void **state)
{
#define V1 "PROXY TCP4 192.0.2.7 127.0.0.1 5000 25\r\n"
#define V2 "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2\x07\x7f\0\0\1\x13\x88\0\x19"
	struct sockaddr_storage address;
	struct text in = TEXT("LHLO x\r\n");

	(void)state;
	assert_proxy(V1 "LHLO", sizeof V1 + 3, sizeof V1 - 1, "192.0.2.7");
	assert_proxy(V2 "LHLO", sizeof V2 + 3, sizeof V2 - 1, "192.0.2.7");
	assert_proxy("PROXY UNKNOWN\r\n", 15, 15, "");
	assert_proxy("PROXY TCP6 2001:db8::1 ::1 1 2\r\n", 32, 32, "2001:db8::1");
	assert_int_equal(proxy_read(&in, &address), PROXY_WRONG);
	in = TEXT("PROXY TCP4 x y 1 2\r\n");
	assert_int_equal(proxy_read(&in, &address), PROXY_WRONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("LMTP answers a message for each recipient", a_message_is_answered_for_each_recipient),
		SENTENCE("SMTP answers a message once", smtp_answers_a_message_once),
		SENTENCE("what comes out of order is refused", what_comes_out_of_order_is_refused),
		SENTENCE("what cannot be taken is said early", what_cannot_be_taken_is_said_early),
		SENTENCE("a message has a hundred recipients at most", a_message_has_a_hundred_recipients_at_most),
		SENTENCE("who makes no sense is sent away", who_makes_no_sense_is_sent_away),
		SENTENCE("TLS forgets what was said before", tls_forgets_what_was_said),
		SENTENCE("an address belongs to its mailbox", an_address_belongs_to_its_mailbox),
		SENTENCE("a proxy says whom it speaks for", a_proxy_says_whom_it_speaks_for),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
