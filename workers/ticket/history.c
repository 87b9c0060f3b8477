/* history.c - what a ticket's history says, and who may read it. */
#include "workers/ticket/model.h"

#include <string.h>

void history_add(
        struct job *job, const struct ticket *ticket, const char *field, struct text old_value, struct text new_value)
{
	struct ticket_world *world = ticket_world(job->batch);
	struct history *row = ARENA_NEW(job_arena(job), struct history);

	row->ticket_id = ticket->id;
	row->version = ticket->version + 1;
	row->field = field;
	row->old_value = old_value;
	row->new_value = new_value;
	row->job = job;
	LIST_ADD(world->history, row);
}

/* A line that no column tells follows its own rule. */
bool history_is_public(const char *field)
{
	static const char *const staffs[] = { "internal_comment", "link", "merged_from", "event", "internal_file",
		"sla", "sla_policy", "late", "reminded" };

	for (size_t i = 0; i < sizeof staffs / sizeof *staffs; i++)
		if (!strcmp(field, staffs[i]))
			return false;
	for (int i = 0; i < ticket_kind.column_count; i++)
		if (!strcmp(field, ticket_kind.columns[i].told_as))
			return ticket_kind.columns[i].told == TOLD_ALL;
	return true;
}

struct text_list ticket_changes_of(struct job *job, const struct ticket *before, const struct ticket *after)
{
	return subject_changes(&ticket_kind, before, after, job_arena(job));
}

void ticket_tell_update(struct job *job, const struct ticket *before, const struct ticket *after)
{
	struct text_list changed = ticket_changes_of(job, before, after);

	if (changed.count)
		EMIT(job, ticket_updated, .changed = changed, .old_status = before->status, .new_status = after->status,
		        .old_priority = before->priority, .new_priority = after->priority);
}
