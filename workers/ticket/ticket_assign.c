/* ticket_assign.c - "ticket.assign": give a ticket to an agent, or take it.
 *
 * Refused when the ticket is closed or the assignee is no active agent. Who takes it without naming anybody is refused
 * when somebody else has it (ALREADY_ASSIGNED, with who): of three who take one at once, one has it. With force, or an
 * assignee that is named, it changes hands. Assigning to the present assignee is done, not refused: a repeat must
 * neither look like a failure nor mail anybody twice.
 *
 * Emits ticket.assigned: notify tells the new assignee and the former one.
 */
#include "workers/ticket/ticket.h"

static enum outcome refuse_taken(struct job *job, const struct ticket *ticket)
{
	const struct account *holder = job_account(job, ticket->assignee_id);
	struct text name = holder ? holder->name : ticket->assignee_name;
	char id[UUID_TEXT_BYTES];

	uuid_format(&ticket->assignee_id, id);
	return job_refuse(job, PROBLEM_ALREADY_ASSIGNED, "%.*s (%s) has it: force takes it over",
	        name.len ? (int)name.len : 8, name.len ? name.data : "somebody", id);
}

enum outcome ticket_assign(struct job *job, const struct ticket_assign *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	bool takes = uuid_is_none(&cmd->assignee_id);
	const struct account *assignee = job_account(job, takes ? job->envelope.actor : cmd->assignee_id);
	struct uuid before = ticket->assignee_id;

	if (!ticket_permits(ticket, TICKET_OP_ASSIGN))
		return job_refuse(
		        job, PROBLEM_INVALID_TRANSITION, "the ticket is %s", ticket_status_word(ticket->status));
	if (!account_is_agent(assignee))
		return job_refuse_field(job, "assignee_id", "is not an active agent");
	if (uuid_equal(&before, &assignee->id))
		return JOB_DONE;
	if (takes && !uuid_is_none(&before) && cmd->force != FLAG_TRUE)
		return refuse_taken(job, ticket);

	ticket->assignee_id = assignee->id;
	EMIT(job, ticket_assigned, .assignee_id = assignee->id, .old_assignee_id = before);
	return JOB_DONE;
}
