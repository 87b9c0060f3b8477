/* invitation.c - what an invitation in a text/calendar part says (RFC 5545, RFC 5546): see inner.h.
 *
 * A few properties of its first event, for somebody who reads the ticket. It is no calendar: whoever wants to accept
 * opens the part, which stays an attachment.
 */
#include "base/mail/inner.h"

#include <string.h>

#define VALUE_BYTES_MOST 500

struct event {
	struct text method, summary, start, end, place, organiser;
};

/* Folded lines joined: a line end with a blank behind it is nothing. */
static struct text unfolded(struct arena *arena, struct text text)
{
	char *out = arena_alloc(arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '\n' && i + 1 < text.len && (text.data[i + 1] == ' ' || text.data[i + 1] == '\t'))
			i++;
		else
			out[len++] = text.data[i];
	return (struct text){ out, len };
}

/* \n, \, and \; of a text. */
static struct text plain(struct arena *arena, struct text value)
{
	char *out = arena_alloc(arena, value.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < value.len && len < VALUE_BYTES_MOST; i++) {
		char c = value.data[i];

		if (c == '\\' && i + 1 < value.len)
			c = value.data[++i] == 'n' || value.data[i] == 'N' ? ' ' : value.data[i];
		out[len++] = c;
	}
	return text_mend(arena, (struct text){ out, len });
}

static bool are_digits(struct text text, size_t from, size_t count)
{
	for (size_t i = from; i < from + count; i++)
		if (i >= text.len || text.data[i] < '0' || text.data[i] > '9')
			return false;
	return true;
}

/* 20261201T140000 as 2026-12-01 14:00, with the zone that its property names. */
static struct text moment(struct arena *arena, struct text parameters, struct text value)
{
	const char *zone = parameters.len ? memmem(parameters.data, parameters.len, "TZID=", 5) : NULL;
	struct text name = TEXT("");

	if (!are_digits(value, 0, 8))
		return plain(arena, value);
	if (zone)
		name = text_trim((struct text){ zone + 5, (size_t)(parameters.data + parameters.len - zone) - 5 });
	else if (value.data[value.len - 1] == 'Z')
		name = TEXT("UTC");
	if (!are_digits(value, 9, 4))
		return text_of(arena_printf(arena, "%.4s-%.2s-%.2s", value.data, value.data + 4, value.data + 6));
	return text_of(arena_printf(arena, "%.4s-%.2s-%.2s %.2s:%.2s%s%.*s", value.data, value.data + 4, value.data + 6,
	        value.data + 9, value.data + 11, name.len ? " " : "", (int)name.len, name.data));
}

static void take_line(struct arena *arena, struct text line, struct event *event)
{
	size_t name = 0, colon;
	struct text parameters, value;
	bool is_quoted = false;

	while (name < line.len && line.data[name] != ';' && line.data[name] != ':')
		name++;
	for (colon = name; colon < line.len && (is_quoted || line.data[colon] != ':'); colon++)
		is_quoted ^= line.data[colon] == '"';
	if (colon >= line.len)
		return;
	parameters = (struct text){ line.data + name, colon - name };
	value = (struct text){ line.data + colon + 1, line.len - colon - 1 };
	line.len = name;
	if (text_equal_nocase(line, TEXT("METHOD")))
		event->method = value;
	else if (text_equal_nocase(line, TEXT("SUMMARY")) && !event->summary.len)
		event->summary = plain(arena, value);
	else if (text_equal_nocase(line, TEXT("LOCATION")) && !event->place.len)
		event->place = plain(arena, value);
	else if (text_equal_nocase(line, TEXT("ORGANIZER")) && !event->organiser.len)
		event->organiser = plain(arena, value);
	else if (text_equal_nocase(line, TEXT("DTSTART")))
		event->start = moment(arena, parameters, value);
	else if (text_equal_nocase(line, TEXT("DTEND")))
		event->end = moment(arena, parameters, value);
}

/* Time zones have a DTSTART, too: only what stands in the first VEVENT counts, and METHOD. */
static struct event read_event(struct arena *arena, struct text text)
{
	struct event event = { 0 };
	bool is_inside = false;

	text = unfolded(arena, text);
	while (text.len > 0) {
		const char *end = memchr(text.data, '\n', text.len);
		struct text line = { text.data, end ? (size_t)(end - text.data) : text.len };
		size_t used = end ? line.len + 1 : line.len;

		text = (struct text){ text.data + used, text.len - used };
		line = text_trim(line);
		if (text_equal_nocase(line, TEXT("END:VEVENT")))
			break;
		if (text_equal_nocase(line, TEXT("BEGIN:VEVENT")))
			is_inside = true;
		else if (is_inside ||
		         (line.len > 7 && text_equal_nocase((struct text){ line.data, 7 }, TEXT("METHOD:"))))
			take_line(arena, line, &event);
	}
	return event;
}

static void write_line(struct buffer *out, const char *name, struct text value)
{
	if (value.len)
		buffer_printf(out, "%s: %.*s\n", name, (int)value.len, value.data);
}

static const char *title(struct text method)
{
	return text_equal_nocase(method, TEXT("CANCEL"))  ? "Cancelled"
	       : text_equal_nocase(method, TEXT("REPLY")) ? "Reply to an invitation"
	                                                  : "Invitation";
}

struct text inner_invitation(const struct mail *mail)
{
	for (int i = 0; i < mail->part_count; i++) {
		struct event event;
		struct buffer out;

		if (!text_equal(mail->parts[i].type, TEXT("text/calendar")) || !mail->parts[i].text.len)
			continue;
		event = read_event(mail->arena, mail->parts[i].text);
		if (!event.summary.len && !event.start.len)
			continue;
		buffer_init(&out, mail->arena, 256);
		write_line(&out, title(event.method), event.summary.len ? event.summary : TEXT("-"));
		write_line(&out, "Start", event.start);
		write_line(&out, "End", event.end);
		write_line(&out, "Place", event.place);
		write_line(&out, "Organiser", event.organiser);
		return buffer_view(&out);
	}
	return TEXT_NONE;
}
