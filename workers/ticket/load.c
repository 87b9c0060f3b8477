/* load.c - brings what a batch of tickets needs beside them: the comments it names, and a number for each ticket to
 * be, also for those that a comment on a ticket closed long ago may become. */
#include "workers/ticket/model.h"

static void add_comments(const struct job *job, struct arena *arena, struct id_set *set)
{
	for (int i = 0; i < job->command->record.count; i++) {
		const struct field *field = &job->command->record.fields[i];

		/* A comment of a fresh command id is new; one of an id that is derived from an Idempotency-Key may be
		 * there. */
		if (field->kind->loader == LOAD_COMMENT &&
		        (field->need != MINTED || uuid_version(&job->envelope.id) != 7))
			id_set_add(set, arena, *(struct uuid *)field_of(field, job->fields));
	}
}

/* An id for each comment, not each ticket: each may need a number. */
static void add_commented(const struct job *job, struct buffer *out, int before)
{
	const struct ticket_comment *comment = job->fields;
	char id[UUID_TEXT_BYTES];

	uuid_format(&comment->ticket_id, id);
	buffer_printf(out, "%s%s", before ? "," : "{", id);
}

void ticket_world_init(struct ticket_world *world)
{
	LIST_INIT(world->comments);
	LIST_INIT(world->history);
	LIST_INIT(world->counted);
	LIST_INIT(world->links);
	LIST_INIT(world->earlier);
}

static struct book **kept_book(const struct batch *batch)
{
	return (struct book **)&batch->kept[ticket_set(batch) - batch->sets];
}

void ticket_begin_load(struct batch *batch, void *world)
{
	struct ticket_world *w = world;
	struct id_set comments = { 0 };
	struct buffer commented;
	int commented_count = 0;
	bool ticks = false;

	ticket_world_init(w);
	buffer_init(&commented, batch->arena, 64);
	for (int i = 0; i < batch->count; i++) {
		const struct job *job = &batch->jobs[i];

		if (!job->command || job->set->kind != &ticket_kind)
			continue;
		add_comments(job, batch->arena, &comments);
		ticks = ticks || job->command->id == COMMAND_ticket_tick;
		w->number_count += field_of_kind(&job->command->record, LOAD_TICKET, MINTED) != NULL;
		if (ticket_may_grow(job))
			add_commented(job, &commented, commented_count++);
	}
	w->loaded_book = book_load(kept_book(batch), batch->db);
	if (ticks)
		w->loaded_helpers = db_send_params(batch->db, QUERY_escalation_helpers, 0, NULL);
	if (comments.count)
		w->loaded_comments =
		        db_send(batch->db, QUERY_comment_load, P_TEXT(id_set_literal(&comments, batch->arena)));
	buffer_string(&commented, commented_count ? "}" : "{}");
	if (w->number_count || commented_count)
		w->loaded_numbers = db_send(
		        batch->db, QUERY_ticket_numbers, P_INT(w->number_count), P_TEXT(buffer_view(&commented)));
}

static void read_comment(const struct db_result *rows, int row, struct comment *out)
{
	*out = (struct comment){ .id = db_uuid(rows, row, 0),
		.ticket_id = db_uuid(rows, row, 1),
		.seq = db_int(rows, row, 2),
		.author_id = db_uuid(rows, row, 3),
		.is_internal = db_bool(rows, row, 4),
		.content = db_text(rows, row, 5),
		.split_into = db_uuid(rows, row, 6),
		.split_number = db_text(rows, row, 7),
		.is_stored = true };
}

static void read_comments(struct batch *batch, struct ticket_world *world)
{
	if (!world->loaded_comments)
		return;
	world->stored_comment_count = db_rows(world->loaded_comments);
	world->stored_comments = ARENA_ARRAY(batch->arena, struct comment, (size_t)world->stored_comment_count + 1);
	for (int i = 0; i < world->stored_comment_count; i++)
		read_comment(world->loaded_comments, i, &world->stored_comments[i]);
}

static void read_helpers(struct batch *batch, struct ticket_world *world)
{
	const struct db_result *rows = world->loaded_helpers;

	world->helper_count = rows ? db_rows(rows) : 0;
	world->helpers = ARENA_ARRAY(batch->arena, struct helper, (size_t)world->helper_count + 1);
	for (int i = 0; i < world->helper_count; i++)
		world->helpers[i] = (struct helper){
			{ .id = db_uuid(rows, i, 0),
			        .email = db_text(rows, i, 1),
			        .role = word_find(db_text(rows, i, 2), account_role_words, account_role_count),
			        .active = db_bool(rows, i, 3),
			        .name = db_text(rows, i, 4) },
			db_bool(rows, i, 5)
		};
}

/* What ticket_load says behind the columns. */
static void read_beside(struct batch *batch, const struct book *book)
{
	struct subject_set *set = ticket_set(batch);

	for (int i = 0; i < set->loaded_count; i++) {
		struct ticket *ticket = subject_at(set, i);

		ticket->living_end = db_text(set->rows, i, SUBJECT_FIRST_COLUMN + set->kind->column_count);
		column_read_ids(db_text(set->rows, i, SUBJECT_FIRST_COLUMN + 2 + set->kind->column_count), batch->arena,
		        &ticket->staff_watchers);
		ticket->assignee_name = db_text(set->rows, i, SUBJECT_FIRST_COLUMN + 1 + set->kind->column_count);
		ticket->owner_email = db_text(set->rows, i, SUBJECT_FIRST_COLUMN + 3 + set->kind->column_count);
		clocks_read(ticket->clocks, book, batch->arena, &ticket->sla);
		((struct ticket *)set->loaded)[i].sla = ticket->sla;
	}
}

void ticket_end_load(struct batch *batch, void *world)
{
	struct ticket_world *w = world;

	book_loaded(kept_book(batch), w->loaded_book);
	w->book = *kept_book(batch);
	read_comments(batch, w);
	read_helpers(batch, w);
	read_beside(batch, w->book);
	w->number_count = w->loaded_numbers ? db_rows(w->loaded_numbers) : 0;
	w->numbers = ARENA_ARRAY(batch->arena, int64_t, (size_t)w->number_count + 1);
	for (int i = 0; i < w->number_count; i++)
		w->numbers[i] = db_int(w->loaded_numbers, i, 0);
}
