/* ticket_unlink.c - "ticket.unlink": every link between two tickets is taken away, whoever made it.
 *
 * Emits ticket.linked with linked: false.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_unlink(struct job *job, const struct ticket_unlink *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);

	ticket_cut_links(job, ticket, cmd->other_id);
	EMIT(job, ticket_linked, .other_id = cmd->other_id, .linked = FLAG_FALSE);
	return JOB_DONE;
}
