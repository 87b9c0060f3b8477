/* fold_cut.c - the HTML of a mail in two: what is new, and what is folded.
 *
 * The HTML is cut as it came, for the marks of mail programs are gone when it has been sanitised; each half is
 * sanitised by itself. A half may begin or end inside an element: an HTML parser closes what is open and passes over
 * ends without a start, so that nothing of one half can take hold of the other.
 */
#include "base/mail/fold.h"
#include "base/mail/fold_html.h"
#include "base/mail/html.h"

/* The parts that are the body, as HTML, one behind the other. */
static struct text body_html(const struct mail *mail, bool *out_has_text)
{
	struct buffer b;

	*out_has_text = false;
	buffer_init(&b, mail->arena, 4096);
	for (int i = 0; i < mail->part_count; i++) {
		const struct mail_part *part = &mail->parts[i];
		bool is_html = text_equal(part->type, TEXT("text/html"));

		*out_has_text |= part->in_text && !is_html;
		if (part->in_html)
			buffer_text(&b, is_html ? part->text : html_of_text(mail->arena, part->text));
	}
	return buffer_view(&b);
}

/* What is not part of any line (the end of the HTML) goes to what is visible. */
static struct text ranges_where(const struct lines *lines, const bool *folded, bool which, struct text html)
{
	struct buffer b;
	size_t end = lines->count ? lines->items[lines->count - 1].to : 0;

	buffer_init(&b, lines->arena, 4096);
	for (int i = 0; i < lines->count; i++)
		if (folded[i] == which)
			buffer_text(&b, (struct text){ html.data + lines->items[i].from,
			                        lines->items[i].to - lines->items[i].from });
	if (!which)
		buffer_text(&b, line_rest(html, end));
	return buffer_view(&b);
}

static bool has_any(const struct lines *lines, const bool *folded)
{
	for (int i = 0; i < lines->count; i++)
		if (folded[i] && !line_is_blank(&lines->items[i]))
			return true;
	return false;
}

void fold_cut(struct mail *mail)
{
	struct text html, visible, rest;
	struct lines lines;
	const bool *folded;
	bool has_text;

	mail->visible_html = mail->html;
	mail->folded_html = TEXT("");
	if (!mail->html.len)
		return;
	html = body_html(mail, &has_text);
	lines = fold_html_lines(mail->arena, html);
	folded = fold_lines(&lines);
	if (!has_any(&lines, folded))
		return;
	visible = ranges_where(&lines, folded, false, html);
	rest = ranges_where(&lines, folded, true, html);
	mail->visible_html = html_sanitise(mail->arena, visible);
	mail->folded_html = html_sanitise(mail->arena, rest);
	if (has_text)
		return;
	mail->visible_text = html_text(mail->arena, visible);
	mail->folded_text = html_text(mail->arena, rest);
}
