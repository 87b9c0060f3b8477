/* ticket_assign.c - "ticket.assign": give a ticket to an agent, or take it.
 *
 * Refused when the ticket is closed or the assignee is no active agent.
 * Assigning to the present owner is done, not refused: a repeat must neither
 * look like a failure nor mail the owner twice.
 *
 * Emits ticket.assigned: notify tells the new owner.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_assign(struct job *job, const struct ticket_assign *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	struct uuid wanted = uuid_is_none(&cmd->assignee_id) ? job->envelope.actor : cmd->assignee_id;
	const struct account *assignee = job_account(job, wanted);
	struct uuid before = ticket->assignee_id;

	if (!ticket_permits(ticket, TICKET_OP_ASSIGN))
		return job_refuse(
		        job, PROBLEM_INVALID_TRANSITION, "the ticket is %s", ticket_status_word(ticket->status));
	if (!account_is_agent(assignee))
		return job_refuse_field(job, "assignee_id", "is not an active agent");
	if (uuid_equal(&before, &assignee->id))
		return JOB_DONE;

	ticket->assignee_id = assignee->id;
	EMIT(job, ticket_assigned, .assignee_id = assignee->id, .old_assignee_id = before);
	return JOB_DONE;
}
