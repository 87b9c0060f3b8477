/* bounce_dsn.c - delivery status notifications, RFC 3464, and those with addresses in UTF-8, RFC 6533.
 *
 * Groups of fields with an empty line between them: the first is about the message, each further one about a recipient.
 * Not all programs know of the empty line, so a field that a group has already begins the next one.
 */
#include "base/mail/bounce.h"

#include <string.h>
#include "base/mail/kind.h"
#include "base/mail/part.h"
#include "base/mail/people.h"

struct group {
	struct text final, original, actual, action, status, diagnostic;
};

static const struct {
	const char *name;
	size_t offset;
} fields[] = { { "final-recipient", offsetof(struct group, final) },
	{ "original-recipient", offsetof(struct group, original) },
	{ "x-actual-recipient", offsetof(struct group, actual) }, { "x-original-to", offsetof(struct group, actual) },
	{ "action", offsetof(struct group, action) }, { "status", offsetof(struct group, status) },
	{ "diagnostic-code", offsetof(struct group, diagnostic) } };

static bool is_status(const struct mail_part *part)
{
	return text_equal(part->type, TEXT("message/delivery-status")) ||
	       text_equal(part->type, TEXT("message/global-delivery-status"));
}

/* "rfc822; user@example.org", "utf-8;...", "rfc822;<user@example.org>", or the address alone. What is no address as we
 * know them, but has an @, is taken as it stands. */
static struct text address_in(struct arena *arena, struct text value)
{
	struct text address = people_first(arena, value).address;
	const char *type = value.len ? memchr(value.data, ';', value.len) : NULL;

	if (address.len || !line_has(value, "@"))
		return address;
	return line_trim(type ? line_rest(value, (size_t)(type - value.data) + 1) : value);
}

static struct text group_address(struct arena *arena, const struct group *group)
{
	struct text address = address_in(arena, group->original);

	if (!address.len)
		address = address_in(arena, group->final);
	return address.len ? address : address_in(arena, group->actual);
}

/* "failed (bad mailbox)" is failed; without an action the status tells it. */
static struct text action_of(struct arena *arena, const struct group *group)
{
	static const char *const actions[] = { "failed", "delayed", "delivered", "relayed", "expanded" };
	struct text lower = line_lowered(arena, group->action);

	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (line_begins(lower, actions[i]))
			return text_of(actions[i]);
	if (line_begins(lower, "failure") || line_begins(lower, "undeliver"))
		return TEXT("failed");
	if (group->status.len && group->status.data[0] == '2')
		return TEXT("delivered");
	return group->status.len && group->status.data[0] == '4' && !group->diagnostic.len ? TEXT("delayed")
	                                                                                   : TEXT("failed");
}

static void group_end(struct bounce *bounce, struct group *group)
{
	struct arena *arena = bounce->mail->arena;
	struct mail_failed *row;

	if (!group->final.data && !group->original.data && !group->actual.data)
		return;
	row = bounce_add(bounce, group_address(arena, group));
	if (!row)
		return;
	row->action = action_of(arena, group);
	row->status = text_copy(arena, bounce_find_status(group->status));
	bounce_say(bounce, row, line_lowered(arena, group->diagnostic));
}

/* A line that goes on with the one above, joined with a blank. */
static void field_go_on(struct arena *arena, struct text *value, struct text more)
{
	struct buffer b;

	buffer_init(&b, arena, value->len + more.len + 2);
	buffer_text(&b, *value);
	buffer_string(&b, " ");
	buffer_text(&b, more);
	*value = buffer_view(&b);
}

static struct text *field_of(struct group *group, struct text line, struct text *out_value)
{
	const char *colon = memchr(line.data, ':', line.len);

	for (size_t i = 0; colon && i < sizeof fields / sizeof *fields; i++) {
		struct text name = line_trim((struct text){ line.data, (size_t)(colon - line.data) });

		if (!text_equal_nocase(name, text_of(fields[i].name)))
			continue;
		*out_value = line_trim(line_rest(line, (size_t)(colon - line.data) + 1));
		return (struct text *)(void *)((char *)group + fields[i].offset);
	}
	return NULL;
}

static void read_status(struct bounce *bounce, struct text text)
{
	struct arena *arena = bounce->mail->arena;
	struct group group = { 0 };
	struct text line, value, *last = NULL;

	text = text_mend(arena, text);
	while (line_next(&text, &line)) {
		struct text *field;

		if (!line_trim(line).len) {
			group_end(bounce, &group);
			group = (struct group){ 0 };
			last = NULL;
			continue;
		}
		if ((line.data[0] == ' ' || line.data[0] == '\t') && last && last->len < BOUNCE_TEXT_BYTES_MOST) {
			field_go_on(arena, last, line_trim(line));
			continue;
		}
		field = last = field_of(&group, line, &value);
		if (!field)
			continue;
		if (field->data && field == &group.final) {
			group_end(bounce, &group);
			group = (struct group){ 0 };
		}
		*field = value;
	}
	group_end(bounce, &group);
}

static bool is_in_note(const struct bounce *bounce)
{
	bool has_recipient = false, has_action = false;

	for (int i = 0; i < bounce->note.count; i++) {
		struct text lower = line_lower(&bounce->note, i);

		has_recipient |= line_begins(lower, "final-recipient:");
		has_action |= line_begins(lower, "action:");
	}
	return has_recipient && has_action;
}

static struct text note_text(const struct bounce *bounce)
{
	struct buffer b;

	buffer_init(&b, bounce->note.arena, 2048);
	for (int i = 0; i < bounce->note.count; i++) {
		buffer_text(&b, bounce->note.items[i].whole);
		buffer_string(&b, "\n");
	}
	return buffer_view(&b);
}

static bool read_parts(struct bounce *bounce, const struct mail *mail)
{
	bool found = false;

	for (int i = 0; i < mail->part_count; i++)
		if (is_status(&mail->parts[i])) {
			read_status(bounce, mail->parts[i].bytes);
			found = true;
		}
	return found;
}

/* A gateway packed the notification into a mail of its own, as it was. */
static bool read_packed(struct bounce *bounce)
{
	struct mail inner = { .arena = bounce->mail->arena, .raw = bounce->returned };

	if (!bounce->returned.len || line_find(bounce->returned, TEXT("message/delivery-status")) < 0)
		return false;
	part_read_all(&inner, bounce->returned);
	return read_parts(bounce, &inner) && bounce->count;
}

bool bounce_from_status(struct bounce *bounce)
{
	bool found = read_parts(bounce, bounce->mail);

	/* A mail that was cut or packed badly: the fields stand in the text. */
	if (!found && is_in_note(bounce)) {
		read_status(bounce, note_text(bounce));
		found = bounce->count > 0;
	}
	if (!found && kind_is_from_daemon(bounce->mail))
		found = read_packed(bounce);
	bounce_judge(bounce);
	return found;
}
