/* ticket_snooze.c - "ticket.snooze": staff does not want to see the ticket until then.
 *
 * Its clocks go on: what was promised is promised still. Whoever it belongs to wakes it by what he says, and so does
 * solving it. Refused when it is resolved or closed (INVALID_TRANSITION), and when until is no time to come; another
 * time replaces the one before.
 *
 * Emits ticket.snoozed.
 */
#include "base/instant.h"
#include "workers/ticket/ticket.h"

enum outcome ticket_snooze(struct job *job, const struct ticket_snooze *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	int64_t until;

	if (ticket->status == TICKET_RESOLVED || ticket->status == TICKET_CLOSED)
		return job_refuse(
		        job, PROBLEM_INVALID_TRANSITION, "the ticket is %s", ticket_status_word(ticket->status));
	if (!instant_read(cmd->until, &until))
		return job_refuse_field(job, "until", "must be a time with Z or an offset");
	if (until <= job_now(job))
		return job_refuse_field(job, "until", "must be in the future");
	if (until == ticket->snoozed_until)
		return JOB_DONE;
	ticket->snoozed_until = until;
	EMIT(job, ticket_snoozed, .until = cmd->until);
	return JOB_DONE;
}
