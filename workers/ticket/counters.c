/* counters.c - which cells of ticket_counters a ticket stands in.
 *
 * Every ticket counts once under 'all', once under its owner, and once under its
 * assignee and its category when it has them; a cell is scope x status x priority, per lane.
 */
#include "workers/ticket/model.h"

static void count(
        struct job *job, const struct ticket *ticket, const char *scope, struct uuid scope_id, struct text name, int n)
{
	struct ticket_world *world = ticket_world(job->batch);
	struct counted *cell = ARENA_NEW(job_arena(job), struct counted);

	cell->ticket_id = ticket->id;
	cell->scope = scope;
	cell->scope_id = scope_id;
	cell->name = name;
	cell->status = ticket->status;
	cell->priority = ticket->priority;
	cell->n = n;
	LIST_ADD(world->counted, cell);
}

static void count_everywhere(struct job *job, const struct ticket *ticket, int n)
{
	count(job, ticket, "all", (struct uuid){ { 0 } }, TEXT_NONE, n);
	count(job, ticket, "owner", ticket->owner_id, TEXT_NONE, n);
	if (!uuid_is_none(&ticket->assignee_id))
		count(job, ticket, "assignee", ticket->assignee_id, TEXT_NONE, n);
	if (ticket->category.len)
		count(job, ticket, "category", uuid_derive((struct text[]){ TEXT("category"), ticket->category }, 2),
		        ticket->category, n);
}

void counters_move(struct job *job, const struct ticket *before, const struct ticket *after)
{
	bool same = before && !before->deleted_at == !after->deleted_at && before->status == after->status &&
	            before->priority == after->priority &&
	            text_equal(before->category.data ? before->category : TEXT(""),
	                    after->category.data ? after->category : TEXT("")) &&
	            uuid_equal(&before->owner_id, &after->owner_id) &&
	            uuid_equal(&before->assignee_id, &after->assignee_id);

	if (same)
		return;
	if (before)
		count_everywhere(job, before, -1);
	if (!after->deleted_at)
		count_everywhere(job, after, 1);
}
