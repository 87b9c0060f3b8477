/* ticket_watch.c - "ticket.watch": an account is told of what happens to a ticket.
 *
 * Without an account it is the one who asks. Only staff adds somebody else, and only
 * staff or the owner may watch: a watcher reads mail about the ticket.
 *
 * Emits ticket.watched.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_watch(struct job *job, const struct ticket_watch *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	struct uuid wanted = uuid_is_none(&cmd->user_id) ? job->envelope.actor : cmd->user_id;
	const struct account *account = job_account(job, wanted);

	if (!uuid_equal(&wanted, &job->envelope.actor) && !account_is_agent(job->actor))
		return job_refuse(job, PROBLEM_INSUFFICIENT_PERMISSIONS, "only staff adds somebody else");
	if (!account || !account->active)
		return job_refuse_field(job, "user_id", "is no active account");
	if (ticket->watchers.count >= TICKET_WATCHERS_MAX)
		return job_refuse_field(job, "user_id", "the ticket has %d watchers already", TICKET_WATCHERS_MAX);
	if (ticket_add_watcher(job, ticket, wanted))
		EMIT(job, ticket_watched, .user_id = wanted, .watching = FLAG_TRUE);
	return JOB_DONE;
}
