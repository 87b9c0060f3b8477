/* texts.c - the parts that are text, as UTF-8, with \n at the end of a line: see part.h. */
#include "base/mail/part.h"

#include <string.h>
#include "base/mail/charset.h"
#include "base/mail/flowed.h"
#include "base/mail/html_tree.h"
#include "base/mail/transfer.h"

#define PAGE_HEAD_BYTES 2048
#define UTF8_BYTES_MOST 4

static bool is_type(const struct mail_part *part, const char *type)
{
	return text_equal(part->type, text_of(type));
}

static struct text plain_lines(struct arena *arena, struct text text)
{
	char *out = arena_alloc(arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\r') {
			if (i + 1 == text.len || text.data[i + 1] != '\n')
				out[len++] = '\n';
		} else {
			out[len++] = text.data[i];
		}
	}
	return (struct text){ out, len };
}

struct text part_text_bounded(struct mail *mail, struct text bytes)
{
	if (bytes.len <= MAIL_TEXT_BYTES_MOST)
		return bytes;
	mail_note(mail, "A text is longer than %d KB; the rest is left out.", MAIL_TEXT_BYTES_MOST >> 10);
	bytes.len = MAIL_TEXT_BYTES_MOST;
	for (int i = 0; i < UTF8_BYTES_MOST - 1 && (bytes.data[bytes.len] & 0xC0) == 0x80; i++)
		bytes.len--;
	return bytes;
}

/* A page may name its charset itself: <meta charset="..."> or <meta ... content="text/html; charset=...">. */
static struct text charset_in_page(struct text page)
{
	const char *found;
	size_t len = 0;

	if (page.len > PAGE_HEAD_BYTES)
		page.len = PAGE_HEAD_BYTES;
	found = page.len ? memmem(page.data, page.len, "charset=", 8) : NULL;
	if (!found)
		return TEXT("");
	found += 8;
	found += found < page.data + page.len && *found == '"';
	while (found + len < page.data + page.len && !strchr("\"'>; /", found[len]))
		len++;
	return (struct text){ found, len };
}

/* Of what is too large to be held, the beginning. */
static struct text beginning(struct mail *mail, const struct mail_part *part)
{
	struct text content = part->content;

	if (content.len > 2 * MAIL_TEXT_BYTES_MOST)
		content.len = 2 * MAIL_TEXT_BYTES_MOST;
	return transfer_decoded(mail->arena, part->encoding, content);
}

static void read_text(struct mail *mail, struct mail_part *part)
{
	struct text type = mail_part_header(part, "Content-Type"), charset = part->charset;
	struct text whole = part->bytes.data ? part->bytes : beginning(mail, part),
	            bytes = part_text_bounded(mail, whole);

	if (!charset.len && is_type(part, "text/html"))
		charset = charset_in_page(bytes);
	part->text = charset.len ? charset_decode(mail->arena, bytes, charset)
	                         : charset_guess(mail->arena, bytes, mail->charset_hint);
	part->text = part_text_bounded(mail, plain_lines(mail->arena, text_mend(mail->arena, part->text)));
	if (is_type(part, "text/plain") && type.data)
		part->text = flowed_text(mail->arena, part->text, type);
	if (is_type(part, "text/html") && html_tree_cuts(part->text)) {
		mail_note(mail, "An HTML page has too many tags; the rest is left out.");
		part->is_attachment = true;
	}
	if (bytes.len < whole.len)
		part->is_attachment = true; /* so that what was left out can be had */
	mail->text_bytes += part->text.len;
}

/* Those that are shown come first: all together are bounded, too. */
static void read_texts(struct mail *mail, bool shown)
{
	for (int i = 0; i < mail->part_count; i++) {
		struct mail_part *part = part_at(mail, i);

		if (!text_starts_with(part->type, TEXT("text/")) || (part->in_text || part->in_html) != shown)
			continue;
		if (mail->text_bytes < MAIL_ALL_TEXT_BYTES_MOST)
			read_text(mail, part);
		else
			part->is_attachment = true;
	}
}

void part_read_texts(struct mail *mail)
{
	read_texts(mail, true);
	read_texts(mail, false);
}
