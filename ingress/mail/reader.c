/* reader.c - see reader.h.
 *
 * The states of a message:
 *
 *   FRESH ── . ──► DOT ── CR ──► LAST ── LF ──► the end
 *     │             │ (the dot is gone)
 *     └── any ──► INSIDE ── CR ──► RETURN ── LF ──► FRESH
 */
#include "ingress/mail/reader.h"

#include <string.h>

enum state {
	COMMAND,
	COMMAND_RETURN, /* its CR was read */
	COMMAND_LONG,   /* is passed over */
	COMMAND_LONG_RETURN,
	FRESH, /* at the beginning of a line of the message */
	DOT,
	LAST,
	INSIDE,
	RETURN,
	ENDED, /* smuggled */
};

void reader_expect_message(struct reader *reader)
{
	reader->state = FRESH;
	reader->nul = reader->other = false;
}

static void advance(struct text *in, size_t bytes)
{
	in->data += bytes;
	in->len -= bytes;
}

static enum reader_event end(struct reader *reader)
{
	reader->state = ENDED;
	return READER_SMUGGLED;
}

/* --- commands ---------------------------------------------------------------------- */
/* One byte of a command; READER_MORE: it goes on. */
static enum reader_event read_command(struct reader *reader, char c)
{
	bool too_long = reader->state >= COMMAND_LONG;
	bool returned = reader->state == COMMAND_RETURN || reader->state == COMMAND_LONG_RETURN;

	if (returned != (c == '\n'))
		return end(reader);
	if (c == '\n') {
		reader->state = COMMAND;
		return too_long ? READER_LONG : READER_LINE;
	}
	if (c == '\r')
		reader->state = too_long ? COMMAND_LONG_RETURN : COMMAND_RETURN;
	else if (reader->len < READER_LINE_MOST - 2)
		reader->line[reader->len++] = c;
	else
		reader->state = COMMAND_LONG;
	return READER_MORE;
}

static enum reader_event next_command(struct reader *reader, struct text *in, struct text *out)
{
	enum reader_event event = READER_MORE;

	while (in->len && event == READER_MORE) {
		event = read_command(reader, *in->data);
		advance(in, 1);
	}
	if (event == READER_MORE)
		return READER_MORE;
	*out = (struct text){ reader->line, reader->len };
	reader->len = 0;
	return event;
}

/* --- messages ---------------------------------------------------------------------- */
static bool is_line_of_dots_and_nuls(struct reader *reader)
{
	bool found = reader->nul && !reader->other;

	reader->nul = reader->other = false;
	return found;
}

/* The state after c; ENDED: c does not belong there, LAST is left for the caller. */
static enum state follow(struct reader *reader, char c)
{
	if (reader->state == RETURN)
		return c == '\n' && !is_line_of_dots_and_nuls(reader) ? FRESH : ENDED;
	if (c == '\n')
		return ENDED;
	if (c == '\r')
		return reader->state == DOT ? LAST : RETURN;
	if (c == '.' && reader->state == FRESH)
		return DOT;
	reader->nul = reader->nul || !c;
	reader->other = reader->other || (c && c != '.');
	return INSIDE;
}

/* How many of the bytes lie within a line, beginning with the first. */
static size_t run_of(struct text in)
{
	size_t n = 0;

	while (n < in.len && in.data[n] != '\r' && in.data[n] != '\n' && in.data[n])
		n++;
	return n;
}

/* Bytes up to where something is left out, or the end of what there is. */
static enum reader_event next_bytes(struct reader *reader, struct text *in, struct text *out)
{
	size_t n = 0;

	while (n < in->len) {
		enum state next;

		if (reader->state == INSIDE && reader->other) {
			n += run_of((struct text){ in->data + n, in->len - n });
			if (n == in->len)
				break;
		}
		next = follow(reader, in->data[n]);
		if (next == ENDED)
			return end(reader);
		reader->state = (unsigned char)next;
		if (next == DOT || next == LAST)
			break;
		n++;
	}
	*out = (struct text){ in->data, n };
	advance(in, n + (n < in->len));
	return n ? READER_BYTES : READER_MORE;
}

/* Behind ". CR" there is but one way to go on. */
static enum reader_event finish(struct reader *reader, struct text *in)
{
	if (*in->data != '\n')
		return end(reader);
	advance(in, 1);
	reader->state = COMMAND;
	return READER_END;
}

enum reader_event reader_next(struct reader *reader, struct text *in, struct text *out)
{
	enum reader_event event = READER_MORE;

	if (reader->state == ENDED)
		return READER_SMUGGLED;
	if (reader->state < FRESH)
		return next_command(reader, in, out);
	while (in->len && event == READER_MORE)
		event = reader->state == LAST ? finish(reader, in) : next_bytes(reader, in, out);
	return event;
}
