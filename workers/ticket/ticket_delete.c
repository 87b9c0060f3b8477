/* ticket_delete.c - "ticket.delete": nobody is shown the ticket any more; its rows stay.
 *
 * The owner may while it is open, an administrator always; nobody may while others are merged into it, because their
 * readers are led here.
 *
 * Emits ticket.deleted.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_delete(struct job *job, const struct ticket_delete *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);

	if (job->actor->role != ROLE_ADMIN && ticket->status != TICKET_OPEN)
		return job_refuse(job, PROBLEM_INVALID_TRANSITION, "only an open ticket can be deleted by its owner");
	if (ticket->merged_count)
		return job_refuse(job, PROBLEM_INVALID_TRANSITION, "other tickets are merged into it");
	ticket->deleted_at = job_now(job);
	EMIT(job, ticket_deleted, .number = ticket->number);
	return JOB_DONE;
}
