/* message.c - a message, from its first byte to what it means: see mail.h. */
#include "base/mail/mail.h"

#include <gmime/gmime.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/mail/address.h"
#include "base/mail/header.h"
#include "base/mail/part.h"
#include "base/mail/raw.h"

#define NOTES_MOST 100
#define NOTE_BYTES_MOST 400
#define REFERENCES_MOST 200
#define ID_BYTES_MOST 998

void mail_note(struct mail *mail, const char *format, ...)
{
	char note[NOTE_BYTES_MOST];
	va_list args;

	if (mail->note_count == NOTES_MOST)
		return;
	if (!mail->notes)
		mail->notes = ARENA_ARRAY(mail->arena, struct text, NOTES_MOST);
	va_start(args, format);
	vsnprintf(note, sizeof note, format, args);
	va_end(args);
	((struct text *)mail->notes)[mail->note_count++] =
	        text_copy(mail->arena, text_mend(mail->arena, text_of(note)));
}

struct text mail_part_header(const struct mail_part *part, const char *name)
{
	for (int i = 0; i < part->header_count; i++)
		if (text_equal_nocase(part->headers[i].name, text_of(name)))
			return part->headers[i].raw;
	return TEXT_NONE;
}

struct text mail_header(const struct mail *mail, const char *name)
{
	return mail->part_count ? mail_part_header(&mail->parts[0], name) : TEXT_NONE;
}

/* --- before the first header ---------------------------------------------------------------------- */
static struct text behind_line(struct text text)
{
	const char *end = text.len ? memchr(text.data, '\n', text.len) : NULL;
	size_t used = end ? (size_t)(end - text.data) + 1 : text.len;

	return (struct text){ text.data + used, text.len - used };
}

/* A message whose lines end with CR alone is written anew; it has not one LF. */
static struct text with_line_ends(struct mail *mail)
{
	char *copy;

	if (memchr(mail->raw.data, '\n', mail->raw.len) || !memchr(mail->raw.data, '\r', mail->raw.len))
		return mail->raw;
	mail_note(mail, "Its lines end with CR alone.");
	copy = arena_copy(mail->arena, mail->raw.data, mail->raw.len);
	for (size_t i = 0; i < mail->raw.len; i++)
		if (copy[i] == '\r')
			copy[i] = '\n';
	return (struct text){ copy, mail->raw.len };
}

/* Empty lines, and one line with which a mailbox file begins a message. */
static struct text first_header(struct mail *mail, struct text text)
{
	size_t before = text.len;

	if (text_starts_with(text, TEXT("\xEF\xBB\xBF")))
		text = (struct text){ text.data + 3, text.len - 3 };
	while (text.len && (text.data[0] == '\n' || text.data[0] == '\r'))
		text = (struct text){ text.data + 1, text.len - 1 };
	if (text.len != before)
		mail_note(mail, "Empty lines stand before its headers.");
	if (text_starts_with(text, TEXT("From ")) || text_starts_with(text, TEXT(">From ")))
		text = behind_line(text);
	return text;
}

/* --- ids and dates -------------------------------------------------------------------------------- */
static void add_reference(struct mail *mail, struct text id)
{
	struct text *references = (struct text *)mail->references;

	if (id.len == 0 || id.len > ID_BYTES_MOST || mail->reference_count == REFERENCES_MOST)
		return;
	for (int i = 0; i < mail->reference_count; i++)
		if (text_equal(references[i], id))
			return;
	references[mail->reference_count++] = id;
}

/* All ids between < and >; without one, what looks like an id. */
static void read_ids(struct mail *mail, struct text rest)
{
	bool has_brackets = rest.len && memchr(rest.data, '<', rest.len);

	while (rest.len) {
		struct text id = rest;
		const char *stop;

		if (has_brackets) {
			const char *open = memchr(rest.data, '<', rest.len);

			if (!open)
				return;
			id = (struct text){ open + 1, rest.len - (size_t)(open - rest.data) - 1 };
		}
		stop = id.len ? memchr(id.data, has_brackets ? '>' : ' ', id.len) : NULL;
		rest = stop ? (struct text){ stop + 1, id.len - (size_t)(stop - id.data) - 1 } : (struct text){ "", 0 };
		id.len = stop ? (size_t)(stop - id.data) : id.len;
		id = text_trim(id);
		if (has_brackets || memchr(id.data, '@', id.len))
			add_reference(mail, id);
	}
}

static void read_references(struct mail *mail)
{
	mail->references = ARENA_ARRAY(mail->arena, struct text, REFERENCES_MOST);
	read_ids(mail, mail_header(mail, "References"));
	read_ids(mail, mail_header(mail, "In-Reply-To"));
}

static void read_date(struct mail *mail)
{
	struct text header = mail_header(mail, "Date");
	GDateTime *date = header.len ? g_mime_utils_header_decode_date(text_dup(mail->arena, header)) : NULL;
	GDateTime *utc = date ? g_date_time_to_utc(date) : NULL;

	mail->date = TEXT("");
	if (utc)
		mail->date = text_of(arena_printf(mail->arena, "%04d-%02d-%02dT%02d:%02d:%02dZ",
		        g_date_time_get_year(utc), g_date_time_get_month(utc), g_date_time_get_day_of_month(utc),
		        g_date_time_get_hour(utc), g_date_time_get_minute(utc), g_date_time_get_second(utc)));
	else
		mail_note(mail, header.len ? "Its date cannot be read." : "It has no date.");
	if (utc)
		g_date_time_unref(utc);
	if (date)
		g_date_time_unref(date);
}

static struct text decoded(const struct mail *mail, const char *name)
{
	for (int i = 0; i < mail->parts[0].header_count; i++)
		if (text_equal_nocase(mail->parts[0].headers[i].name, text_of(name)))
			return mail->parts[0].headers[i].value;
	return TEXT("");
}

static void read_headers(struct mail *mail)
{
	struct text id = mail_header(mail, "Message-ID");

	mail->subject = decoded(mail, "Subject");
	mail->message_id = id.data ? header_id(id) : TEXT("");
	read_references(mail);
	read_date(mail);
	address_read_all(mail);
}

static void start_gmime(void)
{
	g_mime_init();
}

struct mail *mail_read(struct arena *arena, struct text raw, struct text envelope_from)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct mail *mail = ARENA_NEW(arena, struct mail);

	pthread_once(&once, start_gmime);
	mail->arena = arena;
	mail->raw = raw.data ? raw : TEXT("");
	mail->charset_hint = TEXT("");
	mail->envelope_from = envelope_from;
	part_read_all(mail, first_header(mail, with_line_ends(mail)));
	raw_put_away(mail->raw);
	if (mail->parts[0].header_count == 0)
		mail_note(mail, "It has no headers.");
	read_headers(mail);
	part_choose_body(mail);
	mail_kind(mail);
	mail_fold(mail);
	mail_forward(mail);
	return mail;
}
