/* encode.c - see encode.h. */
#include "workers/mail/encode.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/unicode.h"

#define LINE_MOST 76
#define WORD_BYTES 39  /* make 52 digits: behind the longest header name the first line still fits */
#define BASE64_LINE 57 /* bytes that make 76 digits */

/* --- headers ------------------------------------------------------------------ */
/* Printable ASCII that looks like no encoded word, in words that can be folded. */
static bool is_plain(struct text value)
{
	size_t word = 0;

	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		if (c < 0x20 || c >= 0x7f || (c == '=' && i + 1 < value.len && value.data[i + 1] == '?'))
			return false;
		word = c == ' ' ? 0 : word + 1;
		if (word > LINE_MOST - 16)
			return false;
	}
	return true;
}

/* As much of the value as an encoded word holds: whole characters (RFC 2047 section 5), with what is combined
 * with them as far as that fits. */
static size_t word_bytes(struct text value)
{
	size_t len = 0;

	while (len < value.len) {
		struct text rest = { value.data + len, value.len - len };
		size_t step = unicode_cluster(rest);

		if (step > WORD_BYTES)
			step = text_utf8_step(rest);
		step = step ? step : 1;
		if (len + step > WORD_BYTES)
			break;
		len += step;
	}
	return len;
}

static void append_encoded(struct buffer *out, struct text value)
{
	char clean[WORD_BYTES], digits[4 * WORD_BYTES / 3 + 5];
	size_t from = 0;

	while (from < value.len) {
		size_t len = word_bytes((struct text){ value.data + from, value.len - from });

		for (size_t i = 0; i < len; i++) {
			unsigned char c = (unsigned char)value.data[from + i];

			clean[i] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
		}
		EVP_EncodeBlock((unsigned char *)digits, (const unsigned char *)clean, (int)len);
		buffer_printf(out, "%s=?UTF-8?B?%s?=", from ? "\r\n " : "", digits);
		from += len;
	}
}

/* Folded at blanks, never so that a line is blank. */
static void append_folded(struct buffer *out, struct text value, size_t column)
{
	size_t from = 0;

	while (from < value.len) {
		size_t end = from + 1;

		while (end < value.len && value.data[end] != ' ')
			end++;
		if (from && value.data[from] == ' ' && column + end - from > LINE_MOST && end > from + 1) {
			buffer_string(out, "\r\n");
			column = 0;
		}
		buffer_append(out, value.data + from, end - from);
		column += end - from;
		from = end;
	}
}

void encode_header(struct buffer *out, const char *name, struct text value)
{
	value = text_trim(value);
	buffer_printf(out, "%s: ", name);
	if (is_plain(value))
		append_folded(out, value, strlen(name) + 2);
	else
		append_encoded(out, value);
	buffer_string(out, "\r\n");
}

/* RFC 5322 section 3.2.4. */
static void append_quoted(struct buffer *out, struct text name)
{
	buffer_string(out, "\"");
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] == '"' || name.data[i] == '\\')
			buffer_string(out, "\\");
		buffer_append(out, name.data + i, 1);
	}
	buffer_string(out, "\"");
}

void encode_mailbox(struct buffer *out, const char *header, struct text name, struct text address)
{
	name = text_trim(name);
	buffer_printf(out, "%s: ", header);
	if (name.len && name.len <= LINE_MOST / 2 && is_plain(name))
		append_quoted(out, name);
	else if (name.len)
		append_encoded(out, name);
	if (name.len)
		buffer_string(out, strlen(header) + name.len + address.len > LINE_MOST / 2 ? "\r\n " : " ");
	buffer_printf(out, "<%.*s>\r\n", (int)address.len, address.data);
}

/* --- the name of a file -------------------------------------------------------------- */
#define PIECE_BYTES 54 /* with what stands around it, a line */

/* RFC 2231 section 7: attribute-char, or an octet in hexadecimal. */
static bool is_attribute_char(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$&+-.^_`{}~", c));
}

/* filename*0*=UTF-8''...; filename*1*=...: each piece ends between two characters of the name. */
static void append_pieces(struct buffer *out, struct text name)
{
	size_t column = 0;
	int piece = 0;

	buffer_string(out, ";\r\n filename*0*=UTF-8''");
	for (size_t i = 0; i < name.len;) {
		size_t step = text_utf8_step((struct text){ name.data + i, name.len - i });

		step = step ? step : 1;
		if (column + 3 * step > PIECE_BYTES) {
			buffer_printf(out, ";\r\n filename*%d*=", ++piece);
			column = 0;
		}
		for (size_t end = i + step; i < end; i++) {
			unsigned char c = (unsigned char)name.data[i];

			buffer_printf(out, is_attribute_char(c) ? "%c" : "%%%02X", c);
			column += is_attribute_char(c) ? 1 : 3;
		}
	}
	buffer_string(out, "\r\n");
}

void encode_file_name(struct buffer *out, struct text name)
{
	buffer_string(out, "Content-Disposition: attachment");
	if (!name.len || name.len > LINE_MOST - 16 || !is_plain(name)) {
		append_pieces(out, name);
		return;
	}
	buffer_string(out, ";\r\n filename=");
	append_quoted(out, name);
	buffer_string(out, "\r\n");
}

/* --- bodies ------------------------------------------------------------------- */
static bool ends_line(struct text body, size_t i)
{
	return i == body.len || body.data[i] == '\n' ||
	       (body.data[i] == '\r' && i + 1 < body.len && body.data[i + 1] == '\n');
}

void encode_quoted_printable(struct buffer *out, struct text body)
{
	size_t column = 0;

	for (size_t i = 0; i < body.len; i++) {
		unsigned char c = (unsigned char)body.data[i];
		char code[4] = { (char)c, '\0' };

		if (c == '\r' && ends_line(body, i))
			continue;
		if (c == '\n') {
			buffer_string(out, "\r\n");
			column = 0;
			continue;
		}
		if (c == '=' || c >= 0x7f || (c < 0x20 && c != '\t') ||
		        ((c == ' ' || c == '\t') && ends_line(body, i + 1)))
			snprintf(code, sizeof code, "=%02X", c);
		if (column + strlen(code) > LINE_MOST - 1) {
			buffer_string(out, "=\r\n");
			column = 0;
		}
		buffer_string(out, code);
		column += strlen(code);
	}
	if (column)
		buffer_string(out, "\r\n");
}

static void append_base64(struct buffer *out, struct text body)
{
	for (size_t from = 0; from < body.len; from += BASE64_LINE) {
		size_t len = body.len - from < BASE64_LINE ? body.len - from : BASE64_LINE;
		char digits[LINE_MOST + 1];

		EVP_EncodeBlock((unsigned char *)digits, (const unsigned char *)body.data + from, (int)len);
		buffer_printf(out, "%s\r\n", digits);
	}
}

void encode_base64(struct buffer *out, struct text body)
{
	struct buffer canonical;

	buffer_init(&canonical, out->arena, body.len + body.len / 16 + 2);
	for (size_t i = 0; i < body.len; i++) {
		if (body.data[i] == '\r' && ends_line(body, i))
			continue;
		buffer_string(&canonical, body.data[i] == '\n' ? "\r" : "");
		buffer_append(&canonical, body.data + i, 1);
	}
	append_base64(out, buffer_view(&canonical));
}

void encode_bytes(struct buffer *out, struct text bytes)
{
	append_base64(out, bytes);
}

enum encoding encode_shorter(struct text body)
{
	size_t escaped = 0;

	for (size_t i = 0; i < body.len; i++) {
		unsigned char c = (unsigned char)body.data[i];

		escaped += c == '=' || c >= 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r');
	}
	return 2 * escaped > body.len / 3 ? ENCODING_BASE64 : ENCODING_QUOTED_PRINTABLE;
}
