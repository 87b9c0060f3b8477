/* ticket_open.c - "ticket.open": a mail has become a ticket, in the name of who has sent it.
 *
 * Staff who forwards a mail opens it for who wrote that. What people send by mail they cannot correct, so files that
 * are too much for a ticket are left out (they stay in the mail as it came) and people who cannot watch are passed
 * over. Refused when the owner is no active account.
 *
 * Emits ticket.created, and ticket.received when its owner is to be told: in words that repeat nothing of the mail.
 */
#include "workers/ticket/ticket.h"

static void add_watchers(struct job *job, struct ticket *ticket, const struct text_list *watchers)
{
	struct uuid id;

	for (int i = 0; i < watchers->count; i++)
		if (uuid_parse(watchers->items[i], &id) && !uuid_equal(&id, &ticket->owner_id))
			ticket_add_watcher(job, ticket, id);
}

enum outcome ticket_open(struct job *job, const struct ticket_open *cmd)
{
	struct uuid owner_id = uuid_is_none(&cmd->user_id) ? job->envelope.actor : cmd->user_id;
	const struct account *owner = job_account(job, owner_id);
	struct ticket *ticket;
	struct text_list files;

	if (!owner || !owner->active)
		return job_refuse_field(job, "user_id", "is no active account");
	ticket = job_new_ticket(job, cmd->ticket_id);
	ticket->title = cmd->title;
	ticket->description = cmd->description;
	ticket->priority = cmd->priority ? cmd->priority : PRIORITY_MEDIUM;
	ticket->category = cmd->category;
	ticket->owner_id = owner_id;
	ticket->inbound_id = cmd->inbound_id;
	add_watchers(job, ticket, &cmd->watchers);
	files = files_attach_fitting(job, ticket, NULL, &cmd->file_ids);
	files_tell_left(job, ticket, cmd->files_left + cmd->file_ids.count - files.count);
	EMIT(job, ticket_created, .number = ticket->number, .title = ticket->title, .priority = ticket->priority,
	        .category = ticket->category, .owner_id = ticket->owner_id, .notify = FLAG_FALSE,
	        .quiet = cmd->quiet == FLAG_TRUE ? FLAG_TRUE : FLAG_FALSE, .file_ids = files_told(job, &files));
	if (cmd->acknowledge == FLAG_TRUE)
		EMIT(job, ticket_received, .number = ticket->number);
	return JOB_DONE;
}
