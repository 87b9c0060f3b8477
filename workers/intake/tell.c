/* tell.c - what the ledger keeps of a mail: its outcome, and what it says. */
#include "workers/intake/settling.h"
#include "workers/intake/words.h"

#define ID_BYTES 998

static const char *approval_of(const struct settling *s)
{
	if (s->taken->approved)
		return "approved";
	if (s->taken->rejected)
		return "rejected";
	return s->verdict.waits ? "waiting" : NULL;
}

static struct text cut(struct text t, size_t most)
{
	if (t.len <= most)
		return t;
	t.len = most;
	while (t.len && ((unsigned char)t.data[t.len] & 0xc0) == 0x80)
		t.len--;
	return t;
}

struct text row_of_outcome(const struct settling *s)
{
	const struct letter *letter = s->letter;
	struct buffer out;

	buffer_init(&out, s->arena, 2048);
	buffer_string(&out, "{");
	rows_uuid(&out, "id", &s->taken->id);
	buffer_json_member(&out, "outcome", text_of(inbound_outcome_word(s->verdict.outcome)));
	buffer_json_member(&out, "reason", text_of(s->verdict.reason));
	buffer_json_member(&out, "approval", text_of(approval_of(s)));
	rows_uuid(&out, "mailbox_id", &s->known.mailbox_id);
	buffer_json_member(&out, "from_address", letter->from.address);
	buffer_json_member(&out, "from_name", cut(letter->from.name, 200));
	rows_uuid(&out, "sender_id", &s->sender_id);
	buffer_json_member(&out, "subject", cut(letter->subject, 2000));
	buffer_json_member(&out, "their_id", cut(letter->message_id, ID_BYTES));
	buffer_json_member(&out, "message_hash", letter->message_hash);
	buffer_json_member(&out, "body_hash", letter->body_hash);
	buffer_json_member(&out, "verified", text_of(trust_word(s->trust)));
	buffer_json_member(&out, "automatic", letter->auto_reason.len ? letter->auto_reason : TEXT_NONE);
	buffer_json_member_bool(&out, "acknowledged", s->verdict.acknowledge);
	rows_uuid(&out, "ticket_id", &s->ticket_id);
	rows_uuid(&out, "comment_id", &s->comment_id);
	rows_uuid(&out, "command_id", &s->command_id);
	rows_uuid(&out, "duplicate_of", &s->known.duplicate_of);
	rows_uuid(&out, "notified_mail_id", &s->known.bounced);
	buffer_string(&out, "}");
	return buffer_view(&out);
}

static void write_people(struct buffer *out, const char *member, const struct person_named *people, int count)
{
	buffer_json_name(out, member);
	buffer_string(out, "[");
	for (int i = 0; i < count; i++) {
		buffer_string(out, i ? ",{" : "{");
		buffer_json_member(out, "name", cut(people[i].name, 200));
		buffer_json_member(out, "email", people[i].address);
		buffer_string(out, "}");
	}
	buffer_string(out, "]");
}

static void write_attachments(struct buffer *out, const struct settling *s)
{
	buffer_json_name(out, "attachments");
	buffer_string(out, "[");
	for (int i = 0; i < s->letter->attachment_count; i++) {
		const struct attached *file = &s->letter->attachments[i];

		buffer_string(out, i ? ",{" : "{");
		buffer_json_member(out, "name", words_file_name(file->name, s->arena));
		buffer_json_member(out, "type", file->type);
		buffer_json_member_int(out, "size", file->size);
		buffer_json_member(out, "cid", file->cid.len ? file->cid : TEXT_NONE);
		buffer_json_member_bool(out, "inline", file->is_inline);
		rows_uuid(out, "fileId", &file->file_id);
		buffer_string(out, "}");
	}
	buffer_string(out, "]");
}

struct text row_of_texts(const struct settling *s)
{
	const struct letter *letter = s->letter;
	struct buffer out;

	buffer_init(&out, s->arena, 4096 + letter->text.len);
	buffer_string(&out, "{");
	write_people(&out, "to_shown", letter->to, letter->to_count);
	write_people(&out, "cc_shown", letter->cc, letter->cc_count);
	buffer_json_member(&out, "visible_text", letter->visible_text);
	buffer_json_member(&out, "folded_text", letter->folded_text);
	buffer_json_member(&out, "visible_html", letter->visible_html);
	buffer_json_member(&out, "folded_html", letter->folded_html);
	write_attachments(&out, s);
	buffer_json_member_raw(&out, "notes", letter->notes.len ? letter->notes : TEXT("[]"));
	buffer_string(&out, "}");
	return buffer_view(&out);
}
