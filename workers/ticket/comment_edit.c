/* comment_edit.c - "comment.edit": its author, or an administrator, mends what was said.
 *
 * Refused to anybody else. The search words are made anew from all that is said now.
 *
 * Emits ticket.comment_edited.
 */
#include "workers/ticket/ticket.h"

enum outcome comment_edit(struct job *job, const struct comment_edit *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	struct comment *comment = job_comment(job, ticket, cmd->comment_id);
	bool staff = account_is_agent(job->actor);

	if (!comment || (comment->is_internal && !staff))
		return job_refuse(job, PROBLEM_NOT_FOUND, "there is no such comment");
	if (!uuid_equal(&comment->author_id, &job->envelope.actor) && job->actor->role != ROLE_ADMIN)
		return job_refuse(job, PROBLEM_INSUFFICIENT_PERMISSIONS, "only its author may change a comment");

	ticket_edit_comment(job, comment, cmd->content);
	EMIT(job, comment_edited, .comment_id = comment->id,
	        .is_internal = comment->is_internal ? FLAG_TRUE : FLAG_FALSE);
	return JOB_DONE;
}
