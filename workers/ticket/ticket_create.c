/* ticket_create.c - "ticket.create": a new ticket, open, numbered HD-<year>-<sequence>.
 *
 * The owner is the one who asks; staff may open a ticket for another account.
 * Refused when that account does not exist or is disabled, or when somebody who
 * is no staff names another. Files that were uploaded before, by the one who asks,
 * hang on it from now on.
 *
 * Emits ticket.created: notify tells the owner.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_create(struct job *job, const struct ticket_create *cmd)
{
	struct uuid owner_id = uuid_is_none(&cmd->user_id) ? job->envelope.actor : cmd->user_id;
	const struct account *owner = job_account(job, owner_id);
	struct ticket *ticket;

	if (!uuid_equal(&owner_id, &job->envelope.actor) && job->actor && !account_is_agent(job->actor))
		return job_refuse(
		        job, PROBLEM_INSUFFICIENT_PERMISSIONS, "only staff may open a ticket for somebody else");
	if (!owner || !owner->active)
		return job_refuse_field(job, "user_id", "is no active account");

	ticket = job_new_ticket(job, cmd->ticket_id);
	ticket->title = cmd->title;
	ticket->description = cmd->description;
	ticket->priority = cmd->priority ? cmd->priority : PRIORITY_MEDIUM;
	ticket->category = cmd->category;
	ticket->owner_id = owner_id;
	if (files_attach(job, ticket, NULL, &cmd->file_ids) != JOB_DONE)
		return JOB_REFUSED;
	EMIT(job, ticket_created, .number = ticket->number, .title = ticket->title, .priority = ticket->priority,
	        .category = ticket->category, .owner_id = ticket->owner_id, .notify = FLAG_TRUE, .quiet = FLAG_FALSE,
	        .file_ids = files_told(job, &cmd->file_ids));
	return JOB_DONE;
}
