/* ticket_update.c - "ticket.update": some of a ticket's fields get other values.
 *
 * What is not given stays. Refused when the ticket is closed and stays so, when the
 * status cannot follow, or when the assignee is no active agent.
 * Another priority, category or tags may bring another policy, and move the due times.
 *
 * Emits ticket.updated with what changed, and ticket.assigned when the agent did.
 */
#include "workers/ticket/ticket.h"

static void set_texts(struct ticket *ticket, const struct ticket_update *cmd)
{
	ticket->reworded = ticket->reworded || cmd->title.data || cmd->description.data;
	if (cmd->title.data)
		ticket->title = cmd->title;
	if (cmd->description.data)
		ticket->description = cmd->description;
	if (cmd->category.data)
		ticket->category = cmd->category;
	if (cmd->resolution.data)
		ticket->resolution = cmd->resolution;
	if (cmd->tags.items)
		ticket->tags = cmd->tags;
}

enum outcome ticket_update(struct job *job, const struct ticket_update *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	struct ticket before = *ticket;
	enum outcome outcome = JOB_DONE;

	if (cmd->status)
		outcome = ticket_move(job, ticket, cmd->status);
	if (outcome == JOB_DONE && !ticket_permits(&before, TICKET_OP_EDIT) && !ticket_permits(ticket, TICKET_OP_EDIT))
		outcome = job_refuse(job, PROBLEM_INVALID_TRANSITION, "the ticket is closed");
	if (outcome == JOB_DONE)
		outcome = ticket_hand_to(job, ticket, cmd->assignee_id);
	if (outcome != JOB_DONE)
		return outcome;

	set_texts(ticket, cmd);
	if (cmd->priority)
		ticket->priority = cmd->priority;
	if (cmd->priority || cmd->category.data || cmd->tags.items)
		sla_follow(job, ticket);
	ticket_tell_update(job, &before, ticket);
	ticket_tell_assignee(job, &before, ticket);
	return JOB_DONE;
}
