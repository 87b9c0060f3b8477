/* ticket_merge.c - "ticket.merge": this ticket becomes part of another one.
 *
 * It is closed and says into which. Nothing moves: what was said here is read together with the other from now on
 * (merging.c). The lanes of both are locked while this is decided, and a ticket that was merged takes no other in, so
 * no circle of any length can arise: of two merges that cross the second finds itself or its target merged.
 *
 * Refused when this one is merged already, when the other is itself or not there (VALIDATION_ERROR), merged (MERGED),
 * closed (INVALID_TRANSITION), or another person's without confirmDifferentOwners (OWNERS_DIFFER).
 *
 * Emits ticket.merged, and ticket.merged_from for the other.
 */
#include "workers/ticket/ticket.h"

static enum outcome refuse_target(struct job *job, const struct ticket *ticket, const struct ticket *into)
{
	if (!into || into == ticket)
		return job_refuse_field(job, "into_id", "is no other ticket");
	if (!uuid_is_none(&into->merged_into))
		return job_refuse(job, PROBLEM_MERGED, "the other was merged into %.*s", (int)into->living_end.len,
		        into->living_end.data);
	if (!ticket_permits(into, TICKET_OP_MERGE))
		return job_refuse(job, PROBLEM_INVALID_TRANSITION, "the other ticket is closed");
	return JOB_DONE;
}

enum outcome ticket_merge(struct job *job, const struct ticket_merge *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id), *into = job_ticket(job, cmd->into_id);
	enum outcome outcome = refuse_target(job, ticket, into);

	if (outcome != JOB_DONE)
		return outcome;
	if (!uuid_equal(&ticket->owner_id, &into->owner_id) && cmd->confirm_different_owners != FLAG_TRUE)
		return job_refuse(job, PROBLEM_OWNERS_DIFFER,
		        "the tickets belong to different people: confirmDifferentOwners merges them all the same");

	merging_bring(job, ticket, into);
	if (ticket->status != TICKET_CLOSED)
		ticket->closed_at = job_now(job);
	ticket->status = TICKET_CLOSED;
	ticket->merged_into = into->id;
	ticket->merged_at = job_now(job);
	ticket->living_end = ticket_name(job, into);
	into->merged_count++;
	ticket->reworded = into->reworded = true;
	history_add(job, into, "merged_from", TEXT_NONE, uuid_text(job_arena(job), &ticket->id));
	EMIT(job, ticket_merged, .into_id = into->id);
	EMIT_ABOUT(job, ticket_merged_from, into, .from_id = ticket->id);
	return JOB_DONE;
}
