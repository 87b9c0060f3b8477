/* words.c - encoded words, RFC 2047: see header.h.
 *
 * Neighbours of one charset are joined before they are converted: many a sender cuts a character in two. Decoded also
 * where no blank stands around them, and inside quotation marks.
 */
#include "base/mail/header.h"

#include <glib.h>
#include <string.h>
#include "base/mail/charset.h"
#include "base/mail/transfer.h"
#include "base/unicode.h"

#define WORD_BYTES_MOST 8192 /* 75 by the rule; some write a whole subject as one */
#define CHARSET_BYTES_MOST 80

struct word {
	struct text charset, data;
	bool is_base64;
	size_t bytes; /* of the whole */
};

static bool word_at(struct text text, struct word *out)
{
	const char *mark, *stop, *end;

	if (text.len < 8 || text.data[0] != '=' || text.data[1] != '?')
		return false;
	if (text.len > WORD_BYTES_MOST)
		text.len = WORD_BYTES_MOST;
	end = text.data + text.len;
	mark = memchr(text.data + 2, '?', text.len - 2 < CHARSET_BYTES_MOST ? text.len - 2 : CHARSET_BYTES_MOST);
	if (!mark || mark + 3 >= end || mark[2] != '?' || ((mark[1] | 0x20) != 'b' && (mark[1] | 0x20) != 'q') ||
	        memchr(text.data, ' ', (size_t)(mark - text.data)))
		return false;
	stop = memmem(mark + 3, (size_t)(end - mark - 3), "?=", 2);
	if (!stop)
		return false;
	out->charset = (struct text){ text.data + 2, (size_t)(mark - text.data) - 2 };
	out->is_base64 = (mark[1] | 0x20) == 'b';
	out->data = (struct text){ mark + 3, (size_t)(stop - mark) - 3 };
	out->bytes = (size_t)(stop - text.data) + 2;
	return true;
}

/* What is being put together: bytes in one charset, not yet converted. */
struct reading {
	struct arena *arena;
	struct buffer out;
	struct buffer pending;
	struct text charset;
	bool is_plain;     /* words are written anew instead of decoded */
	struct text label; /* a hint for what is not encoded: of the last word */
};

static void write_plain_word(struct buffer *out, struct text text)
{
	char *encoded = g_base64_encode((const guchar *)text.data, text.len);

	buffer_printf(out, "=?utf-8?b?%s?=", encoded);
	g_free(encoded);
}

static void flush(struct reading *reading)
{
	struct text text;

	if (reading->pending.len == 0)
		return;
	text = charset_decode(reading->arena, buffer_view(&reading->pending), reading->charset);
	if (reading->is_plain)
		write_plain_word(&reading->out, text_mend(reading->arena, text));
	else
		buffer_text(&reading->out, text_mend(reading->arena, text));
	buffer_init(&reading->pending, reading->arena, 64);
}

static void take_word(struct reading *reading, const struct word *word)
{
	struct text decoded = word->is_base64 ? transfer_decoded(reading->arena, TEXT("base64"), word->data)
	                                      : transfer_word(reading->arena, word->data);

	if (!text_equal_nocase(word->charset, reading->charset))
		flush(reading);
	reading->charset = word->charset;
	reading->label = word->charset;
	buffer_text(&reading->pending, decoded);
}

static size_t blanks_at(struct text text)
{
	size_t count = 0;

	while (count < text.len && (text.data[count] == ' ' || text.data[count] == '\t'))
		count++;
	return count;
}

static void take_other(struct reading *reading, struct text text)
{
	flush(reading);
	buffer_text(&reading->out, charset_guess(reading->arena, text, reading->label));
}

/* Up to the next word, or to the end. */
static size_t other_bytes(struct text text)
{
	struct word word;
	size_t at = 0;

	while (at < text.len) {
		const char *next = memmem(text.data + at, text.len - at, "=?", 2);

		if (!next)
			return text.len;
		at = (size_t)(next - text.data);
		if (word_at((struct text){ next, text.len - at }, &word))
			return at;
		at += 2;
	}
	return text.len;
}

static struct text decode(struct arena *arena, struct text raw, struct text hint, bool is_plain)
{
	struct reading reading = { .arena = arena, .is_plain = is_plain, .label = hint };
	bool after_word = false;

	buffer_init(&reading.out, arena, raw.len + 1);
	buffer_init(&reading.pending, arena, 64);
	while (raw.len > 0) {
		struct word word;
		bool is_word = word_at(raw, &word);
		size_t bytes = is_word ? word.bytes : other_bytes(raw);

		if (is_word) {
			take_word(&reading, &word);
		} else {
			/* blanks between two words are no text */
			if (!after_word || bytes == raw.len || blanks_at(raw) != bytes)
				take_other(&reading, (struct text){ raw.data, bytes });
		}
		after_word = is_word;
		raw = (struct text){ raw.data + bytes, raw.len - bytes };
	}
	flush(&reading);
	return text_trim(text_mend(arena, buffer_view(&reading.out)));
}

/* What is shown in a line: without control characters. */
static struct text readable(struct arena *arena, struct text text)
{
	struct text rest = text = text_mend(arena, text);
	struct buffer out;

	buffer_init(&out, arena, text.len + 1);
	while (rest.len > 0) {
		struct text before = rest;
		uint32_t c;

		if (!unicode_next(&rest, &c))
			break;
		if (c == '\t')
			buffer_string(&out, " ");
		else if (!unicode_is_control(c))
			buffer_append(&out, before.data, before.len - rest.len);
	}
	return text_trim(buffer_view(&out));
}

static bool has_words(struct text raw)
{
	return raw.len && memmem(raw.data, raw.len, "=?", 2);
}

struct text header_words(struct arena *arena, struct text raw, struct text hint)
{
	if (!has_words(raw))
		return readable(arena, charset_guess(arena, raw, hint));
	return readable(arena, decode(arena, raw, hint, false));
}

struct text header_words_plain(struct arena *arena, struct text raw)
{
	if (!has_words(raw))
		return text_trim(text_mend(arena, raw));
	return decode(arena, raw, TEXT(""), true);
}
