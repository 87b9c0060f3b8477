/* ticket_reopen.c - "ticket.reopen": a closed ticket is open again, within 7 days.
 *
 * Refused when it is not closed (INVALID_TRANSITION), or was closed too long ago
 * (REOPEN_WINDOW_EXPIRED).
 *
 * Emits ticket.reopened.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_reopen(struct job *job, const struct ticket_reopen *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	enum ticket_status before = ticket->status;
	enum outcome outcome;

	if (before != TICKET_CLOSED)
		return job_refuse(
		        job, PROBLEM_INVALID_TRANSITION, "the ticket is %s, not closed", ticket_status_word(before));
	outcome = ticket_move(job, ticket, TICKET_OPEN);
	if (outcome == JOB_DONE)
		EMIT(job, ticket_reopened, .old_status = before, .new_status = ticket->status);
	return outcome;
}
