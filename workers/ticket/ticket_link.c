/* ticket_link.c - "ticket.link": two tickets have to do with each other.
 *
 * Refused when the other is not there or is this one. The row is this ticket's; a
 * read shows it from both ends.
 *
 * Emits ticket.linked.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_link(struct job *job, const struct ticket_link *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	const struct ticket *other = job_ticket(job, cmd->other_id);
	enum link_kind kind = cmd->kind ? cmd->kind : LINK_RELATED;

	if (!other || other == ticket)
		return job_refuse_field(job, "other_id", "is no other ticket");
	ticket_add_link(job, ticket, other->id, kind);
	EMIT(job, ticket_linked, .other_id = other->id, .kind = kind, .linked = FLAG_TRUE);
	return JOB_DONE;
}
