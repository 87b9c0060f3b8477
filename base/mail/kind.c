/* kind.c - what kind of mail it is, and whether it may be answered by a program.
 *
 *   complaint         somebody pressed "this is spam" (RFC 5965)
 *   delivery-report   a mail has arrived, is late, or was read (RFC 3464, RFC 8098): nothing has failed
 *   bounce            a mail has failed; failed says whose
 *   challenge         one must prove to be human
 *   auto              out of office and the like
 *   ticket            all else, also lists and programs: auto_reason says that they want no answer
 */
#include "base/mail/kind.h"

#include "base/mail/bounce.h"
#include "base/mail/header.h"
#include "base/mail/people.h"
#include "base/mail/subject.h"

static const struct mail_part *part_of_type(const struct mail *mail, const char *type)
{
	for (int i = 0; i < mail->part_count; i++)
		if (text_equal(mail->parts[i].type, text_of(type)))
			return &mail->parts[i];
	return NULL;
}

static bool is_report(const struct mail *mail, const char *type)
{
	struct text content = mail_header(mail, "Content-Type"), report;

	if (!content.len)
		return false;
	report = header_parameter(mail->arena, content, "report-type", TEXT_NONE);
	return report.data && text_equal_nocase(line_trim(report), text_of(type));
}

/* The row of a complaint names who complained, when that is told; it is no failure. */
static void read_feedback(struct mail *mail, const struct mail_part *part)
{
	struct header_block block = header_block_read(mail->arena, part ? part->bytes : TEXT(""), mail->charset_hint);
	struct bounce bounce = { .mail = mail };
	struct mail_failed *row;
	struct text address = TEXT("");

	for (int i = 0; i < block.count; i++)
		if (text_equal_nocase(block.items[i].name, TEXT("Original-Rcpt-To")))
			address = people_first(mail->arena, block.items[i].raw).address;
	row = bounce_add(&bounce, address);
	row->reason = TEXT("feedback");
}

static bool is_complaint(const struct mail *mail)
{
	/* Hotmail's reports are older than the standard; Apple's ask to be left alone. */
	if (line_begins(line_lowered(mail->arena, mail->subject), "complaint about message from") &&
	        part_of_type(mail, "message/rfc822"))
		return true;
	return part_of_type(mail, "message/feedback-report") || is_report(mail, "feedback-report") ||
	       mail_header(mail, "X-Apple-Unsubscribe").data;
}

static bool has_failed(const struct bounce *bounce)
{
	for (int i = 0; i < bounce->count; i++)
		if (text_equal(bounce->rows[i].action, TEXT("failed")))
			return true;
	return false;
}

/* A status without a recipient is a failure when its note says so. */
static struct text kind_of_status(struct bounce *bounce)
{
	if (!bounce->count) {
		if (!bounce_note_is_failure(bounce) || bounce_note_is_delay(bounce))
			return TEXT("delivery-report");
		bounce_from_note(bounce);
		return TEXT("bounce");
	}
	return has_failed(bounce) ? TEXT("bounce") : TEXT("delivery-report");
}

/* Of which only the head has come: its sender or its subject must leave no doubt. */
static bool is_bare_bounce(const struct mail *mail)
{
	static const char *const starts[] = { "returned mail", "undelivered mail", "mail could not be delivered",
		"mail delivery failed", "undeliverable", "delivery status notification", "failure notice",
		"delivery failure", "mail delivery failure", "delivery notification: delivery has failed", NULL };
	struct text subject = line_lowered(mail->arena, line_trim(mail->subject));

	for (int i = 0; starts[i]; i++)
		if (line_begins(subject, starts[i]))
			return true;
	return line_begins(line_lowered(mail->arena, mail->from.address), "mailer-daemon@");
}

/* By who sent it, what it is called and what it says: two of the three, and no other sign that a person wrote it. */
static bool is_text_bounce(const struct mail *mail, const struct bounce *bounce)
{
	bool daemon = kind_is_from_daemon(mail), null_path = kind_has_null_path(mail),
	     subject = kind_subject_is_failure(mail);

	if (mail_header(mail, "X-Failed-Recipients").data)
		return true;
	if (!daemon && !null_path && !subject)
		return false;
	if (line_after_blanks(&bounce->note, 0) == bounce->note.count && !mail->reference_count && is_bare_bounce(mail))
		return true;
	if (!bounce_note_is_failure(bounce) && !(subject && (daemon || null_path)))
		return false;
	if (daemon)
		return subject || null_path || bounce->returned.len || bounce_note_is_surely_failure(bounce) ||
		       bounce_find_code(bounce_note_lower(bounce)).len;
	if (null_path)
		return subject || bounce->returned.len ||
		       (bounce_note_is_surely_failure(bounce) &&
		               (bounce_note_has_bare_address(bounce) ||
		                       bounce_find_code(bounce_note_lower(bounce)).len));
	return subject && !mail->reference_count &&
	       (bounce->returned.len ||
	               (bounce_note_is_surely_failure(bounce) && bounce_note_has_bare_address(bounce)));
}

/* A report of which only the head has come. */
static bool is_empty_report(const struct mail *mail, const struct bounce *bounce)
{
	return is_report(mail, "delivery-status") && line_after_blanks(&bounce->note, 0) == bounce->note.count;
}

static struct text without_failures(struct bounce *bounce)
{
	for (int i = 0; i < bounce->count; i++) {
		bounce->rows[i].action = TEXT("delayed");
		bounce->rows[i].kind = TEXT("");
	}
	return TEXT("delivery-report");
}

static struct text kind_of(struct mail *mail)
{
	const struct mail_part *part = part_of_type(mail, "message/feedback-report");
	bool is_complaint_of_service = false;
	struct bounce bounce;

	if (is_complaint(mail)) {
		read_feedback(mail, part);
		return TEXT("complaint");
	}
	if (part_of_type(mail, "message/disposition-notification") || is_report(mail, "disposition-notification"))
		return TEXT("delivery-report");
	bounce_open(&bounce, mail);
	if (bounce_from_json(&bounce, &is_complaint_of_service))
		return is_complaint_of_service ? TEXT("complaint") : kind_of_status(&bounce);
	if (kind_is_challenge(mail))
		return TEXT("challenge");
	if (bounce_from_status(&bounce))
		return kind_of_status(&bounce);
	if (kind_is_auto_reply(mail) && !mail_header(mail, "X-Failed-Recipients").data &&
	        !kind_subject_is_failure(mail))
		return TEXT("auto");
	if (!is_text_bounce(mail, &bounce) && !is_empty_report(mail, &bounce))
		return kind_is_auto_reply(mail) ? TEXT("auto") : TEXT("ticket");
	bounce_from_note(&bounce);
	if (bounce_note_is_delay(&bounce) ||
	        (!bounce_note_is_surely_failure(&bounce) && kind_subject_is_no_failure(mail)))
		return without_failures(&bounce);
	return TEXT("bounce");
}

void mail_kind(struct mail *mail)
{
	mail->kind = kind_of(mail);
	mail->auto_reason = kind_auto_reason(mail);
	if (!mail->auto_reason.len && !text_equal(mail->kind, TEXT("ticket")))
		mail->auto_reason = text_equal(mail->kind, TEXT("auto")) ? TEXT("auto-reply") : TEXT("report");
}
