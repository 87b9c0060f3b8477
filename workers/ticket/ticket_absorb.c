/* ticket_absorb.c - "ticket.absorb": another ticket was merged into this one, and this is what it was about.
 *
 * Its heading (number and title) and its text become a public comment of its owner's,
 * who watches from now on; two comments where one cannot hold both. Comes from
 * ticket.merge, through the outbox.
 *
 * Emits ticket.absorbed.
 */
#include "workers/ticket/ticket.h"

#include <string.h>

#define PARTED "\n\n"

static struct comment *add_part(struct job *job, const struct ticket_absorb *cmd, struct uuid id, struct text content)
{
	struct comment *comment = ticket_add_comment(job, job_ticket(job, cmd->ticket_id), id, content, false);

	comment->author_id = cmd->author_id;
	return comment;
}

static bool fits_in_one(struct text heading, struct text content)
{
	size_t most = (size_t)kind_of_long_text.most, head, rest;

	return text_is_utf8(heading, &head) && text_is_utf8(content, &rest) && head + strlen(PARTED) + rest <= most;
}

static struct comment *add_parts(struct job *job, const struct ticket_absorb *cmd)
{
	struct text heading = cmd->heading, content = cmd->content;

	if (!heading.len)
		return add_part(job, cmd, cmd->comment_id, content);
	if (fits_in_one(heading, content))
		return add_part(job, cmd, cmd->comment_id,
		        text_of(arena_printf(job_arena(job), "%.*s" PARTED "%.*s", (int)heading.len, heading.data,
		                (int)content.len, content.data)));
	add_part(job, cmd, job_mint(job, "heading"), heading);
	return add_part(job, cmd, cmd->comment_id, content);
}

enum outcome ticket_absorb(struct job *job, const struct ticket_absorb *cmd)
{
	struct ticket *ticket = job_ticket(job, cmd->ticket_id);
	const struct comment *comment = add_parts(job, cmd);

	ticket_add_link(job, ticket, cmd->from_id, LINK_DUPLICATE);
	if (!uuid_equal(&cmd->author_id, &ticket->owner_id))
		ticket_add_watcher(job, ticket, cmd->author_id);
	EMIT(job, ticket_absorbed, .from_id = cmd->from_id, .comment_id = comment->id);
	return JOB_DONE;
}
