/* origin_headers.c - From: / Sent: / To: / Subject: above a quoted mail.
 *
 * Labels of the languages we know are read by name. Others are read by what they name: the first address is whose mail
 * it is, the second to whom it went, a line with a date is the date, what is left is the subject. The latter is not
 * enough to hide what a person may have written himself ("Name: ... E-mail: ... Date: ..."), so it counts only below a
 * mark, or inside a quotation.
 */
#include "base/mail/origin.h"

#include <string.h>
#include "base/mail/label.h"
#include "base/mail/when.h"

enum {
	LABEL_BYTES_MOST = 48,
	FIELDS_MOST = 16,
	FIELD_LINES_MOST = 40, /* a list of recipients may be long */
};

struct field {
	char lower[LABEL_BYTES_MOST];
	struct text label; /* in lower case, without the stars of bold text */
	struct text value;
};

static struct text without_stars(struct text t)
{
	t = line_trim(t);
	while (t.len && (t.data[0] == '*' || t.data[0] == '_'))
		t = line_rest(t, 1);
	while (t.len && (t.data[t.len - 1] == '*' || t.data[t.len - 1] == '_'))
		t.len--;
	return line_trim(t);
}

/* A line "Label: value". */
static bool field_split(struct text said, struct field *field)
{
	size_t colon = 0, step = 0;

	for (; colon < said.len && colon < LABEL_BYTES_MOST; colon++) {
		step = said.data[colon] == ':' ? 1 : line_begins(line_rest(said, colon), "：") ? 3 : 0;
		if (step)
			break;
	}
	if (!step || !colon)
		return false;
	field->value = without_stars(line_rest(said, colon + step));
	field->label = line_lower_into(without_stars((struct text){ said.data, colon }), field->lower);
	return field->label.len > 0;
}

/* Words, not a time ("12:46"), a link or a sentence. */
static bool seems_label(struct text label)
{
	int blanks = 0;

	for (size_t i = 0; i < label.len; i++) {
		if ((label.data[i] >= '0' && label.data[i] <= '9') || strchr("<>@/,;!?\"", label.data[i]))
			return false;
		blanks += label.data[i] == ' ';
	}
	return blanks <= 3;
}

/* Asked once for each line: a text may consist of such lines. */
static enum label label_at(const struct lines *lines, int at)
{
	struct line *line = at < lines->count ? &lines->items[at] : NULL;
	struct field field;

	if (!line)
		return LABEL_NONE;
	if (line->label < 0)
		line->label = field_split(line->said, &field) && seems_label(field.label)
		                      ? (int8_t)label_of(field.label)
		                      : LABEL_NONE;
	return (enum label)line->label;
}

struct fields {
	int count;
	enum label labels[FIELDS_MOST];
	struct text values[FIELDS_MOST];
	int known;
};

static bool is_known_at(const struct lines *lines, int at)
{
	return label_at(lines, at) != LABEL_NONE;
}

/* Line `at` goes on with the field above it: a folded list of people, or a subject that was too long. */
static bool goes_on(const struct lines *lines, int at, const struct fields *fields)
{
	enum label last = fields->labels[fields->count - 1];
	struct text value = fields->values[fields->count - 1], said = lines->items[at].said;

	if (last == LABEL_TO || last == LABEL_CC || last == LABEL_FROM)
		return line_ends(value, ",") || line_ends(value, ";") || !value.len || said.data[0] == '<' ||
		       (line_has(said, "@") && !line_has(value, "@")) || is_known_at(lines, at + 1);
	return is_known_at(lines, at + 1) || is_known_at(lines, at + 2);
}

static struct text joined(struct arena *arena, struct text a, struct text b)
{
	struct buffer both;

	if (!a.len)
		return b;
	buffer_init(&both, arena, a.len + b.len + 2);
	buffer_text(&both, a);
	buffer_string(&both, " ");
	buffer_text(&both, b);
	return buffer_view(&both);
}

/* Reads one line into the fields. False: it is none of theirs. */
static bool field_take(const struct lines *lines, int at, struct fields *fields)
{
	enum label known = label_at(lines, at);
	struct field field;
	bool is_field = field_split(lines->items[at].said, &field) && seems_label(field.label);

	/* What has no known name must not be the first line of the mail's text: only among others of its kind. */
	if (is_field && known == LABEL_NONE && fields->known && !is_known_at(lines, at + 1))
		return false;
	if (is_field && fields->count < FIELDS_MOST) {
		fields->labels[fields->count] = known;
		fields->values[fields->count++] = field.value;
		fields->known += known != LABEL_NONE;
		return true;
	}
	if (!fields->count || !goes_on(lines, at, fields))
		return false;
	fields->values[fields->count - 1] =
	        joined(lines->arena, fields->values[fields->count - 1], lines->items[at].said);
	return true;
}

/* One blank line may stand between two fields when the HTML was made of paragraphs. */
static int fields_read(const struct lines *lines, int at, struct fields *fields)
{
	int depth = lines->items[at].depth, i = at, lines_most = at + FIELD_LINES_MOST;

	for (; i < lines->count && i < lines_most; i++) {
		if (line_is_blank(&lines->items[i])) {
			if (fields->count && fields->values[fields->count - 1].len && is_known_at(lines, i + 1))
				continue;
			break;
		}
		if (lines->items[i].depth != depth || !field_take(lines, i, fields))
			break;
	}
	return i;
}

static void origin_give(struct origin *origin, enum label label, struct text value)
{
	struct text *to[] = { [LABEL_FROM] = &origin->from,
		[LABEL_TO] = &origin->to,
		[LABEL_CC] = &origin->cc,
		[LABEL_SUBJECT] = &origin->subject,
		[LABEL_DATE] = &origin->date,
		[LABEL_SENT] = &origin->date };

	if (label > LABEL_NONE && label <= LABEL_SENT && !to[label]->data)
		*to[label] = value;
}

/* Of fields whose names nobody knows. */
static bool give_by_content(struct origin *origin, struct fields *fields)
{
	static const enum label people[] = { LABEL_FROM, LABEL_TO, LABEL_CC };
	int addresses = 0;

	for (int i = 0; i < fields->count; i++) {
		bool is_address = line_has(fields->values[i], "@");

		if (fields->labels[i] == LABEL_NONE && is_address && addresses < 3)
			fields->labels[i] = people[addresses];
		else if (fields->labels[i] == LABEL_NONE)
			fields->labels[i] = when_is_named(fields->values[i]) ? LABEL_DATE : LABEL_SUBJECT;
		addresses += is_address;
		origin_give(origin, fields->labels[i], fields->values[i]);
	}
	return fields->count >= 3 && origin->from.len && origin->date.len;
}

static bool has_label(const struct fields *fields, enum label label)
{
	for (int i = 0; i < fields->count; i++)
		if (fields->labels[i] == label)
			return true;
	return false;
}

/* From, To and a date are on a ticket for a train, too: a mail has a subject, an address, or says when it was sent. */
static bool is_enough(const struct origin *origin, const struct fields *fields, bool is_trusted)
{
	int rest = (origin->to.len > 0) + (origin->date.len > 0) + (origin->subject.data != NULL);

	if (!origin->from.len)
		return false;
	if (is_trusted)
		return rest >= 1;
	if (rest < 2)
		return false;
	if (when_is_named(origin->date) && has_label(fields, LABEL_SENT))
		return true;
	return (origin->subject.data || line_has(origin->from, "@")) &&
	       (when_is_named(origin->date) || line_has(origin->from, "@") || line_has(origin->to, "@"));
}

/* The line above is a field, too: headers that began there have been looked for, and were none. */
static bool is_inside(const struct lines *lines, int at)
{
	struct field field;

	return at > 0 && lines->items[at - 1].depth == lines->items[at].depth &&
	       field_split(lines->items[at - 1].said, &field) && field.value.len && seems_label(field.label);
}

bool origin_headers(const struct lines *lines, int at, struct origin *out)
{
	struct fields fields = { 0 };
	struct origin found = *out;
	struct field field;
	bool is_trusted = found.is_marked || lines->items[at].depth > 0;

	if (!is_trusted && label_at(lines, at) == LABEL_NONE)
		return false;
	if (!field_split(lines->items[at].said, &field) || !seems_label(field.label) || is_inside(lines, at))
		return false;
	found.end = fields_read(lines, at, &fields);
	for (int i = 0; i < fields.count; i++)
		origin_give(&found, fields.labels[i], fields.values[i]);
	if (!is_enough(&found, &fields, is_trusted) && !(is_trusted && give_by_content(&found, &fields)))
		return false;
	found.kind = ORIGIN_HEADERS;
	found.first = at;
	found.depth = lines->items[at].depth;
	*out = found;
	return true;
}

/* "----- Forwarded Message ----- From: John <john@example.org>To: ...Sent: ...Subject: ..." */
bool origin_headers_inline(const struct lines *lines, int at, struct origin *out)
{
	struct text said = lines->items[at].said, lower = line_lower(lines, at);
	struct origin found = *out;
	enum label label, next_label;
	size_t start, value, next_start, next_value;
	bool more;

	/* The same byte must be the same letter in both, which lower case does not promise. */
	if (lower.len != said.len || !line_begins(lower, "--") || !label_inside(lower, 0, &label, &start, &value))
		return false;
	do {
		more = label_inside(lower, value, &next_label, &next_start, &next_value);
		origin_give(&found, label,
		        line_trim((struct text){ said.data + value, (more ? next_start : said.len) - value }));
		label = next_label;
		value = next_value;
	} while (more);
	if (!found.from.len || !line_has(found.from, "@"))
		return false;
	found.kind = ORIGIN_HEADERS;
	found.is_marked = true;
	found.first = at;
	found.end = at + 1;
	found.depth = lines->items[at].depth;
	*out = found;
	return true;
}
