/* ticket_split.c - "ticket.split": what a comment is about becomes a ticket of its own.
 *
 * The new ticket belongs to the same owner, whatever has become of the account; its id
 * has this ticket's lane, so both are written in one transaction. Its description keeps the comment's author. Both are
 * linked, and the histories of both tell. Files of the comment go along. Refused when the comment is not this ticket's
 * or is internal, and when it has become a ticket already (ALREADY_SPLIT, with that ticket's name).
 *
 * Emits ticket.split_off, and ticket.created for the new one: notify tells the owner, unless notify is false.
 */
#include "workers/ticket/ticket.h"

void ticket_tell_grown(struct job *job, const struct ticket *new, enum flag notify)
{
	EMIT_ABOUT(job, ticket_created, new, .number = new->number, .title = new->title, .priority = new->priority,
	        .category = new->category, .owner_id = new->owner_id, .notify = notify, .quiet = FLAG_FALSE,
	        .file_ids = files_told(job, &(struct text_list){ NULL, 0 }));
}

struct ticket *ticket_grow(struct job *job, struct ticket *ticket, struct comment *comment, struct uuid id)
{
	struct ticket *new = job_new_ticket(job, id);

	new->title = ticket->title;
	new->description = comment->content;
	if (!uuid_equal(&comment->author_id, &ticket->owner_id))
		new->description_author_id = comment->author_id;
	new->priority = ticket->priority;
	new->category = ticket->category.len ? ticket->category : TEXT_NONE;
	new->owner_id = ticket->owner_id;
	ticket_link_grown(job, ticket, new);
	ticket_mark_split(comment, new);
	files_follow(job, comment, ticket, new);
	return new;
}

enum outcome ticket_split(struct job *job, const struct ticket_split *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id), *new;
	struct comment *comment = job_comment(job, ticket, cmd->comment_id);

	if (!comment || comment->is_internal)
		return job_refuse_field(job, "comment_id", "is no public comment of this ticket");
	if (!uuid_is_none(&comment->split_into))
		return job_refuse(job, PROBLEM_ALREADY_SPLIT, "it has become %.*s", (int)comment->split_number.len,
		        comment->split_number.data);
	new = ticket_grow(job, ticket, comment, cmd->new_id);
	if (cmd->title.data)
		new->title = cmd->title;
	history_add(job, ticket, "split", TEXT_NONE, uuid_text(job_arena(job), &new->id));
	history_add(job, new, "split_from", TEXT_NONE, uuid_text(job_arena(job), &ticket->id));
	EMIT(job, ticket_split_off, .new_id = new->id, .comment_id = comment->id);
	ticket_tell_grown(job, new, cmd->notify == FLAG_FALSE ? FLAG_FALSE : FLAG_TRUE);
	return JOB_DONE;
}
