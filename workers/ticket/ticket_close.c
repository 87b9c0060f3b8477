/* ticket_close.c - "ticket.close": the owner or staff says that a resolved ticket is done with.
 *
 * Refused unless it is resolved; closing what is closed is done, not refused.
 *
 * Emits ticket.closed.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_close(struct job *job, const struct ticket_close *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	enum ticket_status before = ticket->status;
	enum outcome outcome = ticket_move(job, ticket, TICKET_CLOSED);

	if (outcome == JOB_DONE && before != TICKET_CLOSED)
		EMIT(job, ticket_closed, .old_status = before, .new_status = ticket->status);
	return outcome;
}
