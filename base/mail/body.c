/* body.c - which parts are the body, which are attachments, and the body as text and as HTML: see part.h.
 *
 * RFC 8621 section 4.1.4: of alternatives the best of each kind; what stands inline beside them belongs to both. A
 * picture, a sound or a film is always an attachment here, also one that is shown inline.
 */
#include "base/mail/part.h"

#include <string.h>
#include "base/mail/header.h"
#include "base/mail/html.h"
#include "base/mail/inner.h"

/* Parts that were chosen while walking; NULL inside an alternative that has no such kind. */
struct chosen {
	int text[MAIL_PARTS_MOST], html[MAIL_PARTS_MOST];
	int text_count, html_count;
};

static bool starts(const struct mail_part *part, const char *type)
{
	return text_starts_with(part->type, text_of(type));
}

static bool is_type(const struct mail_part *part, const char *type)
{
	return text_equal(part->type, text_of(type));
}

/* A message that is one text of a kind nobody knows is read as plain text (RFC 2046 section 4.1.4). */
static bool is_readable(const struct mail_part *part)
{
	return is_type(part, "text/plain") || is_type(part, "text/html") ||
	       (part->parent < 0 && starts(part, "text/") && !is_type(part, "text/calendar"));
}

/* Shown where it stands: not called an attachment, and the first or without a name of its own. */
static bool is_shown(const struct mail *mail, const struct mail_part *part, bool is_first)
{
	const struct mail_part *parent = part->parent < 0 ? NULL : &mail->parts[part->parent];

	if (text_equal(part->disposition, TEXT("attachment")) || !is_readable(part))
		return false;
	return is_first || (!part->name.len && !(parent && is_type(parent, "multipart/related")));
}

static void walk(struct mail *mail, int parent, struct chosen *chosen, bool wants_text, bool wants_html);

static void choose(struct mail *mail, int index, bool is_first, struct chosen *chosen, bool *wants_text,
        bool *wants_html, bool in_alternative)
{
	struct mail_part *part = part_at(mail, index);
	bool is_child_of_alternative =
	        part->parent >= 0 && is_type(&mail->parts[part->parent], "multipart/alternative");

	if (starts(part, "multipart/")) {
		walk(mail, index, chosen, *wants_text, *wants_html);
		return;
	}
	if (!is_shown(mail, part, is_first)) {
		part->is_attachment = true;
		return;
	}
	if (is_child_of_alternative) {
		if (is_type(part, "text/plain"))
			chosen->text[chosen->text_count++] = index;
		else
			chosen->html[chosen->html_count++] = index;
		return;
	}
	if (in_alternative && is_type(part, "text/plain"))
		*wants_html = false;
	if (in_alternative && is_type(part, "text/html"))
		*wants_text = false;
	if (*wants_text)
		chosen->text[chosen->text_count++] = index;
	if (*wants_html)
		chosen->html[chosen->html_count++] = index;
}

static bool is_in_alternative(const struct mail *mail, int index)
{
	for (; index >= 0; index = mail->parts[index].parent)
		if (is_type(&mail->parts[index], "multipart/alternative"))
			return true;
	return false;
}

/* An alternative that has one kind alone stands for the other, too. */
static void fill_other_kind(struct chosen *chosen, int texts, int htmls)
{
	if (chosen->text_count == texts)
		for (int i = htmls; i < chosen->html_count; i++)
			chosen->text[chosen->text_count++] = chosen->html[i];
	else if (chosen->html_count == htmls)
		for (int i = texts; i < chosen->text_count; i++)
			chosen->html[chosen->html_count++] = chosen->text[i];
}

static void walk(struct mail *mail, int parent, struct chosen *chosen, bool wants_text, bool wants_html)
{
	int texts = chosen->text_count, htmls = chosen->html_count;
	bool in_alternative = is_in_alternative(mail, parent), is_first = true;

	for (int i = parent + 1; i < mail->part_count; i++) {
		if (mail->parts[i].parent != parent)
			continue;
		choose(mail, i, is_first, chosen, &wants_text, &wants_html, in_alternative);
		is_first = false;
	}
	if (parent >= 0 && is_type(&mail->parts[parent], "multipart/alternative") && wants_text && wants_html)
		fill_other_kind(chosen, texts, htmls);
}

static void mark_body(struct mail *mail, const struct chosen *chosen)
{
	for (int i = 0; i < chosen->text_count; i++)
		part_at(mail, chosen->text[i])->in_text = true;
	for (int i = 0; i < chosen->html_count; i++)
		part_at(mail, chosen->html[i])->in_html = true;
}

/* --- the body --------------------------------------------------------------------------------- */
static struct text joined(struct mail *mail, const int *parts, int count)
{
	struct buffer out;

	buffer_init(&out, mail->arena, 1024);
	for (int i = 0; i < count; i++) {
		struct mail_part *part = part_at(mail, parts[i]);
		struct text text = is_type(part, "text/html") ? html_text(mail->arena, part->text) : part->text;

		if (out.len && text.len)
			buffer_string(&out, out.data[out.len - 1] == '\n' ? "\n" : "\n\n");
		buffer_text(&out, text);
	}
	return part_text_bounded(mail, buffer_view(&out));
}

/* Many programs send an empty text beside their HTML. */
static void join_text(struct mail *mail, const struct chosen *chosen)
{
	mail->text = joined(mail, chosen->text, chosen->text_count);
	if (text_trim(mail->text).len == 0 && chosen->html_count)
		mail->text = joined(mail, chosen->html, chosen->html_count);
}

static bool has_html(const struct mail *mail, const struct chosen *chosen)
{
	for (int i = 0; i < chosen->html_count; i++)
		if (is_type(&mail->parts[chosen->html[i]], "text/html"))
			return true;
	return false;
}

static void join_html(struct mail *mail, const struct chosen *chosen)
{
	struct buffer out;

	mail->html = TEXT("");
	if (!has_html(mail, chosen))
		return;
	buffer_init(&out, mail->arena, 1024);
	for (int i = 0; i < chosen->html_count; i++) {
		struct mail_part *part = part_at(mail, chosen->html[i]);

		buffer_text(&out, is_type(part, "text/html") ? html_sanitise(mail->arena, part->text)
		                                             : html_of_text(mail->arena, part->text));
	}
	mail->html = buffer_view(&out);
}

/* In front of what the sender wrote, which is often nothing. */
static void add_invitation(struct mail *mail)
{
	struct text invitation = inner_invitation(mail);

	if (!invitation.data)
		return;
	mail->text = text_of(arena_printf(
	        mail->arena, "%.*s\n%.*s", (int)invitation.len, invitation.data, (int)mail->text.len, mail->text.data));
	if (mail->html.len) {
		struct text shown = html_of_text(mail->arena, invitation);

		mail->html = text_of(arena_printf(mail->arena, "%.*s<br>\n%.*s", (int)shown.len, shown.data,
		        (int)mail->html.len, mail->html.data));
	}
}

/* A subject is no path. */
static struct text name_of_subject(struct arena *arena, struct text subject)
{
	char *name = arena_printf(arena, "%.*s.eml", (int)subject.len, subject.data);

	for (char *c = name; *c; c++)
		if (*c == '/' || *c == '\\')
			*c = '-';
	return header_file_name(arena, text_of(name));
}

/* A message inside is a file like others: named by its subject, when it has no name. */
static void name_messages(struct mail *mail)
{
	for (int i = 0; i < mail->part_count; i++) {
		struct mail_part *part = part_at(mail, i);
		struct header_block block;

		if (!part->is_attachment || part->name.len || !is_type(part, "message/rfc822") || !part->bytes.data)
			continue;
		block = header_block_read(mail->arena, part->bytes, mail->charset_hint);
		for (int j = 0; j < block.count && !part->name.len; j++)
			if (text_equal_nocase(block.items[j].name, TEXT("Subject")) && block.items[j].value.len)
				part->name = name_of_subject(mail->arena, block.items[j].value);
	}
}

/* Named by the HTML, or said to be inline and able to be shown. */
static void mark_inline(struct mail *mail)
{
	for (int i = 0; i < mail->part_count; i++) {
		struct mail_part *part = part_at(mail, i);

		if (part->is_attachment && part->content_id.len && mail->html.len)
			part->is_inline = memmem(mail->html.data, mail->html.len,
			                          arena_printf(mail->arena, "cid:%.*s", (int)part->content_id.len,
			                                  part->content_id.data),
			                          part->content_id.len + 4) != NULL;
	}
}

void part_choose_body(struct mail *mail)
{
	struct chosen *chosen = ARENA_NEW(mail->arena, struct chosen);

	walk(mail, -1, chosen, true, true);
	mark_body(mail, chosen);
	part_read_texts(mail);
	inner_read_uuencode(mail);
	inner_read_tnef(mail);
	join_text(mail, chosen);
	join_html(mail, chosen);
	add_invitation(mail);
	inner_note_seals(mail);
	mark_inline(mail);
	name_messages(mail);
}
