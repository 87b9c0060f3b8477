/* uuencode.c - files that were written into a text by uuencode: see inner.h.
 *
 *   begin 644 name
 *   M...        a line's first character tells how many bytes it holds
 *   `
 *   end
 *
 * Only what is such a file from its beginning to its end is one; a text about uuencode stays a text.
 */
#include "base/mail/inner.h"

#include <string.h>
#include "base/mail/header.h"
#include "base/mail/part.h"

#define MODE_DIGITS_LEAST 3

static struct text line_of(struct text text)
{
	const char *end = text.len ? memchr(text.data, '\n', text.len) : NULL;

	return (struct text){ text.data, end ? (size_t)(end - text.data) : text.len };
}

static struct text behind_line(struct text text, struct text line)
{
	size_t used = line.len < text.len ? line.len + 1 : text.len;

	return (struct text){ text.data + used, text.len - used };
}

/* The name in `begin 644 name`; TEXT_NONE: the line is none. */
static struct text name_in(struct text line)
{
	size_t at = 6;

	if (!text_starts_with(line, TEXT("begin ")))
		return TEXT_NONE;
	while (at < line.len && line.data[at] >= '0' && line.data[at] <= '7')
		at++;
	if (at < 6 + MODE_DIGITS_LEAST || at + 1 >= line.len || line.data[at] != ' ')
		return TEXT_NONE;
	return text_trim((struct text){ line.data + at + 1, line.len - at - 1 });
}

/* Characters from blank to `, as many as its first one says; blanks at the end may have been lost. */
static bool is_data(struct text line)
{
	size_t bytes, most;

	if (line.len == 0)
		return true; /* the last line, when its blank was lost */
	for (size_t i = 0; i < line.len; i++)
		if (line.data[i] < ' ' || line.data[i] > '`')
			return false;
	bytes = (size_t)((line.data[0] - ' ') & 0x3F);
	most = 1 + (bytes + 2) / 3 * 4;
	return line.len <= most + 2; /* some add a sum */
}

/* Bytes up to and with "end"; 0: it is no encoded file. */
static size_t encoded_bytes(struct text text)
{
	struct text rest = behind_line(text, line_of(text));
	int lines = 0;

	while (rest.len > 0) {
		struct text line = line_of(rest);

		rest = behind_line(rest, line);
		if (text_equal(text_trim(line), TEXT("end")))
			return lines > 0 ? text.len - rest.len : 0;
		if (!is_data(line))
			return 0;
		lines++;
	}
	return 0;
}

static bool add_file(struct mail *mail, int parent, struct text name, struct text content)
{
	struct mail_part *part = part_add(mail, parent);

	if (!part)
		return false;
	part->name = header_file_name(mail->arena, name);
	part->type = TEXT("application/octet-stream");
	part->encoding = TEXT("x-uuencode");
	part->content = content;
	part->is_attachment = true;
	return true;
}

/* The text without the files, each of which becomes a part. */
static struct text without_files(struct mail *mail, int index, struct text text)
{
	struct buffer out;
	struct text rest = text;

	buffer_init(&out, mail->arena, text.len + 1);
	while (rest.len > 0) {
		struct text line = line_of(rest), name = name_in(line), next = behind_line(rest, line);
		size_t bytes = name.data ? encoded_bytes(rest) : 0;

		if (bytes && add_file(mail, index, name, (struct text){ rest.data, bytes }))
			next = (struct text){ rest.data + bytes, rest.len - bytes };
		else
			buffer_append(&out, rest.data, rest.len - next.len);
		rest = next;
	}
	return buffer_view(&out);
}

void inner_read_uuencode(struct mail *mail)
{
	const int count = mail->part_count;

	for (int i = 0; i < count; i++) {
		struct text text = mail->parts[i].text;

		if (mail->parts[i].in_text && text_equal(mail->parts[i].type, TEXT("text/plain")) && text.len &&
		        memmem(text.data, text.len, "begin ", 6))
			part_at(mail, i)->text = without_files(mail, i, text);
	}
}
