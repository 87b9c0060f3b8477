/* comments.c - the comments of a ticket: found, added at its end, rewritten. */
#include "workers/ticket/model.h"

struct comment *ticket_add_comment(
        struct job *job, struct ticket *ticket, struct uuid comment_id, struct text content, bool is_internal)
{
	struct ticket_world *world = ticket_world(job->batch);
	struct comment *comment = ARENA_NEW(job_arena(job), struct comment);

	comment->id = comment_id;
	comment->ticket_id = ticket->id;
	comment->seq = ++ticket->comment_count;
	comment->author_id = job->envelope.actor;
	comment->created_at = job_time(job);
	comment->content = content;
	comment->is_internal = is_internal;
	ticket->internal_count += is_internal;
	comment->command_id = job->envelope.id;
	LIST_ADD(world->comments, comment);
	history_add(job, ticket, is_internal ? "internal_comment" : "comment", TEXT_NONE,
	        uuid_text(job_arena(job), &comment_id));
	return comment;
}

struct comment *job_comment(const struct job *job, const struct ticket *ticket, struct uuid comment_id)
{
	struct ticket_world *world = ticket_world(job->batch);
	struct comment *found = NULL;

	for (int i = 0; i < world->stored_comment_count && !found; i++)
		if (uuid_equal(&world->stored_comments[i].id, &comment_id))
			found = &world->stored_comments[i];
	for (struct comment *c = world->comments.first; c && !found; c = c->next)
		if (uuid_equal(&c->id, &comment_id))
			found = c;
	return found && uuid_equal(&found->ticket_id, &ticket->id) ? found : NULL;
}

void ticket_mark_split(struct comment *comment, const struct ticket *new)
{
	comment->split_into = new->id;
	comment->split_number = new->number;
	comment->split = true;
}

/* What it said until now. */
static void keep_text(struct job *job, const struct comment *comment)
{
	struct earlier_text *earlier = ARENA_NEW(job_arena(job), struct earlier_text);

	*earlier = (struct earlier_text){ comment->id, comment->content, job, NULL };
	LIST_ADD(ticket_world(job->batch)->earlier, earlier);
}

void ticket_edit_comment(struct job *job, struct comment *comment, struct text content)
{
	struct ticket *ticket = job_ticket(job, comment->ticket_id);

	keep_text(job, comment);
	comment->content = content;
	comment->edited = true;
	ticket->reworded = true;
	history_add(job, ticket, comment->is_internal ? "internal_comment" : "comment",
	        uuid_text(job_arena(job), &comment->id), uuid_text(job_arena(job), &comment->id));
}
