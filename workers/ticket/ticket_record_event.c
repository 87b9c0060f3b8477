/* ticket_record_event.c - "ticket.record_event": another program tells what has happened around a ticket.
 *
 * It becomes a line of history, for staff alone: the kind of event, its data and where it comes from.
 *
 * Emits ticket.event_recorded.
 */
#include "workers/ticket/ticket.h"

enum outcome ticket_record_event(struct job *job, const struct ticket_record_event *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	struct buffer said;

	buffer_init(&said, job_arena(job), 128 + cmd->event_data.len);
	buffer_text(&said, cmd->event_type);
	if (cmd->source.len) {
		buffer_string(&said, " (");
		buffer_text(&said, cmd->source);
		buffer_string(&said, ")");
	}
	if (cmd->event_data.len) {
		buffer_string(&said, ": ");
		buffer_text(&said, cmd->event_data);
	}
	history_add(job, ticket, "event", TEXT_NONE, buffer_view(&said));
	EMIT(job, ticket_event_recorded, .event_type = cmd->event_type, .source = cmd->source);
	return JOB_DONE;
}
