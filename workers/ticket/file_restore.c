/* file_restore.c - "file.restore": a deleted file is there again, within the limits of its ticket.
 *
 * Refused when its bytes have been cleaned up (FILE_NOT_FOUND) and when it is infected. What was not deleted stays as
 * it is.
 *
 * Emits file.restored.
 */
#include "workers/ticket/model.h"

enum outcome file_restore(struct job *job, const struct file_restore *cmd)
{
	struct file *file = job_file(job, cmd->file_id);
	struct ticket *ticket = file_ticket(job, file);

	if (file->place == PLACE_GONE)
		return job_refuse(job, PROBLEM_FILE_NOT_FOUND, "its bytes are gone");
	if (!file->deleted_at)
		return JOB_DONE;
	if (file->scan_state == SCAN_INFECTED || file->refused_at)
		return job_refuse(job, PROBLEM_FILE_INFECTED, "the file is infected");
	if (ticket && files_fit(job, ticket, 1, file->size) != JOB_DONE)
		return JOB_REFUSED;
	file->deleted_at = 0;
	file->deleted_by = (struct uuid){ { 0 } };
	if (ticket) {
		subject_touch(job, ticket_set(job->batch), ticket);
		file_add_to(job, file, ticket);
	}
	EMIT(job, file_restored, .name = file->name, .ticket_id = file->ticket_id);
	return JOB_DONE;
}
