/* transfer.c - see transfer.h. */
#include "base/mail/transfer.h"

#include <string.h>
#include "base/mail/raw.h"

#define PIECE_BYTES 16384
#define SLICE_BYTES (2 << 20)

/* What was decoded and not yet written, and where a decoder stands between two slices of the content. */
struct piece {
	char bytes[PIECE_BYTES];
	size_t len;
	transfer_write_fn write;
	void *arg;
	unsigned bits; /* base64: of the digits that are no whole byte yet */
	int digits;
	bool ended; /* base64: behind an "="; uuencode: behind "end" */
	bool is_over;
};

static void flush(struct piece *piece)
{
	if (piece->len)
		piece->write(piece->arg, piece->bytes, piece->len);
	piece->len = 0;
}

static void put(struct piece *piece, unsigned byte)
{
	piece->bytes[piece->len++] = (char)byte;
	if (piece->len == PIECE_BYTES)
		flush(piece);
}

/* --- base64 ------------------------------------------------------------------------------------ */
static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Behind the end of a piece, in its line, only another piece may stand. */
static size_t line_rest(struct text rest)
{
	size_t bytes = 0;

	if (rest.len == 0 || (rest.data[0] != ' ' && rest.data[0] != '\t'))
		return 0;
	while (bytes < rest.len && rest.data[bytes] != '\n')
		bytes++;
	return bytes;
}

/* A list's footer under an attachment is no part of it: behind the end, a line with other characters ends it. */
static bool is_base64_line(struct text rest)
{
	for (size_t i = 0; i < rest.len && rest.data[i] != '\n'; i++)
		if (base64_value(rest.data[i]) < 0 && !strchr("=\r \t", rest.data[i]))
			return false;
	return true;
}

static void put_rest(struct piece *piece)
{
	if (piece->digits >= 2)
		put(piece, piece->bits >> (piece->digits == 2 ? 4 : 10) & 0xFF);
	if (piece->digits == 3)
		put(piece, piece->bits >> 2 & 0xFF);
	piece->bits = 0;
	piece->digits = 0;
}

static void put_digit(struct piece *piece, int value)
{
	piece->bits = piece->bits << 6 | (unsigned)value;
	if (++piece->digits < 4)
		return;
	put(piece, piece->bits >> 16 & 0xFF);
	put(piece, piece->bits >> 8 & 0xFF);
	put(piece, piece->bits & 0xFF);
	piece->bits = 0;
	piece->digits = 0;
}

static void decode_base64(struct text content, struct piece *piece)
{
	for (size_t i = 0; i < content.len && !piece->is_over; i++) {
		struct text rest = { content.data + i + 1, content.len - i - 1 };
		char c = content.data[i];

		if (c == '\n' && piece->ended && !is_base64_line(rest)) {
			piece->is_over = true;
		} else if (c == '=') {
			put_rest(piece);
			piece->ended = true;
			i += line_rest(rest);
		} else if (base64_value(c) >= 0) {
			put_digit(piece, base64_value(c));
		}
	}
}

/* --- quoted-printable ---------------------------------------------------------------------------- */
int transfer_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Blanks at the end of a line were added on the way (RFC 2045 section 6.7, rule 3). */
static size_t line_shown(struct text line)
{
	size_t len = line.len;

	while (len > 0 && strchr(" \t\r", line.data[len - 1]) && line.data[len - 1])
		len--;
	return len;
}

/* True: the line ends with a soft break. */
static bool decode_quoted_line(struct text line, struct piece *piece)
{
	for (size_t i = 0; i < line.len; i++) {
		int high, low;

		if (line.data[i] != '=') {
			put(piece, (unsigned char)line.data[i]);
			continue;
		}
		if (i + 1 == line.len)
			return true;
		high = transfer_hex(line.data[i + 1]);
		low = i + 2 < line.len ? transfer_hex(line.data[i + 2]) : -1;
		if (high < 0 || low < 0) {
			put(piece, '=');
			continue;
		}
		put(piece, (unsigned)(high << 4 | low));
		i += 2;
	}
	return false;
}

static void decode_quoted(struct text content, struct piece *piece)
{
	while (content.len > 0) {
		const char *end = memchr(content.data, '\n', content.len);
		size_t len = end ? (size_t)(end - content.data) : content.len, used = end ? len + 1 : len;
		struct text line = { content.data, len };
		bool has_return = len > 0 && line.data[len - 1] == '\r';
		bool is_soft;

		line.len = line_shown(line);
		is_soft = decode_quoted_line(line, piece);
		if (end && !is_soft) {
			if (has_return)
				put(piece, '\r');
			put(piece, '\n');
		}
		content.data += used;
		content.len -= used;
	}
}

struct text transfer_word(struct arena *arena, struct text data)
{
	char *out = arena_alloc(arena, data.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < data.len; i++) {
		char c = data.data[i];

		if (c == '=' && i + 2 < data.len && transfer_hex(data.data[i + 1]) >= 0 &&
		        transfer_hex(data.data[i + 2]) >= 0) {
			out[len++] = (char)(transfer_hex(data.data[i + 1]) << 4 | transfer_hex(data.data[i + 2]));
			i += 2;
		} else {
			out[len++] = c == '_' ? ' ' : c;
		}
	}
	return (struct text){ out, len };
}

/* --- uuencode ------------------------------------------------------------------------------------ */
static void decode_uu_line(struct text line, struct piece *piece)
{
	size_t count = line.len ? (size_t)((line.data[0] - ' ') & 0x3F) : 0;
	const char *at = line.data + 1, *end = line.data + line.len;

	while (count > 0 && at < end) {
		unsigned bits = 0;

		for (int i = 0; i < 4; i++, at++)
			bits = bits << 6 | (unsigned)((at < end ? *at - ' ' : 0) & 0x3F);
		for (int shift = 16; shift >= 0 && count > 0; shift -= 8, count--)
			put(piece, bits >> shift & 0xFF);
	}
}

/* From behind "begin" to "end"; without "begin" all of it. */
static void decode_uu(struct text content, struct piece *piece)
{
	while (content.len > 0) {
		const char *end = memchr(content.data, '\n', content.len);
		size_t len = end ? (size_t)(end - content.data) : content.len, used = end ? len + 1 : len;
		struct text line = { content.data, len };

		line.len = line_shown(line);
		content.data += used;
		content.len -= used;
		piece->is_over |= text_equal(line, TEXT("end"));
		if (piece->is_over)
			return;
		if (!text_starts_with(line, TEXT("begin ")))
			decode_uu_line(line, piece);
	}
}

/* --- all ----------------------------------------------------------------------------------------- */
static const struct {
	struct text name;
	void (*decode)(struct text content, struct piece *piece);
} decoders[] = {
	{ { "base64", 6 }, decode_base64 },
	{ { "quoted-printable", 16 }, decode_quoted },
	{ { "x-uuencode", 10 }, decode_uu },
	{ { "uuencode", 8 }, decode_uu },
	{ { "x-uue", 5 }, decode_uu },
	{ { "uue", 3 }, decode_uu },
};

bool transfer_is_encoded(struct text encoding)
{
	for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++)
		if (text_equal(encoding, decoders[i].name))
			return true;
	return false;
}

static void pass_on(struct text content, struct piece *piece)
{
	piece->write(piece->arg, content.data, content.len);
}

/* Whole lines of it. */
static struct text next_slice(struct text *rest)
{
	struct text slice = *rest;
	const char *end;

	if (slice.len > SLICE_BYTES) {
		end = memchr(slice.data + SLICE_BYTES, '\n', slice.len - SLICE_BYTES);
		slice.len = end ? (size_t)(end - slice.data) + 1 : slice.len;
	}
	*rest = (struct text){ slice.data + slice.len, rest->len - slice.len };
	return slice;
}

void transfer_decode(struct text encoding, struct text content, transfer_write_fn write, void *arg)
{
	void (*decode)(struct text content, struct piece * piece) = pass_on;
	struct piece piece = { .len = 0, .write = write, .arg = arg };

	for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++)
		if (text_equal(encoding, decoders[i].name))
			decode = decoders[i].decode;
	while (content.len > 0 && !piece.is_over) {
		struct text slice = next_slice(&content);

		decode(slice, &piece);
		raw_put_away(slice);
	}
	put_rest(&piece);
	flush(&piece);
}

static void append(void *arg, const char *bytes, size_t count)
{
	buffer_append(arg, bytes, count);
}

struct text transfer_decoded(struct arena *arena, struct text encoding, struct text content)
{
	struct buffer out;

	if (!transfer_is_encoded(encoding))
		return content;
	buffer_init(&out, arena, content.len + 1); /* decoded is never longer */
	transfer_decode(encoding, content, append, &out);
	return buffer_view(&out);
}
