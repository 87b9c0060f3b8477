/* assignee.c - who works on a ticket: handed on by several commands, told the same way. */
#include "workers/ticket/ticket.h"

enum outcome ticket_hand_to(struct job *job, struct ticket *ticket, struct uuid wanted)
{
	const struct account *assignee;

	if (uuid_is_none(&wanted))
		return JOB_DONE;
	if (uuid_is_cleared(&wanted)) {
		ticket->assignee_id = (struct uuid){ { 0 } };
		return JOB_DONE;
	}
	assignee = job_account(job, wanted);
	if (!account_is_agent(assignee))
		return job_refuse_field(job, "assignee_id", "is not an active agent");
	ticket->assignee_id = assignee->id;
	return JOB_DONE;
}

void ticket_tell_assignee(struct job *job, const struct ticket *before, const struct ticket *after)
{
	if (!uuid_is_none(&after->assignee_id) && !uuid_equal(&after->assignee_id, &before->assignee_id))
		EMIT(job, ticket_assigned, .assignee_id = after->assignee_id, .old_assignee_id = before->assignee_id);
}
