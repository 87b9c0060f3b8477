/* ticket_merge.c - "ticket.merge": this ticket becomes part of another one.
 *
 * It is closed and says into which; the other learns of it by ticket.absorb, a
 * command of its own lane: what this one was about becomes a comment there, its owner
 * watches there. The lanes of both are locked while this is decided, so of two merges
 * that cross the second finds its target closed. Refused when it is merged already, or
 * the other is itself, not there, closed or merged.
 *
 * Emits ticket.merged.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_merge(struct job *job, const struct ticket_merge *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	const struct ticket *into = job_ticket(job, cmd->into_id);

	if (!into || into == ticket)
		return job_refuse_field(job, "into_id", "is no other ticket");
	if (!ticket_permits(into, TICKET_OP_MERGE))
		return job_refuse_field(job, "into_id", "is closed");
	if (ticket->status != TICKET_CLOSED)
		ticket->closed_at = job_now(job);
	ticket->status = TICKET_CLOSED;
	ticket->merged_into = into->id;
	SEND(job, ticket_absorb, into->id, .ticket_id = into->id, .comment_id = job_mint(job, "comment_id"),
	        .from_id = ticket->id, .author_id = ticket->owner_id, .content = ticket->description,
	        .heading = text_of(arena_printf(job_arena(job), "%.*s - %.*s", (int)ticket->number.len,
	                ticket->number.data, (int)ticket->title.len, ticket->title.data)));
	EMIT(job, ticket_merged, .into_id = into->id);
	return JOB_DONE;
}
