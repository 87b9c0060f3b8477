/* ticket_split.c - "ticket.split": what a comment is about becomes a ticket of its own.
 *
 * The new ticket belongs to the same owner, whatever has become of the account; its id
 * has this ticket's lane, so both are written in one transaction. Refused when the
 * comment is not this ticket's, or is internal.
 *
 * Emits ticket.split_off, and ticket.created for the new one: notify tells the owner.
 */
#include "workers/ticket/ticket.h"

static void tell_creation(struct job *job, const struct ticket *new)
{
	struct ticket_created created = { .number = new->number,
		.title = new->title,
		.priority = new->priority,
		.category = new->category,
		.owner_id = new->owner_id };

	job_emit_about(job, EVENT_ticket_created, new->id, 1, &created, sizeof created);
}

enum outcome ticket_split(struct job *job, const struct ticket_split *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id), *new;
	const struct comment *comment = job_comment(job, ticket, cmd->comment_id);

	if (!comment || comment->is_internal)
		return job_refuse_field(job, "comment_id", "is no public comment of this ticket");
	new = job_new_ticket(job, cmd->new_id);
	new->title = cmd->title.data ? cmd->title : ticket->title;
	new->description = comment->content;
	new->priority = ticket->priority;
	new->category = ticket->category.len ? ticket->category : TEXT_NONE;
	new->owner_id = ticket->owner_id;
	sla_set(new);
	history_add(job, ticket, "split", TEXT_NONE, uuid_text(job_arena(job), &new->id));
	EMIT(job, ticket_split_off, .new_id = new->id, .comment_id = comment->id);
	tell_creation(job, new);
	return JOB_DONE;
}
