/* columns.c - the one table of a ticket's mutable columns, and the diff that makes history.
 *
 * A new column is a row here and a name in ticket.sql.
 */
#include "workers/ticket/model.h"

#include <stddef.h>

enum column_shape { COLUMN_TEXT, COLUMN_UUID, COLUMN_STATUS, COLUMN_PRIORITY };

static const struct {
	const char *name;
	enum column_shape shape;
	size_t offset;
} ticket_columns[] = {
	{ "status", COLUMN_STATUS, offsetof(struct ticket, status) },
	{ "priority", COLUMN_PRIORITY, offsetof(struct ticket, priority) },
	{ "category", COLUMN_TEXT, offsetof(struct ticket, category) },
	{ "title", COLUMN_TEXT, offsetof(struct ticket, title) },
	{ "assignee_id", COLUMN_UUID, offsetof(struct ticket, assignee_id) },
};

static struct text value_of(struct arena *arena, const struct ticket *ticket, enum column_shape shape, size_t offset)
{
	const void *place = (const char *)ticket + offset;

	switch (shape) {
	case COLUMN_STATUS:
		return text_of(ticket_status_word(*(const enum ticket_status *)place));
	case COLUMN_PRIORITY:
		return text_of(ticket_priority_word(*(const enum ticket_priority *)place));
	case COLUMN_UUID:
		return uuid_is_none(place) ? TEXT_NONE : uuid_text(arena, place);
	default:
		return *(const struct text *)place;
	}
}

void history_add(struct job *job, const struct ticket *ticket, const char *field, struct text old_value,
	struct text new_value)
{
	struct world *world = job->batch->world;
	struct history *row = ARENA_NEW(job_arena(job), struct history);

	row->ticket_id = ticket->id;
	row->version = ticket->version + 1;
	row->field = field;
	row->old_value = old_value;
	row->new_value = new_value;
	row->job = job;
	LIST_ADD(world->history, row);
}

static bool same(struct text a, struct text b)
{
	return (!a.data && !b.data) || (a.data && b.data && text_equal(a, b));
}

int ticket_diff(struct job *job, const struct ticket *before, const struct ticket *after)
{
	int differing = 0;

	for (size_t i = 0; i < sizeof ticket_columns / sizeof *ticket_columns; i++) {
		struct text now = value_of(job_arena(job), after, ticket_columns[i].shape, ticket_columns[i].offset);
		struct text was = before ? value_of(job_arena(job), before, ticket_columns[i].shape,
						   ticket_columns[i].offset)
					 : TEXT_NONE;

		if (same(was, now) || (!before && now.len == 0))
			continue;
		differing++;
		history_add(job, after, ticket_columns[i].name, was, now);
	}
	return differing;
}
