/* message.c - writes a mail: head, then the body as quoted-printable.
 *
 * RFC 5322 (format), RFC 2045 and 2047 (MIME), RFC 3834 (Auto-Submitted: no
 * vacation responder answers). Nothing of a value can start a line of the head:
 * control characters become blanks, what is not ASCII is encoded.
 */
#include "workers/mail/message.h"

#include <jansson.h>
#include <string.h>
#include <time.h>
#include "base/arena.h"
#include "templates/template.h"
#include "templates/words.h"

#define LINE_MAX 76
#define FIELDS_MAX 32
#define REPLY_BYTES 500

/* --- encodings --------------------------------------------------------------- */
static bool is_plain(struct text value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		if (c < 0x20 || c >= 0x7f || (c == '=' && i + 1 < value.len && value.data[i + 1] == '?'))
			return false;
	}
	return true;
}

static void append_base64(struct buffer *out, const unsigned char *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		unsigned bits = (unsigned)data[i] << 16 | (i + 1 < len ? (unsigned)data[i + 1] << 8 : 0) |
		                (i + 2 < len ? data[i + 2] : 0);
		char four[4] = { digits[bits >> 18], digits[bits >> 12 & 63],
			i + 1 < len ? digits[bits >> 6 & 63] : '=', i + 2 < len ? digits[bits & 63] : '=' };

		buffer_append(out, four, 4);
	}
}

/* Encoded words hold whole characters (RFC 2047 section 5): 39 bytes make 52
 * digits, so the longest header name still leaves the first line under 76. */
static void append_encoded(struct buffer *out, struct text value)
{
	size_t from = 0;

	while (from < value.len) {
		size_t len = 0;

		while (from + len < value.len) {
			size_t step = text_utf8_step((struct text){ value.data + from + len, value.len - from - len });

			step = step ? step : 1;
			if (len + step > 39)
				break;
			len += step;
		}
		buffer_string(out, from ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
		append_base64(out, (const unsigned char *)value.data + from, len);
		buffer_string(out, "?=");
		from += len;
	}
}

/* Folded at blanks; a word longer than a line stays whole. */
static void append_folded(struct buffer *out, struct text value, size_t column)
{
	size_t from = 0;

	while (from < value.len) {
		size_t end = from + 1;

		while (end < value.len && value.data[end] != ' ')
			end++;
		if (from && value.data[from] == ' ' && column + end - from > LINE_MAX && end > from + 1) {
			buffer_string(out, "\r\n");
			column = 0;
		}
		buffer_append(out, value.data + from, end - from);
		column += end - from;
		from = end;
	}
}

void message_header(struct buffer *out, const char *name, struct text value)
{
	buffer_printf(out, "%s: ", name);
	if (is_plain(value))
		append_folded(out, value, strlen(name) + 2);
	else
		append_encoded(out, value);
	buffer_string(out, "\r\n");
}

void message_quoted_printable(struct buffer *out, struct text body)
{
	size_t column = 0;

	for (size_t i = 0; i < body.len; i++) {
		unsigned char c = (unsigned char)body.data[i];
		bool at_end = i + 1 == body.len || body.data[i + 1] == '\n' || body.data[i + 1] == '\r';
		char code[4] = { (char)c, '\0' };

		if (c == '\r' && i + 1 < body.len && body.data[i + 1] == '\n')
			continue;
		if (c == '\n') {
			buffer_string(out, "\r\n");
			column = 0;
			continue;
		}
		if (c == '=' || c >= 0x7f || (c < 0x20 && c != '\t') || ((c == ' ' || c == '\t') && at_end))
			snprintf(code, sizeof code, "=%02X", c);
		if (column + strlen(code) > LINE_MAX - 1) {
			buffer_string(out, "=\r\n");
			column = 0;
		}
		buffer_string(out, code);
		column += strlen(code);
	}
	if (column)
		buffer_string(out, "\r\n");
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

static void append_ids(struct buffer *out, const struct mail *mail, const struct mail_sender *sender)
{
	char id[UUID_TEXT_BYTES];

	uuid_format(&mail->id, id);
	buffer_printf(out, "Message-ID: <%s@%s>\r\n", id, sender->domain);
	if (uuid_is_none(&mail->first_id))
		return;
	uuid_format(&mail->first_id, id);
	buffer_printf(out, "In-Reply-To: <%s@%s>\r\n", id, sender->domain);
	buffer_printf(out, "References: <%s@%s>\r\n", id, sender->domain);
}

static void write_message(
        struct mail *mail, const struct mail_sender *sender, struct text number, struct text body, struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, 2048 + 2 * body.len);
	buffer_printf(&out, "From: Support <%s>\r\n", sender->address);
	buffer_printf(&out, "To: <%.*s>\r\n", (int)mail->recipient.len, mail->recipient.data);
	message_header(&out, "Subject", mail->subject);
	append_date(&out, mail->created_us);
	append_ids(&out, mail, sender);
	if (number.len)
		message_header(&out, "X-Guichet-Ticket", number);
	buffer_string(&out, "Auto-Submitted: auto-generated\r\n"
	                    "MIME-Version: 1.0\r\n"
	                    "Content-Type: text/plain; charset=utf-8\r\n"
	                    "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
	message_quoted_printable(&out, body);
	mail->content = text_of(buffer_cstr(&out));
}

/* The string members of the row's fields, fixed words in the mail's language. */
static int read_fields(const struct mail *mail, json_t *object, struct template_field *fields)
{
	const char *name;
	json_t *value;
	int count = 0;

	json_object_foreach(object, name, value)
	{
		struct text text = { json_string_value(value), json_string_length(value) };

		if (!json_is_string(value) || count == FIELDS_MAX - 1)
			continue;
		fields[count].name = text_of(name);
		fields[count++].value = words_translate(text_of(name), text, mail->language);
	}
	return count;
}

/* Where the ticket can be read. */
static int add_link(const struct mail_sender *sender, const char *number, struct template_field *fields, int count,
        struct arena *arena)
{
	size_t len = strlen(sender->public_url);

	if (!number || !len)
		return count;
	len -= sender->public_url[len - 1] == '/';
	fields[count] = (struct template_field){ TEXT("link"),
		text_of(arena_printf(arena, "%.*s/tickets/%s", (int)len, sender->public_url, number)) };
	return count + 1;
}

void message_compose(struct mail *mail, const struct mail_sender *sender, struct arena *arena)
{
	json_t *object = json_loadb(mail->fields.data, mail->fields.len, 0, NULL);
	struct template_field fields[FIELDS_MAX];
	int count = read_fields(mail, object, fields);
	const char *number = json_string_value(json_object_get(object, "ticketNumber"));
	struct text body;

	count = add_link(sender, number, fields, count, arena);
	if (!message_address_is_plain(mail->recipient)) {
		mail->outcome = MAIL_FAILED;
		mail->reply = TEXT("the address cannot be used");
	} else if (!template_render(mail->template, mail->language, fields, count, arena, &mail->subject, &body)) {
		/* a newer version wrote the row: that version may send it */
		mail->reply = TEXT("this version knows no such template");
	} else {
		write_message(mail, sender, text_of(number ? number : ""), body, arena);
	}
	json_decref(object);
}
