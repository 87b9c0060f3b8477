/* parts.c - the tree of parts: see part.h. RFC 2046.
 *
 * The message is cut at its boundaries where it lies, nothing is copied. GMime's parser is not asked: it gives a
 * message inside a message only by writing it anew, which this version must not (one Content-Type then takes all
 * memory), and bounds neither depth nor number. An outer boundary goes before an inner one, so that a part that does
 * not end cannot swallow its neighbours.
 */
#include "base/mail/part.h"

#include <string.h>
#include "base/mail/charset.h"
#include "base/mail/header.h"
#include "base/mail/transfer.h"

#define BOUNDARY_BYTES_MOST 250
#define TYPE_BYTES_MOST 200

/* --- the list --------------------------------------------------------------------------------- */
struct mail_part *part_at(struct mail *mail, int index)
{
	return (struct mail_part *)&mail->parts[index];
}

struct mail_part *part_add(struct mail *mail, int parent)
{
	struct mail_part *part;

	if (mail->part_count == MAIL_PARTS_MOST) {
		mail_note(mail, "It has more than %d parts; the rest is left out.", MAIL_PARTS_MOST);
		return NULL;
	}
	part = part_at(mail, mail->part_count++);
	*part = (struct mail_part){ .parent = parent,
		.depth = parent < 0 ? 0 : mail->parts[parent].depth + 1,
		.type = TEXT("text/plain"),
		.charset = TEXT(""),
		.disposition = TEXT(""),
		.name = TEXT(""),
		.content_id = TEXT(""),
		.encoding = TEXT(""),
		.content = TEXT("") };
	return part;
}

/* --- what a part says of itself ----------------------------------------------------------------- */
static bool is_type(struct text type)
{
	const char *stroke = type.len ? memchr(type.data, '/', type.len) : NULL;

	if (!stroke || stroke == type.data || stroke == type.data + type.len - 1 || type.len > TYPE_BYTES_MOST)
		return false;
	for (size_t i = 0; i < type.len; i++)
		if ((unsigned char)type.data[i] <= ' ' || (unsigned char)type.data[i] >= 0x7F ||
		        strchr("\"(),:;<=>@[\\]?", type.data[i]))
			return false;
	return memchr(stroke + 1, '/', (size_t)(type.data + type.len - stroke) - 1) == NULL;
}

static struct text type_of(struct mail *mail, struct text header, const struct mail_part *part, struct text fallback)
{
	struct text type = header.data ? header_token(mail->arena, header) : TEXT("");

	if (is_type(type))
		return type;
	if (text_equal(type, TEXT("text")))
		return TEXT("text/plain");
	if (header.data && type.len)
		mail_note(mail, "A Content-Type cannot be read: %.*s.", (int)(header.len < 100 ? header.len : 100),
		        header.data);
	return part->name.len ? TEXT("application/octet-stream") : fallback;
}

static struct text or_empty(struct text text)
{
	return text.data ? text : TEXT("");
}

static void describe(struct mail *mail, struct mail_part *part, struct text fallback)
{
	struct arena *arena = mail->arena;
	struct text type = mail_part_header(part, "Content-Type"),
	            disposition = mail_part_header(part, "Content-Disposition");
	struct text name = TEXT_NONE, hint;

	part->charset = type.data ? or_empty(header_parameter(arena, type, "charset", TEXT(""))) : TEXT("");
	hint = part->charset.len ? part->charset : mail->charset_hint;
	if (disposition.data) {
		part->disposition = header_token(arena, disposition);
		name = header_parameter(arena, disposition, "filename", hint);
	}
	if (!name.len && type.data)
		name = header_parameter(arena, type, "name", hint);
	part->name = header_file_name(arena, or_empty(name));
	part->type = type_of(mail, type, part, fallback);
	part->content_id = header_id(or_empty(mail_part_header(part, "Content-ID")));
	part->encoding = header_token(arena, or_empty(mail_part_header(part, "Content-Transfer-Encoding")));
}

/* --- boundaries ------------------------------------------------------------------------------- */
/* The line is --boundary or --boundary--, blanks behind it. */
static bool is_delimiter(struct text line, struct text boundary, bool *out_last)
{
	struct text tail;

	if (line.len < boundary.len + 2 || memcmp(line.data, "--", 2) != 0 ||
	        memcmp(line.data + 2, boundary.data, boundary.len) != 0)
		return false;
	tail = text_trim((struct text){ line.data + 2 + boundary.len, line.len - 2 - boundary.len });
	*out_last = text_equal(tail, TEXT("--"));
	return tail.len == 0 || *out_last;
}

static struct text line_at(struct text text, size_t at)
{
	const char *end = memchr(text.data + at, '\n', text.len - at);

	return (struct text){ text.data + at, end ? (size_t)(end - text.data) + 1 - at : text.len - at };
}

/* Where the next line begins that begins with "--"; text.len: there is none. */
static size_t next_dashes(struct text text, size_t from)
{
	const char *found;

	if (from + 1 < text.len && (from == 0 || text.data[from - 1] == '\n') && text.data[from] == '-' &&
	        text.data[from + 1] == '-')
		return from;
	found = from < text.len ? memmem(text.data + from, text.len - from, "\n--", 3) : NULL;
	return found ? (size_t)(found - text.data) + 1 : text.len;
}

/* From: behind it. The line end before a delimiter belongs to the delimiter. */
static bool next_delimiter(
        struct text text, struct text boundary, size_t from, size_t *out_begin, size_t *out_behind, bool *out_last)
{
	for (size_t at = next_dashes(text, from); at < text.len; at = next_dashes(text, at + 2)) {
		struct text line = line_at(text, at);

		if (!is_delimiter(line, boundary, out_last))
			continue;
		*out_behind = at + line.len;
		if (at > from && text.data[at - 1] == '\n')
			at--;
		if (at > from && text.data[at - 1] == '\r')
			at--;
		*out_begin = at;
		return true;
	}
	return false;
}

/* A multipart that does not name its boundary, or another one: the first line that looks like one, with headers behind
 * it. TEXT_NONE: there is none. */
static struct text guess_boundary(struct text text)
{
	for (size_t at = next_dashes(text, 0); at < text.len; at = next_dashes(text, at + 2)) {
		struct text line = text_trim(line_at(text, at)), rest;

		rest = (struct text){ line.data + line.len, text.len - (size_t)(line.data + line.len - text.data) };
		rest = text_trim(rest);
		if (line.len > 2 && line.len <= BOUNDARY_BYTES_MOST && rest.len > 8 &&
		        text_equal_nocase((struct text){ rest.data, 8 }, TEXT("Content-")))
			return (struct text){ line.data + 2, line.len - 2 };
	}
	return TEXT_NONE;
}

static struct text boundary_of(struct mail *mail, const struct mail_part *part, struct text body)
{
	struct text type = mail_part_header(part, "Content-Type");
	struct text boundary = type.data ? header_boundary(mail->arena, type) : TEXT_NONE;
	size_t begin, behind;
	bool last;

	if (boundary.len && next_delimiter(body, boundary, 0, &begin, &behind, &last))
		return boundary;
	boundary = text_trim(boundary);
	if (boundary.len && next_delimiter(body, boundary, 0, &begin, &behind, &last))
		return boundary;
	mail_note(mail, "A multipart has no boundary that stands in it.");
	return guess_boundary(body);
}

/* --- the tree --------------------------------------------------------------------------------- */
static bool is_multipart(const struct mail_part *part)
{
	return text_starts_with(part->type, TEXT("multipart/"));
}

static bool is_looked_into(const struct mail_part *part)
{
	return text_starts_with(part->type, TEXT("text/")) || text_starts_with(part->type, TEXT("message/"));
}

static void hold_bytes(struct mail *mail, struct mail_part *part)
{
	if (!transfer_is_encoded(part->encoding))
		part->bytes = part->content;
	else if (is_looked_into(part) && part->content.len <= MAIL_HELD_BYTES_MOST - mail->held_bytes) {
		part->bytes = transfer_decoded(mail->arena, part->encoding, part->content);
		mail->held_bytes += part->content.len;
	}
}

static void read_part(struct mail *mail, int parent, struct text text, struct text fallback);

static void read_children(struct mail *mail, int index, struct text body, struct text boundary)
{
	struct text fallback = text_equal(mail->parts[index].type, TEXT("multipart/digest")) ? TEXT("message/rfc822")
	                                                                                     : TEXT("text/plain");
	size_t begin, behind;
	bool last = false, more = next_delimiter(body, boundary, 0, &begin, &behind, &last);

	while (more && !last && behind <= body.len) {
		size_t from = behind;

		more = next_delimiter(body, boundary, from, &begin, &behind, &last);
		/* some end with one more delimiter instead of the last one */
		if (!more && text_trim((struct text){ body.data + from, body.len - from }).len == 0)
			return;
		read_part(mail, index, (struct text){ body.data + from, (more ? begin : body.len) - from }, fallback);
	}
	if (!last)
		mail_note(mail, "A multipart does not end.");
}

/* Below it, what could not be taken apart becomes one text. */
static void read_whole(struct mail *mail, int index, struct text body)
{
	struct mail_part *child = part_add(mail, index);

	if (child) {
		child->content = body;
		child->encoding = mail->parts[index].encoding;
		hold_bytes(mail, child);
	}
}

static void read_multipart(struct mail *mail, int index, struct text body)
{
	struct text boundary;

	if (mail->parts[index].depth >= MAIL_DEPTH_MOST) {
		mail_note(mail, "Its parts are nested deeper than %d; the rest is one part.", MAIL_DEPTH_MOST);
		read_whole(mail, index, body);
		return;
	}
	if (transfer_is_encoded(mail->parts[index].encoding) && !guess_boundary(body).data)
		body = transfer_decoded(mail->arena, mail->parts[index].encoding, body);
	boundary = boundary_of(mail, &mail->parts[index], body);
	if (boundary.data)
		read_children(mail, index, body, boundary);
	else if (text_trim(body).len)
		read_whole(mail, index, body);
}

static void read_part(struct mail *mail, int parent, struct text text, struct text fallback)
{
	struct mail_part *part = part_add(mail, parent);
	struct header_block block;
	struct text body;

	if (!part)
		return;
	block = header_block_read(mail->arena, text, mail->charset_hint);
	if (!mail->charset_hint.len)
		mail->charset_hint = block.hint;
	if (block.is_cut)
		mail_note(mail, "The headers of a part are longer than %d KB; the rest is left out.",
		        MAIL_HEADER_BYTES_MOST >> 10);
	if (block.odd)
		mail_note(mail, "%d lines among the headers are none.", block.odd);
	part->headers = block.items;
	part->header_count = block.count;
	describe(mail, part, fallback);
	body = (struct text){ text.data + block.bytes, text.len - block.bytes };
	if (is_multipart(part)) {
		read_multipart(mail, mail->part_count - 1, body);
	} else {
		part->content = body;
		hold_bytes(mail, part);
	}
}

void part_read_all(struct mail *mail, struct text message)
{
	mail->parts = ARENA_ARRAY(mail->arena, struct mail_part, MAIL_PARTS_MOST);
	read_part(mail, -1, message, TEXT("text/plain"));
}

/* --- bytes ------------------------------------------------------------------------------------ */
void mail_part_write(const struct mail_part *part, void (*write)(void *arg, const char *bytes, size_t count), void *arg)
{
	if (part->bytes.data)
		transfer_decode(TEXT(""), part->bytes, write, arg);
	else
		transfer_decode(part->encoding, part->content, write, arg);
}

struct text part_bytes(struct mail *mail, const struct mail_part *part, size_t most)
{
	if (part->bytes.data)
		return part->bytes.len <= most ? part->bytes : TEXT_NONE;
	if (part->content.len > most)
		return TEXT_NONE;
	return transfer_decoded(mail->arena, part->encoding, part->content);
}
