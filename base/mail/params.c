/* params.c - the parameters of Content-Type and Content-Disposition: see header.h.
 *
 * RFC 2045 section 5.1, RFC 2231 for what is continued or has a charset; and what senders write instead: encoded words
 * inside quotation marks, raw bytes, names with blanks and without quotation marks, a quotation mark that never ends.
 */
#include "base/mail/header.h"

#include <string.h>
#include "base/mail/charset.h"
#include "base/mail/transfer.h"

#define SEGMENTS_MOST 100

/* --- the syntax -------------------------------------------------------------------------------- */
static size_t quoted_bytes(struct text text)
{
	size_t at = 1;

	while (at < text.len && text.data[at] != '"')
		at += text.data[at] == '\\' && at + 1 < text.len ? 2 : 1;
	return at < text.len ? at + 1 : text.len;
}

/* Bytes up to the next semicolon that is not quoted. */
static size_t piece_bytes(struct text text)
{
	size_t at = 0;

	while (at < text.len && text.data[at] != ';') {
		struct text rest = { text.data + at, text.len - at };
		size_t quoted = text.data[at] == '"' ? quoted_bytes(rest) : 1;

		/* one that does not end quotes nothing */
		at += text.data[at] == '"' && rest.data[quoted - 1] != '"' ? 1 : quoted;
	}
	return at;
}

static struct text next_piece(struct text *rest)
{
	size_t bytes = piece_bytes(*rest), used = bytes < rest->len ? bytes + 1 : bytes;
	struct text piece = text_trim((struct text){ rest->data, bytes });

	*rest = (struct text){ rest->data + used, rest->len - used };
	return piece;
}

/* A path of Windows keeps its strokes: only a quotation mark and a stroke are taken out of theirs. */
static struct text unquoted(struct arena *arena, struct text value)
{
	char *out;
	size_t len = 0;

	if (value.len == 0 || value.data[0] != '"')
		return value;
	value = (struct text){ value.data + 1, value.len - 1 };
	out = arena_alloc(arena, value.len + 1);
	for (size_t i = 0; i < value.len && value.data[i] != '"'; i++) {
		if (value.data[i] == '\\' && i + 1 < value.len && strchr("\"\\", value.data[i + 1]))
			i++;
		out[len++] = value.data[i];
	}
	return (struct text){ out, len };
}

struct text header_token(struct arena *arena, struct text header)
{
	struct text rest = header, token = next_piece(&rest);
	char *out = arena_alloc(arena, token.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < token.len && token.data[i] != '('; i++) {
		char c = token.data[i];

		if (c == '"' || c == '\'')
			continue;
		if (c == ' ' || c == '\t') {
			if (len > 0 && out[len - 1] != '/' && !memchr(token.data + i, '/', token.len - i))
				break;
			continue;
		}
		out[len++] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
	}
	return (struct text){ out, len };
}

/* --- RFC 2231 ---------------------------------------------------------------------------------- */
struct segment {
	struct text value;
	bool is_there, is_encoded;
};

/* What stands behind the parameter's name: "", "*", "*0", "*0*". False: another parameter. */
static bool suffix_reads(struct text suffix, int *out_number, bool *out_encoded)
{
	int64_t number;

	*out_encoded = suffix.len > 0 && suffix.data[suffix.len - 1] == '*';
	*out_number = 0;
	if (suffix.len == 0 || text_equal(suffix, TEXT("*")))
		return true;
	if (suffix.data[0] != '*')
		return false;
	if (!text_to_int((struct text){ suffix.data + 1, suffix.len - 1 - *out_encoded }, &number) || number < 0 ||
	        number >= SEGMENTS_MOST)
		return false;
	*out_number = (int)number;
	return true;
}

static void take_piece(struct arena *arena, struct text piece, const char *name, struct segment *segments)
{
	const char *equals = piece.len ? memchr(piece.data, '=', piece.len) : NULL;
	size_t name_len = strlen(name);
	struct text key, value;
	int number;
	bool is_encoded;

	if (!equals)
		return;
	key = text_trim((struct text){ piece.data, (size_t)(equals - piece.data) });
	value = text_trim((struct text){ equals + 1, (size_t)(piece.data + piece.len - equals) - 1 });
	if (key.len < name_len || !text_equal_nocase((struct text){ key.data, name_len }, text_of(name)) ||
	        !suffix_reads((struct text){ key.data + name_len, key.len - name_len }, &number, &is_encoded))
		return;
	/* the first of two; but that with a charset goes before that without one (RFC 6266 section 4.3) */
	if (segments[number].is_there && !(is_encoded && !segments[number].is_encoded))
		return;
	segments[number] = (struct segment){ unquoted(arena, value), true, is_encoded };
}

static void append_percent(struct buffer *out, struct text value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];

		if (c == '%' && i + 2 < value.len && transfer_hex(value.data[i + 1]) >= 0 &&
		        transfer_hex(value.data[i + 2]) >= 0) {
			c = (char)(transfer_hex(value.data[i + 1]) << 4 | transfer_hex(value.data[i + 2]));
			i += 2;
		}
		buffer_append(out, &c, 1);
	}
}

/* charset'language'text; the charset is cut off and given back. */
static struct text take_charset(struct text *value)
{
	const char *first = value->len ? memchr(value->data, '\'', value->len) : NULL, *second;
	struct text charset;

	if (!first)
		return TEXT("");
	second = memchr(first + 1, '\'', (size_t)(value->data + value->len - first) - 1);
	if (!second)
		return TEXT("");
	charset = (struct text){ value->data, (size_t)(first - value->data) };
	*value = (struct text){ second + 1, (size_t)(value->data + value->len - second) - 1 };
	return charset;
}

static struct text joined(struct arena *arena, struct segment *segments, struct text hint)
{
	struct text charset = segments[0].is_encoded ? take_charset(&segments[0].value) : TEXT("");
	struct buffer out;
	bool is_encoded = false;

	buffer_init(&out, arena, 64);
	for (int i = 0; i < SEGMENTS_MOST && segments[i].is_there; i++) {
		is_encoded |= segments[i].is_encoded;
		if (segments[i].is_encoded)
			append_percent(&out, segments[i].value);
		else
			buffer_text(&out, segments[i].value);
	}
	if (charset.len)
		return charset_decode(arena, buffer_view(&out), charset);
	if (is_encoded)
		return charset_guess(arena, buffer_view(&out), hint);
	return header_words(arena, buffer_view(&out), hint);
}

static void read_segments(struct arena *arena, struct text header, const char *name, struct segment *segments)
{
	struct text rest = header;

	next_piece(&rest);
	while (rest.len > 0)
		take_piece(arena, next_piece(&rest), name, segments);
}

struct text header_parameter(struct arena *arena, struct text header, const char *name, struct text hint)
{
	struct segment segments[SEGMENTS_MOST] = { 0 };

	read_segments(arena, header, name, segments);
	return segments[0].is_there ? joined(arena, segments, hint) : TEXT_NONE;
}

struct text header_boundary(struct arena *arena, struct text header)
{
	struct segment segments[SEGMENTS_MOST] = { 0 };

	read_segments(arena, header, "boundary", segments);
	if (!segments[0].is_there)
		return TEXT_NONE;
	return segments[0].is_encoded || segments[1].is_there ? joined(arena, segments, TEXT("")) : segments[0].value;
}

struct text header_id(struct text id)
{
	const char *open = id.len ? memchr(id.data, '<', id.len) : NULL, *shut;

	if (!open)
		return text_trim(id);
	id = (struct text){ open + 1, id.len - (size_t)(open - id.data) - 1 };
	shut = memchr(id.data, '>', id.len);
	return text_trim((struct text){ id.data, shut ? (size_t)(shut - id.data) : id.len });
}
