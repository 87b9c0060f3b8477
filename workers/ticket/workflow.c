/* workflow.c - which status may follow which, who may move it, and what a move brings with it.
 *
 *   open ──► in_progress ──► waiting_user ──► in_progress
 *                  │
 *                  └───► resolved ──► closed ──► open (within 7 days)
 *
 * The owner's word takes a ticket that waits for him, or is resolved or closed, back to work (ticket_comment.c).
 *
 * Every other move is refused. The owner closes what is resolved and reopens what
 * is closed; all else is staff's.
 */
#include "workers/ticket/ticket.h"

#define REOPEN_US (7LL * 24 * 3600 * 1000000)

static const struct {
	enum ticket_status from, to;
	bool owner_may;
} transitions[] = {
	{ TICKET_OPEN, TICKET_IN_PROGRESS, false },
	{ TICKET_IN_PROGRESS, TICKET_WAITING_USER, false },
	{ TICKET_IN_PROGRESS, TICKET_RESOLVED, false },
	{ TICKET_WAITING_USER, TICKET_IN_PROGRESS, true }, /* by a reply */
	{ TICKET_RESOLVED, TICKET_CLOSED, true },
	{ TICKET_CLOSED, TICKET_OPEN, true },
};

bool ticket_permits(const struct ticket *ticket, enum ticket_op op)
{
	(void)op; /* all three alike, so far */
	return ticket->status != TICKET_CLOSED && uuid_is_none(&ticket->merged_into);
}

bool ticket_may_reopen(const struct job *job, const struct ticket *ticket)
{
	return ticket->status != TICKET_CLOSED || job_now(job) - ticket->closed_at <= REOPEN_US;
}

void ticket_open_again(struct ticket *ticket)
{
	ticket->status = uuid_is_none(&ticket->assignee_id) ? TICKET_OPEN : TICKET_IN_PROGRESS;
	ticket->resolved_at = ticket->closed_at = 0;
}

static bool is_allowed(const struct job *job, enum ticket_status from, enum ticket_status to)
{
	for (size_t i = 0; i < sizeof transitions / sizeof *transitions; i++)
		if (transitions[i].from == from && transitions[i].to == to)
			return transitions[i].owner_may || account_is_agent(job->actor);
	return false;
}

static void arrive(struct job *job, struct ticket *ticket, enum ticket_status to)
{
	if (to == TICKET_IN_PROGRESS && !ticket->first_response_at)
		ticket->first_response_at = job_now(job);
	if (to == TICKET_RESOLVED)
		ticket->resolved_at = job_now(job);
	if (to == TICKET_CLOSED)
		ticket->closed_at = job_now(job);
	if (to == TICKET_OPEN)
		ticket->resolved_at = ticket->closed_at = 0;
	ticket->status = to;
}

enum outcome ticket_move(struct job *job, struct ticket *ticket, enum ticket_status to)
{
	if (ticket->status == to)
		return JOB_DONE;
	if (!is_allowed(job, ticket->status, to))
		return job_refuse(job, PROBLEM_INVALID_TRANSITION, "%s to %s is no transition",
		        ticket_status_word(ticket->status), ticket_status_word(to));
	if (!ticket_may_reopen(job, ticket))
		return job_refuse(job, PROBLEM_REOPEN_WINDOW_EXPIRED, "closed more than 7 days ago");
	arrive(job, ticket, to);
	return JOB_DONE;
}
