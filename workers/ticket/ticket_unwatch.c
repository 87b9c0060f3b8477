/* ticket_unwatch.c - "ticket.unwatch": an account is told no more. Oneself always, others by staff.
 *
 * Emits ticket.watched with watching: false.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_unwatch(struct job *job, const struct ticket_unwatch *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);

	if (!uuid_equal(&cmd->user_id, &job->envelope.actor) && !account_is_agent(job->actor))
		return job_refuse(job, PROBLEM_INSUFFICIENT_PERMISSIONS, "only staff removes somebody else");
	if (ticket_remove_watcher(job, ticket, cmd->user_id))
		EMIT(job, ticket_watched, .user_id = cmd->user_id, .watching = FLAG_FALSE);
	return JOB_DONE;
}
