/* ticket_split.c - "ticket.split": what a comment is about becomes a ticket of its own.
 *
 * The new ticket belongs to the same owner; its lane makes it, by a ticket.create
 * that goes through the outbox. Refused when the comment is not this ticket's, or is internal.
 *
 * Emits ticket.split_off.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_split(struct job *job, const struct ticket_split *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	const struct comment *comment = job_comment(job, ticket, cmd->comment_id);

	if (!comment || comment->is_internal)
		return job_refuse_field(job, "comment_id", "is no public comment of this ticket");
	SEND(job, ticket_create, cmd->new_id, .ticket_id = cmd->new_id,
	        .title = cmd->title.data ? cmd->title : ticket->title, .description = comment->content,
	        .priority = ticket->priority, .category = ticket->category.len ? ticket->category : TEXT_NONE,
	        .user_id = ticket->owner_id);
	EMIT(job, ticket_split_off, .new_id = cmd->new_id, .comment_id = comment->id);
	return JOB_DONE;
}
