/* ticket_unmerge.c - "ticket.unmerge": a merge is taken back.
 *
 * This ticket has the status that it had, and the other loses what the merge brought (merging.c). The lanes of both are
 * locked. Refused when this one is not merged, was merged by a version that could not take it back, or its target has
 * been merged itself since (INVALID_TRANSITION: the later merge is taken back first), and when intoId names another
 * ticket than the one it was merged into.
 *
 * Emits ticket.unmerged, and ticket.unmerged_from for the other.
 */
#include "workers/ticket/ticket.h"

static enum outcome refuse_unmerge(struct job *job, const struct ticket *ticket, const struct ticket *into)
{
	if (uuid_is_none(&ticket->merged_into))
		return job_refuse(job, PROBLEM_INVALID_TRANSITION, "the ticket is not merged");
	if (!ticket->merged_at)
		return job_refuse(
		        job, PROBLEM_INVALID_TRANSITION, "an older version has merged it: it cannot be taken back");
	if (!into || !uuid_equal(&into->id, &ticket->merged_into))
		return job_refuse_field(job, "into_id", "is not the ticket that it was merged into");
	if (!uuid_is_none(&into->merged_into))
		return job_refuse(job, PROBLEM_INVALID_TRANSITION,
		        "the other was merged into %.*s since: take that back first", (int)into->living_end.len,
		        into->living_end.data);
	return JOB_DONE;
}

enum outcome ticket_unmerge(struct job *job, const struct ticket_unmerge *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id), *into = job_ticket(job, cmd->into_id);
	enum outcome outcome = refuse_unmerge(job, ticket, into);

	if (outcome != JOB_DONE)
		return outcome;
	merging_take_back(job, ticket, into);
	ticket->merged_into = (struct uuid){ { 0 } };
	ticket->merged_at = 0;
	into->merged_count--;
	ticket->reworded = into->reworded = true;
	history_add(job, into, "merged_from", uuid_text(job_arena(job), &ticket->id), TEXT_NONE);
	EMIT(job, ticket_unmerged, .into_id = into->id);
	EMIT_ABOUT(job, ticket_unmerged_from, into, .from_id = ticket->id);
	return JOB_DONE;
}
