/* ticket_unsnooze.c - "ticket.unsnooze": staff wants to see the ticket again, before its time.
 *
 * Done, not refused, when it is awake. Emits ticket.unsnoozed.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_unsnooze(struct job *job, const struct ticket_unsnooze *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);

	if (!ticket->snoozed_until)
		return JOB_DONE;
	EMIT(job, ticket_unsnoozed, .until = sla_instant(job, ticket->snoozed_until));
	ticket->snoozed_until = 0;
	return JOB_DONE;
}
