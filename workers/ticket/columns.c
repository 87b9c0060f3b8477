/* columns.c - the one table of a ticket's mutable columns, and the diff that makes history.
 *
 * A new column is a row here and a name in ticket.sql.
 */
#include "workers/ticket/model.h"

#include <stddef.h>
#include "base/clock.h"

enum column_shape {
	COLUMN_TEXT,
	COLUMN_UUID,
	COLUMN_STATUS,
	COLUMN_PRIORITY,
	COLUMN_TIME,
	COLUMN_LIST,
	COLUMN_FLAG,
	COLUMN_LONG
};

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
	{ "resolution", COLUMN_TEXT, offsetof(struct ticket, resolution) },
	{ "tags", COLUMN_LIST, offsetof(struct ticket, tags) },
	{ "merged_into", COLUMN_UUID, offsetof(struct ticket, merged_into) },
	{ "due_at", COLUMN_TIME, offsetof(struct ticket, due_at) },
	{ "deleted", COLUMN_FLAG, offsetof(struct ticket, deleted) },
	{ "description", COLUMN_LONG, offsetof(struct ticket, description) },
};
#define COLUMN_COUNT (sizeof ticket_columns / sizeof *ticket_columns)

static struct text time_value(struct arena *arena, int64_t unix_us)
{
	char text[CLOCK_TEXT_BYTES];

	if (!unix_us)
		return TEXT_NONE;
	clock_format(unix_us, text);
	return text_copy(arena, text_of(text));
}

static struct text list_value(struct arena *arena, const struct text_list *list)
{
	struct buffer out;

	if (!list->count)
		return TEXT_NONE;
	buffer_init(&out, arena, 64);
	for (int i = 0; i < list->count; i++) {
		buffer_string(&out, i ? ", " : "");
		buffer_text(&out, list->items[i]);
	}
	return buffer_view(&out);
}

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
	case COLUMN_TIME:
		return time_value(arena, *(const int64_t *)place);
	case COLUMN_LIST:
		return list_value(arena, place);
	case COLUMN_FLAG:
		return *(const bool *)place ? TEXT("true") : TEXT_NONE;
	default: /* cleared is as good as never set */
		return ((const struct text *)place)->len ? *(const struct text *)place : TEXT_NONE;
	}
}

void history_add(
        struct job *job, const struct ticket *ticket, const char *field, struct text old_value, struct text new_value)
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

/* What a column says before and after; false when nothing changed. */
static bool differs(struct job *job, size_t column, const struct ticket *before, const struct ticket *after,
        struct text *out_was, struct text *out_now)
{
	struct arena *arena = job_arena(job);

	*out_now = value_of(arena, after, ticket_columns[column].shape, ticket_columns[column].offset);
	*out_was = before ? value_of(arena, before, ticket_columns[column].shape, ticket_columns[column].offset)
	                  : TEXT_NONE;
	return !same(*out_was, *out_now) && (before || out_now->len);
}

int ticket_diff(struct job *job, const struct ticket *before, const struct ticket *after)
{
	int differing = 0;
	struct text was, now;

	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (!differs(job, i, before, after, &was, &now))
			continue;
		differing++;
		if (before || ticket_columns[i].shape != COLUMN_LONG) /* its birth is no change of a long text */
			history_add(job, after, ticket_columns[i].name, was, now);
	}
	return differing;
}

void ticket_tell_update(struct job *job, const struct ticket *before, const struct ticket *after)
{
	struct text_list changed = { ARENA_ARRAY(job_arena(job), struct text, COLUMN_COUNT), 0 };
	struct text was, now;

	for (size_t i = 0; i < COLUMN_COUNT; i++)
		if (differs(job, i, before, after, &was, &now))
			changed.items[changed.count++] = text_of(ticket_columns[i].name);
	if (changed.count)
		EMIT(job, ticket_updated, .changed = changed, .old_status = before->status, .new_status = after->status,
		        .old_priority = before->priority, .new_priority = after->priority);
}
