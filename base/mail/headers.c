/* headers.c - a block of headers, taken apart: see header.h. RFC 5322 section 2.2. */
#include "base/mail/header.h"

#include <string.h>
#include "base/mail/charset.h"

#define LOOK_AHEAD_LINES 100
#define NAME_BYTES_MOST 200

/* With its line end. */
static struct text first_line(struct text text)
{
	const char *end = text.len ? memchr(text.data, '\n', text.len) : NULL;

	return (struct text){ text.data, end ? (size_t)(end - text.data) + 1 : text.len };
}

static struct text behind(struct text text, size_t bytes)
{
	return (struct text){ text.data + bytes, text.len - bytes };
}

static bool is_empty(struct text line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.data[i] != '\r' && line.data[i] != '\n')
			return false;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Bytes of the name before the colon; 0: the line begins no header. */
static size_t name_bytes(struct text line)
{
	size_t len = 0;

	while (len < line.len && len < NAME_BYTES_MOST && (unsigned char)line.data[len] > ' ' &&
	        line.data[len] != ':' && line.data[len] != 0x7F)
		len++;
	if (len > 0 && len < line.len) {
		size_t colon = len;

		while (colon < line.len && is_blank(line.data[colon]))
			colon++;
		if (colon < line.len && line.data[colon] == ':')
			return len;
	}
	return 0;
}

/* A name that a sentence with a colon hardly begins with. */
static bool is_usual_name(struct text name)
{
	static const struct text usual[] = { { "from", 4 }, { "to", 2 }, { "cc", 2 }, { "subject", 7 }, { "date", 4 },
		{ "received", 8 }, { "sender", 6 }, { "reply-to", 8 }, { "return-path", 11 } };

	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
		if (text_equal_nocase(name, usual[i]))
			return true;
	return memchr(name.data, '-', name.len) != NULL;
}

/* Whether more headers stand before the empty line, so that what begins here is but an odd line among them. */
static bool headers_follow(struct text text)
{
	for (int i = 0; i < LOOK_AHEAD_LINES && text.len > 0; i++) {
		struct text line = first_line(text);
		size_t name = name_bytes(line);

		if (is_empty(line))
			return false;
		if (name && is_usual_name((struct text){ line.data, name }))
			return true;
		text = behind(text, line.len);
	}
	return false;
}

static bool begins_body(struct text text)
{
	struct text line = first_line(text);

	return !is_empty(line) && !is_blank(line.data[0]) && name_bytes(line) == 0;
}

/* Bytes of the header that begins here, with the lines that continue it. */
static size_t folded_bytes(struct text text)
{
	size_t bytes = first_line(text).len;

	while (bytes < text.len && is_blank(text.data[bytes])) {
		struct text line = first_line(behind(text, bytes));

		if (text_trim(line).len == 0 && begins_body(behind(text, bytes + line.len)))
			break; /* a line of blanks in place of the empty line */
		bytes += line.len;
	}
	return bytes;
}

/* A fold is one blank. */
static struct text unfolded(struct arena *arena, struct text text)
{
	char *out = arena_alloc(arena, text.len + 1);
	size_t len = 0;
	bool in_fold = false;

	text = text_trim(text);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '\n' || c == '\r') {
			in_fold = true;
			continue;
		}
		if (in_fold && is_blank(c))
			continue;
		if (in_fold && len > 0 && !is_blank(out[len - 1]))
			out[len++] = ' ';
		in_fold = false;
		out[len++] = c == '\t' ? ' ' : c;
	}
	return (struct text){ out, len };
}

static struct mail_header header_of(struct arena *arena, struct text text, size_t name, struct text hint)
{
	size_t colon = name;
	struct mail_header header = { .name = text_mend(arena, (struct text){ text.data, name }) };

	while (text.data[colon] != ':')
		colon++;
	header.raw = unfolded(arena, behind(text, colon + 1));
	header.value = header_words(arena, header.raw, hint);
	header.raw = text_mend(arena, charset_guess(arena, header.raw, hint));
	return header;
}

/* --- the block ---------------------------------------------------------------------------------- */
/* Enough room for a header in each line. */
static int count_lines(struct text text)
{
	int count = 1;

	for (struct text line = first_line(text); line.len && !is_empty(line); line = first_line(text)) {
		text = behind(text, line.len);
		count++;
	}
	return count;
}

static struct text bounded(struct text text)
{
	if (text.len > MAIL_HEADER_BYTES_MOST)
		text.len = MAIL_HEADER_BYTES_MOST;
	return text;
}

static bool ends_label(char c)
{
	return (unsigned char)c <= ' ' || strchr("?\"';", c);
}

static struct text label_at(struct text text, size_t from)
{
	size_t end;

	while (from < text.len && text.data[from] == '"')
		from++;
	end = from;
	while (end < text.len && !ends_label(text.data[end]))
		end++;
	return (struct text){ text.data + from, end - from };
}

/* Of the block that text begins with: `charset=label`, or `=?label?` of an encoded word. */
static struct text named_charset(struct text text, struct text fallback)
{
	static const struct text marks[] = { { "charset=", 8 }, { "=?", 2 } };

	for (size_t i = 0; i + 8 < text.len; i++) {
		if (text.data[i] == '\n' && is_empty(first_line(behind(text, i + 1))))
			break;
		for (size_t j = 0; j < sizeof marks / sizeof marks[0]; j++)
			if (text_equal_nocase((struct text){ text.data + i, marks[j].len }, marks[j]))
				return label_at(text, i + marks[j].len);
	}
	return fallback;
}

/* Where the body begins when the headers are longer than what is read of them. */
static size_t end_of_long_block(struct text text, size_t from)
{
	struct text rest = behind(text, from);

	while (rest.len > 0) {
		struct text line = first_line(rest);

		rest = behind(rest, line.len);
		if (is_empty(line))
			break;
	}
	return text.len - rest.len;
}

struct header_block header_block_read(struct arena *arena, struct text text, struct text hint)
{
	struct text seen = bounded(text);
	struct mail_header *items = ARENA_ARRAY(arena, struct mail_header, (size_t)count_lines(seen));
	struct header_block block = { .items = items, .hint = named_charset(seen, hint) };

	while (block.bytes < seen.len) {
		struct text rest = behind(seen, block.bytes), line = first_line(rest);
		size_t name = name_bytes(line), bytes;

		if (is_empty(line)) {
			block.bytes += line.len;
			return block;
		}
		bytes = name ? folded_bytes(rest) : line.len;
		if (name) {
			items[block.count++] = header_of(arena, (struct text){ rest.data, bytes }, name, block.hint);
		} else {
			if (!headers_follow(rest))
				return block;
			block.odd++;
		}
		block.bytes += bytes;
	}
	if (seen.len < text.len) {
		block.is_cut = true;
		block.bytes = end_of_long_block(text, block.bytes);
	}
	return block;
}
