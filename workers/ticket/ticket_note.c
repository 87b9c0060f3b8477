/* ticket_note.c - "ticket.note": the desk itself has something to say to staff about a ticket.
 *
 * Written as an internal comment without an author: a mail that was refused for
 * good, say. Emits ticket.noted.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_note(struct job *job, const struct ticket_note *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	struct comment *comment = ticket_add_comment(job, ticket, cmd->comment_id, cmd->content, true);

	EMIT(job, ticket_noted, .comment_id = comment->id);
	return JOB_DONE;
}
