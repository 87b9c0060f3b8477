/* ticket_set_status.c - "ticket.set_status": staff moves a ticket along the workflow.
 *
 * Refused when workflow.c knows no such transition. A resolution may come with it.
 *
 * Emits ticket.updated with both statuses: notify tells the owner.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_set_status(struct job *job, const struct ticket_set_status *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	struct ticket before = *ticket;
	enum outcome outcome = ticket_move(job, ticket, cmd->status);

	if (outcome != JOB_DONE)
		return outcome;
	if (cmd->resolution.data && !(before.status == TICKET_CLOSED && ticket->status == TICKET_CLOSED))
		ticket->resolution = cmd->resolution;
	ticket_tell_update(job, &before, ticket);
	return JOB_DONE;
}
