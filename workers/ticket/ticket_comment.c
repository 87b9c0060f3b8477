/* ticket_comment.c - "ticket.comment": something is said about a ticket, in public or among staff.
 *
 * The owner's word on a ticket that waits for the user takes it back to work.
 * An internal comment is staff's alone; who may write one is the catalogue's word.
 *
 * Emits ticket.commented, with the statuses before and after.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_comment(struct job *job, const struct ticket_comment *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	enum ticket_status before = ticket->status;
	struct comment *comment =
	        ticket_add_comment(job, ticket, cmd->comment_id, cmd->content, cmd->is_internal == FLAG_TRUE);

	if (!comment->is_internal && !ticket->first_response_at && account_is_agent(job->actor))
		ticket->first_response_at = job_now(job);
	if (before == TICKET_WAITING_USER && uuid_equal(&ticket->owner_id, &job->envelope.actor))
		ticket->status = TICKET_IN_PROGRESS;
	EMIT(job, ticket_commented, .comment_id = comment->id,
	        .is_internal = comment->is_internal ? FLAG_TRUE : FLAG_FALSE, .old_status = before,
	        .new_status = ticket->status);
	return JOB_DONE;
}
