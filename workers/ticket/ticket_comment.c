/* ticket_comment.c - "ticket.comment": something is said about a ticket, in public or among staff.
 *
 * The owner's word on a ticket that waits for the user takes it back to work, and one on a resolved ticket, or a closed
 * one within 7 days, opens it again; reopen: false leaves the ticket as it is (somebody says thanks), and with reopen:
 * true staff opens it too. Later than that the owner's word becomes a ticket of its own, in the same lane, linked with
 * the old one. Staff may send a status, a resolution, an assignee and tags along: one version, and one mail to the
 * owner. On a ticket that was merged into another person's, its owner may go on (kind.c); that opens nothing.
 *
 * Files that its author has uploaded before come along, and go with it when it becomes a ticket.
 *
 * An internal comment is staff's alone; who may write one is the catalogue's word.
 *
 * Emits ticket.commented, with the statuses before and after and the names of what else has changed, or ticket.updated
 * for that beside an internal comment; ticket.assigned; ticket.created.
 */
#include "workers/ticket/ticket.h"

/* Does the one who says it want the ticket to be worked on? */
static bool wants_work(const struct job *job, const struct ticket *ticket, const struct ticket_comment *cmd)
{
	bool owner = uuid_equal(&ticket->owner_id, &job->envelope.actor);

	if (cmd->status || cmd->is_internal == FLAG_TRUE || !uuid_is_none(&ticket->merged_into))
		return false;
	return cmd->reopen == FLAG_TRUE || (owner && cmd->reopen != FLAG_FALSE);
}

static void follow_up(struct job *job, struct ticket *ticket, struct comment *comment)
{
	struct uuid id = job_mint(job, "follow_up");
	struct ticket *new;

	id.bytes[15] = (uint8_t)((id.bytes[15] & 0xf0) | uuid_last_digit(&ticket->id));
	new = ticket_grow(job, ticket, comment, id);
	new->follow_up_to = ticket->id;
	ticket_tell_grown(job, new, FLAG_TRUE);
}

void ticket_take_up(struct job *job, struct ticket *ticket, struct comment *comment)
{
	if (ticket->status == TICKET_CLOSED && !ticket_may_reopen(job, ticket))
		follow_up(job, ticket, comment);
	else if (ticket->status == TICKET_WAITING_USER)
		ticket->status = TICKET_IN_PROGRESS;
	else if (ticket->status == TICKET_RESOLVED || ticket->status == TICKET_CLOSED)
		ticket_open_again(ticket);
}

/* The owner's is a question, whatever else he is; it ends a snooze. */
void ticket_count_word(struct job *job, struct ticket *ticket)
{
	bool owner = uuid_equal(&ticket->owner_id, &job->envelope.actor);

	if (!owner && job->actor && account_is_agent(job->actor)) {
		if (!ticket->first_response_at)
			ticket->first_response_at = job_now(job);
		sla_reply(job, ticket);
	} else if (ticket->status != TICKET_RESOLVED && ticket->status != TICKET_CLOSED) {
		ticket->snoozed_until = 0;
		sla_follow(job, ticket);
		sla_ask(job, ticket);
	}
}

static bool sets_columns(const struct ticket_comment *cmd)
{
	return cmd->resolution.data || cmd->tags.items || !uuid_is_none(&cmd->assignee_id);
}

/* What staff sends along. Nothing on a merged ticket, also when the one who may go on there is staff. */
static enum outcome change(struct job *job, struct ticket *ticket, const struct ticket_comment *cmd)
{
	bool closed = ticket->status == TICKET_CLOSED;
	enum outcome outcome;

	if (!uuid_is_none(&ticket->merged_into) && (cmd->status || sets_columns(cmd)))
		return job_refuse(
		        job, PROBLEM_MERGED, "merged into %.*s", (int)ticket->living_end.len, ticket->living_end.data);
	outcome = cmd->status ? ticket_move(job, ticket, cmd->status) : JOB_DONE;
	if (outcome == JOB_DONE && closed && ticket->status == TICKET_CLOSED && sets_columns(cmd))
		outcome = job_refuse(job, PROBLEM_INVALID_TRANSITION, "the ticket is closed");
	if (outcome == JOB_DONE)
		outcome = ticket_hand_to(job, ticket, cmd->assignee_id);
	if (outcome != JOB_DONE)
		return outcome;
	if (cmd->resolution.data)
		ticket->resolution = cmd->resolution;
	if (cmd->tags.items)
		ticket->tags = cmd->tags;
	return JOB_DONE;
}

static void tell(struct job *job, const struct ticket *before, const struct ticket *ticket,
        const struct comment *comment, const struct text_list *file_ids)
{
	bool internal = comment->is_internal;

	EMIT(job, ticket_commented, .comment_id = comment->id, .is_internal = internal ? FLAG_TRUE : FLAG_FALSE,
	        .old_status = before->status, .new_status = internal ? before->status : ticket->status,
	        .changed = ticket_changes_of(job, before, internal ? before : ticket), .quiet = FLAG_FALSE,
	        .file_ids = files_told(job, file_ids));
	if (internal)
		ticket_tell_update(job, before, ticket);
	ticket_tell_assignee(job, before, ticket);
}

enum outcome ticket_comment(struct job *job, const struct ticket_comment *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	struct ticket before = *ticket;
	enum outcome outcome = change(job, ticket, cmd);
	struct comment *comment;

	if (outcome != JOB_DONE)
		return outcome;
	comment = ticket_add_comment(job, ticket, cmd->comment_id, cmd->content, cmd->is_internal == FLAG_TRUE);
	if (files_attach(job, ticket, comment, &cmd->file_ids) != JOB_DONE)
		return JOB_REFUSED;
	if (wants_work(job, &before, cmd))
		ticket_take_up(job, ticket, comment);
	if (!comment->is_internal)
		ticket_count_word(job, ticket);
	tell(job, &before, ticket, comment, &cmd->file_ids);
	return JOB_DONE;
}
