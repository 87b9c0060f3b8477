/* file_delete.c - "file.delete": nobody is shown the file any more. Its bytes stay for a while, so that staff can take
 * this back.
 *
 * Emits file.deleted.
 */
#include "workers/ticket/model.h"

enum outcome file_delete(struct job *job, const struct file_delete *cmd)
{
	struct file *file = job_file(job, cmd->file_id);
	struct ticket *ticket = file_ticket(job, file);

	file->deleted_at = job_now(job);
	file->deleted_by = job->envelope.actor;
	if (ticket && !file->refused_at) {
		subject_touch(job, ticket_set(job->batch), ticket);
		file_take_from(job, file, ticket, TEXT_NONE);
	}
	EMIT(job, file_deleted, .name = file->name, .ticket_id = file->ticket_id);
	return JOB_DONE;
}
