/* forward.c - whose mail was forwarded.
 *
 * An attached message first: its own headers say all. Else headers in the text, below "Forwarded message" or under a
 * subject that begins with a word for it; Outlook forwards as it answers, so there the subject alone tells the two
 * apart. An attribution ("On ... wrote:") is a forward only when the subject says so. An answer never is one.
 */
#include "base/mail/address.h"
#include "base/mail/header.h"
#include "base/mail/mail.h"
#include "base/mail/origin.h"
#include "base/mail/part.h"
#include "base/mail/people.h"
#include "base/mail/subject.h"

/* The text of the forwarded mail: what stands below its headers, without the marks of the quotation it stands in. */
static struct text text_below(const struct lines *lines, int first)
{
	struct buffer b;
	int depth = lines->count > first ? lines->items[line_after_blanks(lines, first) % lines->count].depth : 0;

	buffer_init(&b, lines->arena, 1024);
	for (int i = first; i < lines->count; i++) {
		struct text line = lines->items[i].whole;

		for (int taken = 0; taken < depth && line.len && (line.data[0] == '>' || line.data[0] == ' ');)
			if (line.data[0] == '>' || taken == 0) {
				taken += line.data[0] == '>';
				line = line_rest(line, 1);
			} else {
				break;
			}
		if (depth && lines->items[i].depth && line_begins(line, " "))
			line = line_rest(line, 1);
		buffer_text(&b, line);
		buffer_string(&b, "\n");
	}
	return line_trim(buffer_view(&b));
}

static void forward_from_headers(struct mail *mail, const struct lines *lines, const struct origin *origin)
{
	mail->is_forward = true;
	mail->forward_from = people_first(mail->arena, origin->from);
	mail->forward_to = people_read(mail->arena, origin->to);
	mail->forward_cc = people_read(mail->arena, origin->cc);
	mail->forward_subject = origin->subject.len ? origin->subject : subject_bare(mail->arena, mail->subject);
	mail->forward_date = origin->date.data ? origin->date : TEXT("");
	mail->forward_text = text_below(lines, origin->end);
}

static void forward_from_attribution(struct mail *mail, const struct lines *lines, const struct origin *origin)
{
	struct mail_address from = people_attributed(mail->arena, origin->from);

	if (!from.address.len)
		return;
	mail->is_forward = true;
	mail->forward_from = from;
	mail->forward_subject = subject_bare(mail->arena, mail->subject);
	mail->forward_text = text_below(lines, origin->end);
}

/* Headers without a word that they are a forward's. */
static bool is_forward(
        const struct mail *mail, const struct lines *lines, const struct origin *origin, enum subject_prefix prefix)
{
	if (origin->says_forward || prefix == SUBJECT_FORWARD)
		return true;
	if (prefix == SUBJECT_REPLY)
		return false;
	if (!mail->subject.len)
		return true;
	return line_after_blanks(lines, 0) == origin->first && origin->to.len && line_has(origin->from, "@");
}

static void forward_in_text(struct mail *mail, enum subject_prefix prefix)
{
	struct lines lines = line_split(mail->arena, mail->text);
	struct origin origin, attribution = { 0 };
	bool says_forward = false;

	for (int at = 0; origin_next(&lines, at, prefix == SUBJECT_FORWARD, &origin); at = origin.end) {
		if (origin.kind == ORIGIN_HEADERS) {
			origin.says_forward |= says_forward;
			if (is_forward(mail, &lines, &origin, prefix))
				forward_from_headers(mail, &lines, &origin);
			return;
		}
		says_forward |= origin.says_forward;
		if (origin.kind != ORIGIN_ATTRIBUTION)
			continue;
		attribution = origin;
		break;
	}
	if (attribution.kind && prefix == SUBJECT_FORWARD)
		forward_from_attribution(mail, &lines, &attribution);
}

/* The only message among the attachments, or NULL. */
static const struct mail_part *attached_message(const struct mail *mail)
{
	const struct mail_part *found = NULL;

	for (int i = 0; i < mail->part_count; i++)
		if (text_equal(mail->parts[i].type, TEXT("message/rfc822"))) {
			if (found)
				return NULL;
			found = &mail->parts[i];
		}
	return found && found->bytes.len ? found : NULL;
}

static struct text header_value(const struct mail *mail, const char *name)
{
	struct text raw = mail_header(mail, name);

	return raw.data ? header_words(mail->arena, raw, mail->charset_hint) : TEXT("");
}

/* Only the parts of the inner message are read, not what it means: it may hold another, and that one a third. */
static void forward_attached(struct mail *mail, const struct mail_part *part)
{
	struct mail *inner = ARENA_NEW(mail->arena, struct mail);

	inner->arena = mail->arena;
	inner->raw = part->bytes;
	part_read_all(inner, part->bytes);
	part_choose_body(inner);
	address_read_all(inner);
	mail->is_forward = inner->from.address.len > 0;
	mail->forward_from = inner->from;
	mail->forward_to = inner->to;
	mail->forward_cc = inner->cc;
	mail->forward_subject = header_value(inner, "Subject");
	mail->forward_date = header_value(inner, "Date");
	mail->forward_text = inner->text;
}

void mail_forward(struct mail *mail)
{
	enum subject_prefix prefix = subject_prefix(mail->arena, mail->subject);
	const struct mail_part *message = attached_message(mail);

	mail->forward_subject = mail->forward_date = mail->forward_text = TEXT("");
	mail->forward_from = (struct mail_address){ .name = TEXT(""), .address = TEXT("") };
	if (!text_equal(mail->kind, TEXT("ticket")))
		return;
	if (message && prefix != SUBJECT_REPLY)
		forward_attached(mail, message);
	if (!mail->is_forward)
		forward_in_text(mail, prefix);
}
