/* ticket_recompute.c - "ticket.recompute": a policy or a calendar has changed, so another may govern the ticket.
 *
 * What was used stays used, under the calendar that counted then; the deadlines move, and history tells. Nothing
 * happens when all is as it was, the ticket is closed or gone, or its clocks have not begun (they do at its next
 * command).
 *
 * Emits ticket.sla_changed.
 */
#include "workers/ticket/model.h"

enum outcome ticket_recompute(struct job *job, const struct ticket_recompute *cmd)
{
	struct ticket *ticket = subject_find(ticket_set(job->batch), &cmd->ticket_id);
	const struct sla_policy *was = ticket->sla.life.policy;

	sla_follow(job, ticket);
	if (was && ticket->sla.life.policy != was)
		EMIT(job, ticket_sla_changed, .policy_id = ticket->policy_id, .policy_version = ticket->policy_version);
	return JOB_DONE;
}
