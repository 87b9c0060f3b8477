/* file_upload.c - "file.upload": the bytes of a file lie in the store, now there is a row of it.
 *
 * With a ticket: whoever may comment on the ticket may add to it, within its limits (files.c); without one it is its
 * uploader's and waits for a ticket or is an avatar. Ingress has looked at name, type and size; what the row cannot
 * hold is refused all the same.
 *
 * Emits file.uploaded, and hands it on to the scan worker: until that has found it clean nobody is given its bytes.
 */
#include "workers/ticket/model.h"

#define NAME_BYTES_MAX 255
#define HASH_HEX 64

static enum outcome refuse_row(struct job *job, const struct file_upload *cmd)
{
	uint8_t hash[HASH_HEX / 2];

	if (cmd->name.len > NAME_BYTES_MAX)
		return job_refuse_field(job, "name", "must have at most %d bytes", NAME_BYTES_MAX);
	if (cmd->sha256.len != HASH_HEX || !text_unhex(cmd->sha256, hash, sizeof hash))
		return job_refuse_field(job, "sha256", "must be a SHA-256 in hexadecimal");
	if (cmd->purpose == FILE_AVATAR && !uuid_is_none(&cmd->ticket_id))
		return job_refuse_field(job, "ticket_id", "has no place with an avatar");
	if (cmd->purpose == FILE_AVATAR && !text_starts_with(cmd->mime_type, TEXT("image/")))
		return job_refuse(job, PROBLEM_FILE_TYPE_NOT_ALLOWED, "an avatar is a picture");
	return JOB_DONE;
}

static enum outcome refuse_ticket(struct job *job, const struct ticket *ticket, const struct file_upload *cmd)
{
	bool desk = uuid_is_none(&job->envelope.actor);

	if (!ticket)
		return job_refuse(job, PROBLEM_TICKET_NOT_FOUND, "there is no such ticket");
	if (!desk && !account_is_agent(job->actor) && !uuid_equal(&ticket->owner_id, &job->envelope.actor))
		return job_refuse(job, PROBLEM_TICKET_ACCESS_DENIED, "you may not do this");
	if (ticket_refuse_merged(job, ticket) != JOB_DONE)
		return JOB_REFUSED;
	return files_fit(job, ticket, 1, cmd->size);
}

static struct file *new_file(struct job *job, const struct file_upload *cmd)
{
	struct file *file = subject_new(job->set, &cmd->file_id);

	file->name = cmd->name;
	file->size = cmd->size;
	file->mime_type = cmd->mime_type;
	file->sha256 = text_of(arena_printf(job_arena(job), "\\x%.*s", (int)cmd->sha256.len, cmd->sha256.data));
	file->purpose = cmd->purpose ? cmd->purpose : FILE_OF_TICKET;
	file->description = cmd->description;
	file->is_public = cmd->is_public == FLAG_TRUE;
	file->uploaded_by = job->envelope.actor;
	file->created_at = job_time(job);
	file->scan_state = SCAN_PENDING;
	file->place = PLACE_TEMP;
	return file;
}

enum outcome file_upload(struct job *job, const struct file_upload *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	enum outcome outcome = refuse_row(job, cmd);
	struct file *file;

	if (outcome == JOB_DONE && !uuid_is_none(&cmd->ticket_id))
		outcome = refuse_ticket(job, ticket, cmd);
	if (outcome != JOB_DONE)
		return outcome;
	file = new_file(job, cmd);
	if (ticket) {
		subject_touch(job, ticket_set(job->batch), ticket);
		file->ticket_id = ticket->id;
		file_add_to(job, file, ticket);
	}
	HAND_ON(job, file_scan, "work.scan", .file_id = file->id);
	EMIT(job, file_uploaded, .name = file->name, .size = file->size, .mime_type = file->mime_type,
	        .purpose = file->purpose, .ticket_id = file->ticket_id);
	return JOB_DONE;
}
