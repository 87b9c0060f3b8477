/* ticket_merge.c - "ticket.merge": this ticket becomes part of another one.
 *
 * It is closed and says into which; the other learns of it by ticket.absorb, a
 * command of its own lane: what this one was about becomes a comment there (as much
 * of it as a comment holds), its owner watches there. Refused when it is merged already, or the other
 * is itself, not there, closed or merged.
 *
 * Emits ticket.merged.
 */
#include "workers/ticket/ticket.h"

#define DESCRIPTION_CHARS 49000 /* number and title take some of a comment's 50,000 */

static struct text first_chars(struct text t, int most)
{
	size_t len = 0;

	for (int n = 0; n < most && len < t.len; n++)
		len += text_utf8_step((struct text){ t.data + len, t.len - len });
	return (struct text){ t.data ? t.data : "", len };
}

enum outcome ticket_merge(struct job *job, const struct ticket_merge *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	const struct ticket *into = job_ticket(job, cmd->into_id);
	struct uuid comment_id = job_mint(job, "comment_id");
	struct text description = first_chars(ticket->description, DESCRIPTION_CHARS);

	if (!into || into == ticket)
		return job_refuse_field(job, "into_id", "is no other ticket");
	if (!ticket_permits(into, TICKET_OP_MERGE))
		return job_refuse_field(job, "into_id", "is closed");
	ticket->status = TICKET_CLOSED;
	ticket->closed_at = job_now(job);
	ticket->merged_into = into->id;
	SEND(job, ticket_absorb, into->id, .ticket_id = into->id, .comment_id = comment_id, .from_id = ticket->id,
	        .author_id = ticket->owner_id,
	        .content = text_of(arena_printf(job_arena(job), "%.*s - %.*s\n\n%.*s", (int)ticket->number.len,
	                ticket->number.data, (int)ticket->title.len, ticket->title.data, (int)description.len, description.data)));
	EMIT(job, ticket_merged, .into_id = into->id);
	return JOB_DONE;
}
