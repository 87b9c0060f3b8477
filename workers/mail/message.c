/* message.c - writes a mail: head, then text, or text and HTML as alternatives (RFC 2046 section 5.1.4), and
 * files behind them (section 5.1.3).
 *
 * RFC 5322 (format), RFC 3834 (Auto-Submitted: no vacation responder answers), RFC 8058 (one click unsubscribes).
 */
#include "workers/mail/message.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/arena.h"
#include "queues/address.h"
#include "queues/mail_token.h"
#include "workers/mail/attachment.h"
#include "workers/mail/dkim.h"
#include "workers/mail/encode.h"
#include "workers/mail/wording.h"

#define REPLY_BYTES 500
#define LINE_BYTES 998 /* RFC 5322 section 2.1.1 */
#define LOCAL_BYTES 64 /* RFC 5321 section 4.5.3.1.1 */

bool message_is_sound(struct text content)
{
	size_t column = 0;

	for (size_t i = 0; i < content.len; i++) {
		char c = content.data[i];

		if (c == '\r') {
			if (++i == content.len || content.data[i] != '\n')
				return false;
			column = 0;
		} else if (c == '\n' || c == '\0' || ++column > LINE_BYTES) {
			return false;
		}
	}
	return column == 0;
}

bool message_address_is_plain(struct text address)
{
	const char *at = address.len ? memchr(address.data, '@', address.len) : NULL;

	if (!at || at == address.data || at == address.data + address.len - 1 || address.len > 254)
		return false;
	for (size_t i = 0; i < address.len; i++) {
		unsigned char c = (unsigned char)address.data[i];

		if (c <= 0x20 || c >= 0x7f || strchr("<>()[],;:\\\"", c))
			return false;
	}
	return memchr(at + 1, '@', (size_t)(address.data + address.len - at - 1)) == NULL;
}

struct text message_one_line(struct arena *arena, struct text said)
{
	struct buffer out;

	said = text_trim(said);
	buffer_init(&out, arena, 128);
	for (size_t i = 0; i < said.len && out.len < REPLY_BYTES - 4;) {
		size_t step = text_utf8_step((struct text){ said.data + i, said.len - i });
		unsigned char c = (unsigned char)said.data[i];

		if (!step)
			buffer_string(&out, "?");
		else if (step > 1 || (c >= 0x20 && c != 0x7f))
			buffer_append(&out, said.data + i, step);
		else if (out.len && out.data[out.len - 1] != ' ')
			buffer_string(&out, " ");
		i += step ? step : 1;
	}
	return text_of(buffer_cstr(&out));
}

/* --- the message ------------------------------------------------------------- */
/* Not strftime: its names follow the locale. */
static void append_date(struct buffer *out, int64_t unix_us)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
		"Nov", "Dec" };
	time_t seconds = (time_t)(unix_us / 1000000);
	struct tm t;

	gmtime_r(&seconds, &t);
	buffer_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n", days[t.tm_wday], t.tm_mday,
	        months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

/* The first mail of the thread that this person had from us, and the last that came from him. */
static void append_ids(
        struct buffer *out, const struct mail *mail, const struct mail_sender *sender, struct arena *arena)
{
	struct text first = TEXT_NONE, last;
	char id[UUID_TEXT_BYTES];

	uuid_format(&mail->id, id);
	buffer_printf(out, "Message-ID: <%s@%s>\r\n", id, sender->domain);
	if (!uuid_is_none(&mail->first_id)) {
		uuid_format(&mail->first_id, id);
		first = text_of(arena_printf(arena, "%s@%s", id, sender->domain));
	}
	if (!first.len && !mail->theirs.len)
		return;
	last = mail->theirs.len ? mail->theirs : first;
	buffer_printf(out, "In-Reply-To: <%.*s>\r\nReferences:", (int)last.len, last.data);
	if (first.len)
		buffer_printf(out, " <%.*s>%s", (int)first.len, first.data, mail->theirs.len ? "\r\n" : "");
	if (mail->theirs.len)
		buffer_printf(out, " <%.*s>", (int)mail->theirs.len, mail->theirs.data);
	buffer_string(out, "\r\n");
}

/* The address with a token behind a +. */
static struct text plus(struct text address, enum mail_token_kind kind, const struct uuid *id, struct arena *arena)
{
	const char *at = memrchr(address.data, '@', address.len);
	size_t local = (size_t)(at - address.data);
	char token[MAIL_TOKEN_BYTES];

	if (local + MAIL_TOKEN_BYTES > LOCAL_BYTES)
		return address;
	mail_token_write(kind, id, TEXT_NONE, token);
	return text_of(
	        arena_printf(arena, "%.*s+%s%.*s", (int)local, address.data, token, (int)(address.len - local), at));
}

static void append_unsubscribe(struct buffer *out, const struct mail *mail, const struct mail_sender *sender)
{
	size_t len = strlen(sender->public_url);
	char token[MAIL_TOKEN_BYTES];

	if (!mail->unsubscribe.len || uuid_is_none(&mail->recipient_id) || !len)
		return;
	len -= sender->public_url[len - 1] == '/';
	mail_token_write(MAIL_TOKEN_UNSUBSCRIBE, &mail->recipient_id, mail->unsubscribe, token);
	buffer_printf(out, "List-Unsubscribe: <%.*s/api/v1/unsubscribe/%s?topic=%.*s>\r\n", (int)len,
	        sender->public_url, token, (int)mail->unsubscribe.len, mail->unsubscribe.data);
	buffer_string(out, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
}

static void append_part(struct buffer *out, const char *type, struct text body, enum encoding encoding)
{
	buffer_printf(out, "Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n", type,
	        encoding == ENCODING_BASE64 ? "base64" : "quoted-printable");
	if (encoding == ENCODING_BASE64)
		encode_base64(out, body);
	else
		encode_quoted_printable(out, body);
}

/* A boundary begins with "=_", which neither encoding writes (RFC 2045 section 6.7). */
static void append_texts(struct buffer *out, const struct mail *mail, const struct rendered *said)
{
	char id[UUID_TEXT_BYTES];

	if (!said->html.len) {
		append_part(out, "plain", said->text, ENCODING_QUOTED_PRINTABLE);
		return;
	}
	uuid_format(&mail->id, id);
	buffer_printf(out, "Content-Type: multipart/alternative;\r\n boundary=\"=_%s\"\r\n\r\n--=_%s\r\n", id, id);
	append_part(out, "plain", said->text, ENCODING_QUOTED_PRINTABLE);
	buffer_printf(out, "\r\n--=_%s\r\n", id);
	append_part(out, "html", said->html, encode_shorter(said->html));
	buffer_printf(out, "\r\n--=_%s--\r\n", id);
}

static bool has_inside(const struct mail *mail)
{
	for (int i = 0; i < mail->attachment_count; i++)
		if (mail->attachments[i].bytes.data)
			return true;
	return false;
}

static size_t bytes_inside(const struct mail *mail)
{
	size_t bytes = 0;

	for (int i = 0; i < mail->attachment_count; i++)
		bytes += mail->attachments[i].bytes.len;
	return bytes;
}

static void append_body(struct buffer *out, const struct mail *mail, const struct rendered *said)
{
	char id[UUID_TEXT_BYTES];

	buffer_string(out, "MIME-Version: 1.0\r\n");
	if (!has_inside(mail)) {
		append_texts(out, mail, said);
		return;
	}
	uuid_format(&mail->id, id);
	buffer_printf(
	        out, "Content-Type: multipart/mixed;\r\n boundary=\"=_files_%s\"\r\n\r\n--=_files_%s\r\n", id, id);
	append_texts(out, mail, said);
	for (int i = 0; i < mail->attachment_count; i++)
		if (mail->attachments[i].bytes.data) {
			buffer_printf(out, "\r\n--=_files_%s\r\n", id);
			attachment_append(out, &mail->attachments[i]);
		}
	buffer_printf(out, "\r\n--=_files_%s--\r\n", id);
}

static void write_message(
        struct mail *mail, const struct mail_sender *sender, const struct rendered *said, struct arena *arena)
{
	struct text from = mail->from.len ? mail->from : text_of(sender->address);
	struct text name = mail->from_name.len ? mail->from_name : text_of(sender->name);
	struct buffer out;

	buffer_init(&out, arena, 4096 + 2 * (said->text.len + said->html.len) + bytes_inside(mail) / 2 * 3);
	encode_mailbox(&out, "From", name, from);
	encode_mailbox(&out, "To", TEXT_NONE, mail->forward);
	encode_header(&out, "Subject", mail->subject);
	append_date(&out, mail->created_us);
	append_ids(&out, mail, sender, arena);
	if (!uuid_is_none(&mail->ticket_id))
		encode_mailbox(&out, "Reply-To", name, plus(from, MAIL_TOKEN_TICKET, &mail->ticket_id, arena));
	if (said->number.len)
		encode_header(&out, "X-Guichet-Ticket", said->number);
	append_unsubscribe(&out, mail, sender);
	buffer_string(&out, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n");
	append_body(&out, mail, said);
	mail->return_path = plus(from, MAIL_TOKEN_BOUNCE, &mail->id, arena);
	mail->content = dkim_signed(buffer_view(&out), from, arena);
}

/* --- the recipient ------------------------------------------------------------- */
static bool is_ascii(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.data[i] >= 0x80)
			return false;
	return true;
}

/* The domain as A-labels (RFC 5891), the local part as it is. NULL, or why there is no way to it: libesmtp knows no
 * SMTPUTF8 (RFC 6531), whatever the server offers. */
static const char *address_envelope(struct mail *mail, struct arena *arena)
{
	struct text given = mail->recipient, known;
	const char *at = given.len ? memrchr(given.data, '@', given.len) : NULL;
	const char *domain;

	if (at && !is_ascii((struct text){ given.data, (size_t)(at - given.data) }))
		return "the address has letters beyond ASCII before the @, which the way to the mail server (no "
		       "SMTPUTF8) "
		       "cannot carry";
	mail->forward = given;
	if (!is_ascii(given)) {
		known = address_normalized(arena, given);
		domain = known.len ? memrchr(known.data, '@', known.len) : NULL;
		if (!domain)
			return "the address cannot be used";
		mail->forward = text_of(arena_printf(arena, "%.*s%s", (int)(at - given.data), given.data, domain));
	}
	return message_address_is_plain(mail->forward) ? NULL : "the address cannot be used";
}

static void give_up(struct mail *mail, const char *why)
{
	mail->content = TEXT_NONE;
	mail->outcome = MAIL_FAILED;
	mail->reply = text_of(why);
}

void message_compose(struct mail *mail, const struct mail_sender *sender, struct arena *arena)
{
	const char *why = address_envelope(mail, arena);
	struct rendered said = { 0 };

	if (!why && mail->suppressed.len)
		why = arena_printf(arena, "nothing is sent to this address: %.*s", (int)mail->suppressed.len,
		        mail->suppressed.data);
	if (!why && mail->from.len && !message_address_is_plain(mail->from))
		why = "the sender's address cannot be used";
	if (why) {
		give_up(mail, why);
	} else if (mail->needs_token && !mail->token.len) {
		mail->reply = TEXT("its link could not be kept");
		mail->begun = true; /* tried again, less and less often */
	} else if (!wording_of(mail, sender, arena, &said)) {
		mail->reply = TEXT("this version knows no such template");
		mail->begun = true; /* tried again, less and less often */
	} else {
		mail->subject = said.subject;
		write_message(mail, sender, &said, arena);
		if (!message_is_sound(mail->content))
			give_up(mail, "the message has a bare CR or LF, or a line above 998 bytes");
	}
}
