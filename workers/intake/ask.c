/* ask.c - the commands that a mail becomes, as rows of the outbox. Their ids are those of the mail and of the
 * decision's number, so that the same decision asks the same once.
 */
#include "workers/intake/settling.h"
#include "workers/intake/words.h"

#define ASKED_MOST 1000 /* commands of one decision */

static struct said said_of(const struct settling *s, const char *label, uint32_t n)
{
	const struct taken *taken = s->taken;

	return (struct said){
		.id = uuid_derive_at(taken->now_us / 1000, label, &taken->id, (uint32_t)taken->rounds * ASKED_MOST + n),
		.now_us = taken->accepted_us,
		.traceparent = taken->traceparent.len ? taken->traceparent : TEXT_NONE,
		.origin = taken->peer.len
		                  ? text_of(arena_printf(s->arena, "%.*s mail", (int)taken->peer.len, taken->peer.data))
		                  : TEXT("- mail"),
		.asked_by = s->actor_id,
	};
}

static void ask(struct settling *s, const struct said *said, enum command_id id, const void *fields)
{
	outbox_command(rows_begin(&s->outbox), said, id, fields,
	        lane_queue(s->arena, "cmd.ticket.", uuid_last_digit(&s->ticket_id)));
	rows_end(&s->outbox);
}

/* Nobody is told of what came long ago. */
static bool is_from_archive(const struct taken *taken)
{
	return text_equal(taken->door, TEXT("import"));
}

/* --- files ---------------------------------------------------------------------------------------- */
/* Those of the letter that were stored, uploaded in the sender's name; they wait for the ticket. */
static struct text_list ask_files(struct settling *s)
{
	struct letter *letter = s->letter;
	struct text_list ids = { ARENA_ARRAY(s->arena, struct text, (size_t)letter->attachment_count + 1), 0 };

	for (int i = 0; i < letter->attachment_count && ids.count < KEEP_FILES; i++) {
		const struct attached *file = &letter->attachments[i];
		struct said said = said_of(s, "file", (uint32_t)i);

		if (uuid_is_none(&file->file_id))
			continue;
		ask(s, &said, COMMAND_file_upload,
		        &(struct file_upload){ .file_id = file->file_id,
		                .name = words_file_name(file->name, s->arena),
		                .size = file->size,
		                .mime_type = file->type,
		                .sha256 = file->sha256_hex });
		ids.items[ids.count++] = uuid_text(s->arena, &file->file_id);
	}
	return ids;
}

/* --- the ticket ------------------------------------------------------------------------------------- */
void ask_ticket(struct settling *s, struct uuid owner_id, const struct text_list *watchers)
{
	const struct letter *letter = s->letter;
	struct said said = said_of(s, "open", 0);
	bool aside = s->why_aside != NULL;
	struct ticket_open cmd = {
		.ticket_id = s->ticket_id,
		.title = words_title(s->verdict.forwarded ? letter->forward_subject : letter->subject,
		        TEXT("(no subject)"), s->arena),
		.description = words_body(
		        s->verdict.forwarded && letter->forward_text.len ? letter->forward_text : letter->text,
		        TEXT("(no text)"), s->arena),
		.priority = s->known.priority,
		.category = aside ? TEXT("quarantine") : s->known.category,
		.watchers = *watchers,
		.inbound_id = s->taken->id,
		.quiet = is_from_archive(s->taken) ? FLAG_TRUE : flag_absent,
		.acknowledge = s->verdict.acknowledge ? FLAG_TRUE : FLAG_FALSE,
	};

	if (!uuid_equal(&owner_id, &s->actor_id))
		cmd.user_id = owner_id;
	cmd.file_ids = ask_files(s);
	cmd.files_left = letter->attachment_count - cmd.file_ids.count;
	ask(s, &said, COMMAND_ticket_open, &cmd);
	s->command_id = said.id;
}

void ask_comment(struct settling *s, struct text content, bool internal)
{
	struct said said = said_of(s, "receive", 0);
	struct ticket_receive cmd = {
		.ticket_id = s->ticket_id,
		.comment_id = s->comment_id,
		.content = words_body(content, TEXT("(no text)"), s->arena),
		.inbound_id = s->taken->id,
		.quiet = is_from_archive(s->taken) ? FLAG_TRUE : flag_absent,
		.is_internal = internal ? FLAG_TRUE : flag_absent,
		.automatic = s->verdict.automatic ? FLAG_TRUE : flag_absent,
	};

	if (uuid_is_none(&s->actor_id))
		cmd.author_id = s->sender_id;
	else
		cmd.file_ids = ask_files(s);
	cmd.files_left = s->letter->attachment_count - cmd.file_ids.count;
	ask(s, &said, COMMAND_ticket_receive, &cmd);
	s->command_id = said.id;
}

void ask_watch(struct settling *s)
{
	struct said said = said_of(s, "watch", 0);

	said.asked_by = s->taken->approved_by;
	ask(s, &said, COMMAND_ticket_watch,
	        &(struct ticket_watch){ .ticket_id = s->ticket_id, .user_id = s->sender_id });
}

/* --- what staff commands ------------------------------------------------------------------------------ */
void ask_orders(struct settling *s, const struct orders *orders, struct uuid assignee)
{
	struct said said = said_of(s, "assign", 0);

	if (orders->assignee.len)
		ask(s, &said, COMMAND_ticket_assign,
		        &(struct ticket_assign){
		                .ticket_id = s->ticket_id, .assignee_id = assignee, .force = FLAG_TRUE });
	said = said_of(s, "priority", 0);
	if (orders->priority)
		ask(s, &said, COMMAND_ticket_update,
		        &(struct ticket_update){ .ticket_id = s->ticket_id, .priority = orders->priority });
	said = said_of(s, "status", 0);
	if (orders->close)
		ask(s, &said, COMMAND_ticket_close, &(struct ticket_close){ .ticket_id = s->ticket_id });
	else if (orders->status)
		ask(s, &said, COMMAND_ticket_set_status,
		        &(struct ticket_set_status){ .ticket_id = s->ticket_id, .status = orders->status });
}

/* --- what came back --------------------------------------------------------------------------------------- */
void ask_note(struct settling *s, const struct failed_recipient *failed, bool ended)
{
	struct said said = said_of(s, "note", 0);
	struct text who = s->known.bounced_recipient;
	struct ticket_note note = {
		.ticket_id = s->ticket_id,
		.comment_id = uuid_derive_at(s->taken->accepted_us / 1000, "note", &s->taken->id, 0),
		.content = text_of(arena_printf(s->arena,
		        "Un courriel à %.*s est revenu : %.*s %.*s%s\nA mail to %.*s came back: %.*s %.*s%s",
		        (int)who.len, who.data, (int)failed->status.len, failed->status.data, (int)failed->reason.len,
		        failed->reason.data, ended ? ". Plus rien n'est envoyé à cette adresse." : "", (int)who.len,
		        who.data, (int)failed->status.len, failed->status.data, (int)failed->reason.len,
		        failed->reason.data, ended ? ". Nothing more is sent to this address." : "")),
	};

	ask(s, &said, COMMAND_ticket_note, &note);
}
