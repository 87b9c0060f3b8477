/* ticket_absorb.c - "ticket.absorb": another ticket was merged into this one, and this is what it was about.
 *
 * Its text becomes a public comment of its owner's, who watches from now on. Comes
 * from ticket.merge, through the outbox.
 *
 * Emits ticket.absorbed.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_absorb(struct job *job, const struct ticket_absorb *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	struct comment *comment = ticket_add_comment(job, ticket, cmd->comment_id, cmd->content, false);

	comment->author_id = cmd->author_id;
	ticket_add_link(job, ticket, cmd->from_id, LINK_DUPLICATE);
	if (!uuid_equal(&cmd->author_id, &ticket->owner_id))
		ticket_add_watcher(job, ticket, cmd->author_id);
	EMIT(job, ticket_absorbed, .from_id = cmd->from_id, .comment_id = comment->id);
	return JOB_DONE;
}
