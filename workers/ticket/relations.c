/* relations.c - who watches a ticket, and which tickets have to do with each other. */
#include "workers/ticket/model.h"

static void change_link(struct job *job, struct uuid ticket_id, struct uuid other_id, enum link_kind kind, bool cut)
{
	struct ticket_world *world = ticket_world(job->batch);
	struct link_change *change = ARENA_NEW(job_arena(job), struct link_change);

	*change = (struct link_change){ ticket_id, other_id, kind, cut, job, NULL };
	LIST_ADD(world->links, change);
}

void ticket_add_link(struct job *job, const struct ticket *ticket, struct uuid other_id, enum link_kind kind)
{
	change_link(job, ticket->id, other_id, kind, false);
	history_add(job, ticket, "link", TEXT_NONE, uuid_text(job_arena(job), &other_id));
}

void ticket_link_grown(struct job *job, const struct ticket *ticket, const struct ticket *grown)
{
	change_link(job, ticket->id, grown->id, LINK_RELATED, false);
}

void ticket_cut_links(struct job *job, const struct ticket *ticket, struct uuid other_id)
{
	change_link(job, ticket->id, other_id, link_kind_absent, true);
	history_add(job, ticket, "link", uuid_text(job_arena(job), &other_id), TEXT_NONE);
}

static int watcher_at(const struct ticket *ticket, const struct uuid *id)
{
	for (int i = 0; i < ticket->watchers.count; i++)
		if (uuid_equal(&ticket->watchers.ids[i], id))
			return i;
	return -1;
}

bool ticket_has_watcher(const struct ticket *ticket, const struct uuid *id)
{
	return watcher_at(ticket, id) >= 0;
}

/* Copies the list before it changes: the copy of the ticket from before the command points to the same list. */
static void copy_watchers(struct job *job, struct ticket *ticket)
{
	struct id_set copy = { 0 };

	for (int i = 0; i < ticket->watchers.count; i++)
		id_set_add(&copy, job_arena(job), ticket->watchers.ids[i]);
	ticket->watchers = copy;
}

bool ticket_add_watcher(struct job *job, struct ticket *ticket, struct uuid account_id)
{
	if (watcher_at(ticket, &account_id) >= 0 || ticket->watchers.count >= TICKET_WATCHERS_MAX)
		return false;
	copy_watchers(job, ticket);
	id_set_add(&ticket->watchers, job_arena(job), account_id);
	history_add(job, ticket, "watcher", TEXT_NONE, uuid_text(job_arena(job), &account_id));
	return true;
}

bool ticket_remove_watcher(struct job *job, struct ticket *ticket, struct uuid account_id)
{
	int at = watcher_at(ticket, &account_id);

	if (at < 0)
		return false;
	copy_watchers(job, ticket);
	ticket->watchers.ids[at] = ticket->watchers.ids[--ticket->watchers.count];
	history_add(job, ticket, "watcher", uuid_text(job_arena(job), &account_id), TEXT_NONE);
	return true;
}
