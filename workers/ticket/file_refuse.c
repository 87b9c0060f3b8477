/* file_refuse.c - "file.refuse": the scan worker has found something in a file that hangs on a ticket.
 *
 * The ticket counts it no more and its history says so. Said again, or of a file that hangs on nothing, it changes
 * nothing.
 *
 * Emits file.refused; who must know is told of the scan worker's own file.infected.
 */
#include "workers/ticket/model.h"

enum outcome file_refuse(struct job *job, const struct file_refuse *cmd)
{
	struct file *file = job_file(job, cmd->file_id);
	struct ticket *ticket = file_ticket(job, file);

	if (!ticket || file->refused_at)
		return JOB_DONE;
	file->refused_at = job_now(job);
	if (!file->deleted_at) {
		subject_touch(job, ticket_set(job->batch), ticket);
		file_take_from(job, file, ticket, TEXT("infected"));
	}
	EMIT(job, file_refused, .name = file->name, .ticket_id = file->ticket_id);
	return JOB_DONE;
}
