/* session.c - see session.h. */
#include "ingress/mail/session.h"

#include <string.h>
#include "ingress/mail/path.h"
#include "ingress/mail/refusal.h"

#define ARENA_BYTES 2048

typedef enum session_step verb_fn(struct session *session, struct text rest, struct buffer *out);

static enum session_step reply(struct buffer *out, const char *line)
{
	buffer_string(out, line);
	buffer_string(out, "\r\n");
	return SESSION_GOES_ON;
}

/* Who goes on saying what makes no sense is sent away. */
static enum session_step fail(struct session *session, struct buffer *out, const char *line)
{
	refusal_count(REFUSAL_PROTOCOL);
	if (++session->errors < SESSION_ERRORS_MOST)
		return reply(out, line);
	session_farewell(session, "4.7.0 too many errors", out);
	return SESSION_ENDS;
}

void session_farewell(const struct session *session, const char *line, struct buffer *out)
{
	buffer_printf(out, "421 %.5s %s %s\r\n", line, session->terms->host, line + 6);
}

void session_forget(struct session *session)
{
	arena_free(&session->arena);
	session->recipients = NULL;
	session->count = 0;
	session->utf8 = false;
}

void session_secured(struct session *session)
{
	session_forget(session);
	session->greeted = false;
	session->secured = true;
}

void session_greet(struct session *session, struct buffer *out)
{
	buffer_printf(out, "220 %s %s Guichet\r\n", session->terms->host, session->lmtp ? "LMTP" : "ESMTP");
}

/* --- the greeting ------------------------------------------------------------------ */
static enum session_step greet_long(struct session *session, struct buffer *out)
{
	session_forget(session);
	session->greeted = true;
	buffer_printf(out, "250-%s\r\n250-PIPELINING\r\n250-SIZE %lld\r\n", session->terms->host,
	        (long long)session->terms->message_most);
	if (session->offers_tls && !session->secured)
		buffer_string(out, "250-STARTTLS\r\n");
	return reply(out, "250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES");
}

static enum session_step verb_lhlo(struct session *session, struct text rest, struct buffer *out)
{
	if (!session->lmtp)
		return fail(session, out, "500 5.5.1 this is SMTP: EHLO");
	return rest.len ? greet_long(session, out) : fail(session, out, "501 5.5.4 LHLO wants a name");
}

static enum session_step verb_ehlo(struct session *session, struct text rest, struct buffer *out)
{
	if (session->lmtp)
		return fail(session, out, "500 5.5.1 this is LMTP: LHLO");
	return rest.len ? greet_long(session, out) : fail(session, out, "501 5.5.4 EHLO wants a name");
}

static enum session_step verb_helo(struct session *session, struct text rest, struct buffer *out)
{
	if (session->lmtp)
		return fail(session, out, "500 5.5.1 this is LMTP: LHLO");
	if (!rest.len)
		return fail(session, out, "501 5.5.4 HELO wants a name");
	session_forget(session);
	session->greeted = true;
	buffer_printf(out, "250 %s\r\n", session->terms->host);
	return SESSION_GOES_ON;
}

static enum session_step verb_starttls(struct session *session, struct text rest, struct buffer *out)
{
	if (!session->offers_tls || session->secured)
		return fail(session, out, "503 5.5.1 not here");
	if (rest.len)
		return fail(session, out, "501 5.5.4 STARTTLS has no parameters");
	reply(out, "220 2.0.0 begin");
	return SESSION_SECURES;
}

/* --- the envelope ------------------------------------------------------------------ */
/* What stands behind "FROM:" or "TO:"; false: something else stands there. */
static bool take_word(struct text *rest, struct text word)
{
	if (rest->len < word.len || !text_equal_nocase((struct text){ rest->data, word.len }, word))
		return false;
	rest->data += word.len;
	rest->len -= word.len;
	return true;
}

static bool is_ascii(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] & 0x80)
			return false;
	return true;
}

/* NULL, or the reply to a parameter that cannot be kept. */
static const char *read_parameter(struct session *session, struct text name, struct text value)
{
	int64_t size;

	if (text_equal_nocase(name, TEXT("SIZE"))) {
		if (!text_to_int(value, &size) || size < 0)
			return "501 5.5.4 SIZE wants a number";
		return size > session->terms->message_most ? "552 5.3.4 larger than is taken" : NULL;
	}
	if (text_equal_nocase(name, TEXT("BODY")))
		return text_equal_nocase(value, TEXT("7BIT")) || text_equal_nocase(value, TEXT("8BITMIME"))
		               ? NULL
		               : "501 5.5.4 BODY is 7BIT or 8BITMIME";
	if (!text_equal_nocase(name, TEXT("SMTPUTF8")) || value.data)
		return "555 5.5.4 no such parameter";
	session->utf8 = true;
	return NULL;
}

static const char *read_parameters(struct session *session, struct text rest)
{
	struct text name, value;
	const char *wrong = NULL;

	while (!wrong && path_parameter(&rest, &name, &value))
		wrong = read_parameter(session, name, value);
	return wrong ? wrong : rest.len ? "501 5.5.4 that cannot be read" : NULL;
}

static enum session_step verb_mail(struct session *session, struct text rest, struct buffer *out)
{
	struct text sender;
	const char *wrong;

	if (!session->greeted)
		return fail(session, out, session->lmtp ? "503 5.5.1 LHLO first" : "503 5.5.1 EHLO first");
	if (session->arena)
		return fail(session, out, "503 5.5.1 there is a sender already");
	if (!take_word(&rest, TEXT("FROM:")) || !path_read(&rest, &sender))
		return fail(session, out, "501 5.1.7 MAIL FROM:<address> is wanted");
	wrong = read_parameters(session, rest);
	if (!wrong && !session->utf8 && !is_ascii(sender))
		wrong = "553 5.6.7 such an address wants SMTPUTF8";
	if (wrong) {
		session_forget(session);
		if (strncmp(wrong, "552", 3) != 0)
			return fail(session, out, wrong);
		refusal_count(REFUSAL_SIZE);
		return reply(out, wrong);
	}
	session->arena = arena_new(ARENA_BYTES);
	session->sender = text_copy(session->arena, sender);
	return reply(out, "250 2.1.0 well");
}

static enum session_step verb_rcpt(struct session *session, struct text rest, struct buffer *out)
{
	enum session_mailbox mailbox;
	struct text address;

	if (!session->arena)
		return fail(session, out, "503 5.5.1 MAIL first");
	if (!take_word(&rest, TEXT("TO:")) || !path_read(&rest, &address) || !address.len)
		return fail(session, out, "501 5.1.3 RCPT TO:<address> is wanted");
	if (text_trim(rest).len)
		return fail(session, out, "555 5.5.4 no such parameter");
	if (!session->utf8 && !is_ascii(address))
		return fail(session, out, "553 5.6.7 such an address wants SMTPUTF8");
	if (session->count == SESSION_RECIPIENTS_MOST)
		return reply(out, "452 4.5.3 too many recipients for one message");
	mailbox = session->terms->mailbox(address);
	if (mailbox != MAILBOX_OURS) {
		refusal_count(mailbox == MAILBOX_UNKNOWN ? REFUSAL_DATABASE : REFUSAL_RECIPIENT);
		return reply(out, mailbox == MAILBOX_UNKNOWN ? "451 4.3.0 not now: the database is away"
		                                             : "550 5.1.1 there is no such mailbox here");
	}
	if (!session->recipients)
		session->recipients = ARENA_ARRAY(session->arena, struct text, SESSION_RECIPIENTS_MOST);
	session->recipients[session->count++] = text_copy(session->arena, address);
	return reply(out, "250 2.1.5 well");
}

/* --- the message ------------------------------------------------------------------- */
static const struct {
	const char *reply;
	enum refusal reason;
} verdicts[] = {
	[VERDICT_TAKEN] = { "250 2.0.0 taken", 0 },
	[VERDICT_NO_DATABASE] = { "451 4.3.0 not now: the database is away", REFUSAL_DATABASE },
	[VERDICT_DISK_FULL] = { "452 4.3.1 not now: the disk is full", REFUSAL_DISK },
	[VERDICT_NO_DISK] = { "451 4.3.0 not now: it could not be stored", REFUSAL_DISK },
	[VERDICT_BUSY] = { "451 4.3.2 not now: too many messages are arriving", REFUSAL_BUSY },
	[VERDICT_TOO_LARGE] = { "552 5.3.4 larger than is taken", REFUSAL_SIZE },
	[VERDICT_SMUGGLED] = { "550 5.5.2 a line ends with CR LF, and has neither of them inside", REFUSAL_SMUGGLED },
};

static enum session_step verb_data(struct session *session, struct text rest, struct buffer *out)
{
	enum session_verdict obstacle;

	if (rest.len)
		return fail(session, out, "501 5.5.4 DATA has no parameters");
	if (!session->count)
		return fail(session, out, session->arena ? "503 5.5.1 no valid recipients" : "503 5.5.1 MAIL first");
	obstacle = session->terms->obstacle();
	if (obstacle == VERDICT_TAKEN) {
		reply(out, "354 go on, and end with a dot on a line of its own");
		return SESSION_MESSAGE;
	}
	refusal_count(verdicts[obstacle].reason);
	session_forget(session);
	return reply(out, verdicts[obstacle].reply);
}

void session_verdict(struct session *session, enum session_verdict verdict, struct buffer *out)
{
	int replies = session->lmtp && session->count ? session->count : 1;

	if (verdict != VERDICT_TAKEN)
		refusal_count(verdicts[verdict].reason);
	while (replies-- > 0)
		reply(out, verdicts[verdict].reply);
	session_forget(session);
}

/* --- the rest ---------------------------------------------------------------------- */
static enum session_step verb_rset(struct session *session, struct text rest, struct buffer *out)
{
	(void)rest;
	session_forget(session);
	return reply(out, "250 2.0.0 forgotten");
}

static enum session_step verb_noop(struct session *session, struct text rest, struct buffer *out)
{
	(void)session;
	(void)rest;
	return reply(out, "250 2.0.0 well");
}

/* Whether there is such a mailbox is told to who brings mail (RFC 5321 section 7.3). */
static enum session_step verb_vrfy(struct session *session, struct text rest, struct buffer *out)
{
	(void)session;
	(void)rest;
	return reply(out, "252 2.5.2 send the mail, and you will be told");
}

static enum session_step verb_help(struct session *session, struct text rest, struct buffer *out)
{
	(void)session;
	(void)rest;
	return reply(out, "214 2.0.0 mail to a helpdesk is taken here");
}

static enum session_step verb_quit(struct session *session, struct text rest, struct buffer *out)
{
	(void)rest;
	buffer_printf(out, "221 2.0.0 %s goodbye\r\n", session->terms->host);
	return SESSION_ENDS;
}

static const struct {
	const char *word;
	verb_fn *run;
} verbs[] = {
	{ "LHLO", verb_lhlo },
	{ "EHLO", verb_ehlo },
	{ "HELO", verb_helo },
	{ "STARTTLS", verb_starttls },
	{ "MAIL", verb_mail },
	{ "RCPT", verb_rcpt },
	{ "DATA", verb_data },
	{ "RSET", verb_rset },
	{ "NOOP", verb_noop },
	{ "VRFY", verb_vrfy },
	{ "EXPN", verb_vrfy },
	{ "HELP", verb_help },
	{ "QUIT", verb_quit },
};

/* A browser that was led here says GET or POST, and what a stranger wrote behind it: that ends at its first line. */
static enum session_step unknown(struct session *session, struct buffer *out)
{
	if (session->greeted)
		return fail(session, out, "500 5.5.1 no such command");
	refusal_count(REFUSAL_PROTOCOL);
	session_farewell(session, "4.7.0 that is no mail", out);
	return SESSION_ENDS;
}

enum session_step session_command(struct session *session, struct text line, struct buffer *out)
{
	const char *blank = line.len ? memchr(line.data, ' ', line.len) : NULL;
	struct text word = { line.data, blank ? (size_t)(blank - line.data) : line.len };
	struct text rest = text_trim((struct text){ line.data + word.len, line.len - word.len });

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (text_equal_nocase(word, text_of(verbs[i].word)))
			return verbs[i].run(session, rest, out);
	return unknown(session, out);
}

enum session_step session_long_command(struct session *session, struct buffer *out)
{
	return fail(session, out, "500 5.5.2 that line is too long");
}
