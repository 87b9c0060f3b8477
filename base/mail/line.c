/* line.c - see line.h. */
#include "base/mail/line.h"

#include <string.h>
#include <unicase.h>
#include <unistr.h>
#include "base/unicode.h"

bool line_next(struct text *rest, struct text *out_line)
{
	const char *end;

	if (!rest->len)
		return false;
	end = memchr(rest->data, '\n', rest->len);
	*out_line = (struct text){ rest->data, end ? (size_t)(end - rest->data) : rest->len };
	*rest = line_rest(*rest, out_line->len + (end ? 1 : 0));
	if (out_line->len && out_line->data[out_line->len - 1] == '\r')
		out_line->len--;
	return true;
}

struct text line_rest(struct text t, size_t from)
{
	return from < t.len ? (struct text){ t.data + from, t.len - from } : (struct text){ "", 0 };
}

/* Bytes of the invisible character that t ends with, or 0. */
static size_t invisible_tail(struct text t)
{
	for (size_t step = 1; step <= 4 && step <= t.len; step++) {
		struct text last = line_rest(t, t.len - step);
		uint32_t c;

		if (text_utf8_step(last) == step)
			return unicode_next(&last, &c) && unicode_is_invisible(c) ? step : 0;
	}
	return 0;
}

struct text line_trim(struct text t)
{
	for (;;) {
		struct text rest = t;
		uint32_t c;

		if (!unicode_next(&rest, &c) || !unicode_is_invisible(c))
			break;
		t = rest;
	}
	for (size_t tail; (tail = invisible_tail(t)) > 0;)
		t.len -= tail;
	return t;
}

/* "JD> text": the initials of who is quoted. */
static size_t initials(struct text t)
{
	size_t at = 0;

	while (at < t.len && at < 3 && t.data[at] >= 'A' && t.data[at] <= 'Z')
		at++;
	return at && at < t.len && t.data[at] == '>' && (at + 1 == t.len || t.data[at + 1] == ' ') ? at : 0;
}

/* "> > text" and ">>text" are two deep; a mark stands at the start of the line, or after at most three blanks. */
void line_read(struct line *line)
{
	struct text t = line->whole;
	size_t at = initials(t);

	line->depth = 0;
	for (size_t blanks = 0; at < t.len && blanks <= 3; at++) {
		if (t.data[at] == '>') {
			line->depth++;
			blanks = 0;
		} else if (t.data[at] == ' ' || t.data[at] == '\t') {
			blanks++;
		} else {
			break;
		}
	}
	line->said = line_trim(line->depth ? line_rest(t, at) : t);
	line->lower = TEXT_NONE;
	line->label = -1;
}

/* The ">" of an address that was broken before it: "<someone@example.org" and, a line further, ">:". */
static bool closes_address(const struct line *above, const struct line *line)
{
	const char *open = memrchr(above->whole.data, '<', above->whole.len);
	struct text rest;

	if (!open || line->depth != 1 || line->whole.data[0] != '>' || !line_ends(line->said, ":"))
		return false;
	rest = line_rest(above->whole, (size_t)(open - above->whole.data));
	return line_has(rest, "@") && !line_has(rest, ">");
}

struct lines line_split(struct arena *arena, struct text text)
{
	struct lines lines = { .arena = arena, .spent = ARENA_NEW(arena, int) };
	struct text rest = text, line;
	int most = 1;

	for (size_t i = 0; i < text.len; i++)
		most += text.data[i] == '\n';
	lines.items = ARENA_ARRAY(arena, struct line, most);
	while (line_next(&rest, &line)) {
		struct line *it = &lines.items[lines.count++];

		it->whole = line;
		line_read(it);
		if (it->depth && lines.count > 1 && closes_address(it - 1, it)) {
			it->depth = 0;
			it->said = line_trim(line);
		}
	}
	return lines;
}

/* Letter by letter, so that every byte of the copy stands where the byte of t did; a letter whose small form has
 * another length (Turkish dotted I) stays. */
struct text line_lower_into(struct text t, char *out)
{
	struct text rest = t;

	while (rest.len) {
		char *at = out + (t.len - rest.len);
		uint8_t small[6];
		uint32_t c = 0;
		struct text before = rest;

		if (!unicode_next(&rest, &c)) {
			*at = rest.data[0];
			rest = line_rest(rest, 1);
			continue;
		}
		memcpy(at, before.data, before.len - rest.len);
		if (c >= 'A' && c <= 'Z')
			*at = (char)(c + ('a' - 'A'));
		else if (c >= 0x80 && u8_uctomb(small, uc_tolower(c), sizeof small) == (int)(before.len - rest.len))
			memcpy(at, small, before.len - rest.len);
	}
	return (struct text){ out, t.len };
}

struct text line_lowered(struct arena *arena, struct text t)
{
	return line_lower_into(t, arena_alloc(arena, t.len + 1));
}

struct text line_lower(const struct lines *lines, int at)
{
	struct line *line = &lines->items[at];

	if (line->said.len > LINE_HEADING_BYTES_MOST)
		return TEXT("");
	if (!line->lower.data)
		line->lower = line_lowered(lines->arena, line->said);
	return line->lower;
}

bool line_is_blank(const struct line *line)
{
	return !line->said.len;
}

int line_after_blanks(const struct lines *lines, int at)
{
	while (at < lines->count && line_is_blank(&lines->items[at]))
		at++;
	return at;
}

/* Bytes of the drawing sign that t begins with: one of ASCII, a dash, or a line of a box. */
static size_t drawn_step(struct text t)
{
	if (strchr("-_=*~#+", t.data[0]))
		return 1;
	if (line_begins(t, "\xE2\x80\x93") || line_begins(t, "\xE2\x80\x94") || line_begins(t, "\xE2\x94\x80") ||
	        line_begins(t, "\xE2\x95\x90"))
		return 3;
	return 0;
}

bool line_is_drawn(struct text said, int least)
{
	int drawn = 0;

	for (; said.len; drawn++) {
		size_t step = drawn_step(said);

		if (!step)
			return false;
		said = line_rest(said, step);
	}
	return drawn >= least;
}

long line_find(struct text t, struct text needle)
{
	const char *at = t.len ? memmem(t.data, t.len, needle.data, needle.len) : NULL;

	return at ? at - t.data : -1;
}

bool line_has(struct text t, const char *needle)
{
	return line_find(t, text_of(needle)) >= 0;
}

int line_has_any(struct text t, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (line_has(t, words[i]))
			return i;
	return -1;
}

bool line_begins(struct text t, const char *start)
{
	return text_starts_with(t, text_of(start));
}

bool line_ends(struct text t, const char *end)
{
	size_t len = strlen(end);

	return t.len >= len && memcmp(t.data + t.len - len, end, len) == 0;
}
