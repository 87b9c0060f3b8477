/* ticket_receive.c - "ticket.receive": a mail has become a comment, in the name of who has sent it.
 *
 * The owner's opens a resolved ticket again, or a closed one within 7 days, and later becomes a ticket of its own, as
 * ticket.comment has it. What was written automatically (an absence, say) is an internal comment: it opens nothing, no
 * clock counts it, and no user is told. Who has no part in the ticket is let in by staff: then the desk itself asks,
 * and author_id says whose words they are. Files that are too much for the ticket are left out.
 *
 * Emits ticket.commented; ticket.created.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_receive(struct job *job, const struct ticket_receive *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	struct ticket before = *ticket;
	bool internal = cmd->automatic == FLAG_TRUE || cmd->is_internal == FLAG_TRUE;
	struct comment *comment = ticket_add_comment(job, ticket, cmd->comment_id, cmd->content, internal);
	struct text_list files;

	comment->inbound_id = cmd->inbound_id;
	if (!uuid_is_none(&cmd->author_id))
		comment->author_id = cmd->author_id;
	files = files_attach_fitting(job, ticket, comment, &cmd->file_ids);
	files_tell_left(job, ticket, cmd->files_left + cmd->file_ids.count - files.count);
	if (!internal && uuid_is_none(&ticket->merged_into)) {
		if (uuid_equal(&comment->author_id, &ticket->owner_id))
			ticket_take_up(job, ticket, comment);
		ticket_count_word(job, ticket);
	}
	EMIT(job, ticket_commented, .comment_id = comment->id, .is_internal = internal ? FLAG_TRUE : FLAG_FALSE,
	        .old_status = before.status, .new_status = ticket->status,
	        .changed = ticket_changes_of(job, &before, ticket),
	        .quiet = cmd->quiet == FLAG_TRUE ? FLAG_TRUE : FLAG_FALSE, .file_ids = files_told(job, &files));
	return JOB_DONE;
}
