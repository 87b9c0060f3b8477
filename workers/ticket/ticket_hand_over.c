/* ticket_hand_over.c - "ticket.hand_over": who works on the ticket has left. From the account worker
 * (person_hand_over.c).
 *
 * Nothing happens when somebody else has it by now, or it is closed or deleted. Who was to get it and cannot work on
 * tickets any more does not: then it is nobody's, as without a name.
 *
 * Emits ticket.updated, and ticket.assigned when somebody gets it.
 */
#include "workers/ticket/model.h"

enum outcome ticket_hand_over(struct job *job, const struct ticket_hand_over *cmd)
{
	struct ticket *ticket = subject_find(ticket_set(job->batch), &cmd->ticket_id);
	const struct account *next = job_account(job, cmd->assignee_id);
	struct ticket before = *ticket;

	if (ticket->deleted_at || !uuid_equal(&ticket->assignee_id, &cmd->from_id) ||
	        !ticket_permits(ticket, TICKET_OP_ASSIGN))
		return JOB_DONE;
	ticket->assignee_id = account_is_agent(next) ? next->id : (struct uuid){ { 0 } };
	ticket_tell_update(job, &before, ticket);
	ticket_tell_assignee(job, &before, ticket);
	return JOB_DONE;
}
