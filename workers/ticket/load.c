/* load.c - brings the tickets that a batch names, and a number for each one to be. */
#include "workers/ticket/model.h"

#include <jansson.h>

/* An id that is minted from a fresh command id is new; one that is derived from an
 * Idempotency-Key may have been used before the inbox forgot the key. */
static bool is_wanted(const struct job *job, const struct field *field)
{
	return field->need != MINTED || uuid_version(&job->envelope.id) != 7;
}

static void add_of(const struct job *job, enum loader loader, struct arena *arena, struct id_set *set)
{
	for (int i = 0; i < job->command->record.count; i++) {
		const struct field *field = &job->command->record.fields[i];

		if (field->kind->loader == loader && is_wanted(job, field))
			id_set_add(set, arena, *(struct uuid *)field_of(field, job->fields));
	}
}

/* A description is long: it is loaded only where a job writes another, or passes it on. */
static void add_described(const struct job *job, struct arena *arena, struct id_set *set)
{
	const struct ticket_update *update = job->fields;
	const struct ticket_merge *merge = job->fields;

	if (job->command->id == COMMAND_ticket_update && update->description.data)
		id_set_add(set, arena, update->ticket_id);
	if (job->command->id == COMMAND_ticket_merge)
		id_set_add(set, arena, merge->ticket_id);
}

void ticket_load(struct batch *batch)
{
	struct world *world = ARENA_NEW(batch->arena, struct world);
	struct id_set tickets = { 0 }, comments = { 0 }, described = { 0 };

	batch->world = world;
	LIST_INIT(world->comments);
	LIST_INIT(world->history);
	LIST_INIT(world->counted);
	LIST_INIT(world->links);
	for (int i = 0; i < batch->count; i++) {
		const struct job *job = &batch->jobs[i];

		if (!job->command)
			continue;
		add_of(job, LOAD_TICKET, batch->arena, &tickets);
		add_of(job, LOAD_SECOND, batch->arena, &tickets);
		add_of(job, LOAD_COMMENT, batch->arena, &comments);
		add_described(job, batch->arena, &described);
		world->number_count += field_of_kind(&job->command->record, LOAD_TICKET, MINTED) != NULL;
	}
	world->loaded_tickets = db_send(batch->db, QUERY_ticket_load, P_TEXT(id_set_literal(&tickets, batch->arena)),
	        P_TEXT(id_set_literal(&described, batch->arena)));
	if (comments.count)
		world->loaded_comments =
		        db_send(batch->db, QUERY_comment_load, P_TEXT(id_set_literal(&comments, batch->arena)));
	if (world->number_count)
		world->loaded_numbers = db_send(batch->db, QUERY_ticket_numbers, P_INT(world->number_count));
}

static void read_ticket(const struct db_result *rows, int row, struct ticket *out)
{
	*out = (struct ticket){ .id = db_uuid(rows, row, 0),
		.number = db_text(rows, row, 1),
		.status = word_find(db_text(rows, row, 2), ticket_status_words, ticket_status_count),
		.priority = word_find(db_text(rows, row, 3), ticket_priority_words, ticket_priority_count),
		.category = db_text(rows, row, 4),
		.title = db_text(rows, row, 5),
		.owner_id = db_uuid(rows, row, 6),
		.assignee_id = db_uuid(rows, row, 7),
		.version = db_int(rows, row, 8),
		.loaded_version = db_int(rows, row, 8),
		.comment_count = db_int(rows, row, 9),
		.resolved_at = db_int(rows, row, 10),
		.closed_at = db_int(rows, row, 11),
		.updated_at = db_int(rows, row, 12),
		.created_at = db_int(rows, row, 13),
		.response_due_at = db_int(rows, row, 14),
		.due_at = db_int(rows, row, 15),
		.first_response_at = db_int(rows, row, 16),
		.resolution = db_text(rows, row, 17),
		.description = db_text(rows, row, 19),
		.loaded_description = db_text(rows, row, 19),
		.deleted = db_bool(rows, row, 20),
		.internal_count = db_int(rows, row, 21),
		.merged_into = db_uuid(rows, row, 23) };
}

/* ["a","b"], as PostgreSQL writes a list of tags. */
static void read_tags(struct arena *arena, struct text stored, struct text_list *out)
{
	json_t *list = json_loadb(stored.data, stored.len, 0, NULL);

	out->count = 0;
	out->items = ARENA_ARRAY(arena, struct text, json_array_size(list) + 1);
	for (size_t i = 0; i < json_array_size(list); i++)
		out->items[out->count++] = text_copy(arena, text_of(json_string_value(json_array_get(list, i))));
	json_decref(list);
}

/* {uuid,uuid}, as PostgreSQL writes an array of them. */
static void read_watchers(struct arena *arena, struct text stored, struct id_set *out)
{
	struct uuid id;

	for (size_t at = 1; at + 36 < stored.len; at += 37)
		if (uuid_parse((struct text){ stored.data + at, 36 }, &id))
			id_set_add(out, arena, id);
}

static void read_comment(const struct db_result *rows, int row, struct comment *out)
{
	*out = (struct comment){ .id = db_uuid(rows, row, 0),
		.ticket_id = db_uuid(rows, row, 1),
		.seq = db_int(rows, row, 2),
		.author_id = db_uuid(rows, row, 3),
		.is_internal = db_bool(rows, row, 4),
		.content = db_text(rows, row, 5),
		.is_stored = true };
}

static void read_comments(struct batch *batch, struct world *world)
{
	if (!world->loaded_comments)
		return;
	world->stored_comment_count = db_rows(world->loaded_comments);
	world->stored_comments = ARENA_ARRAY(batch->arena, struct comment, (size_t)world->stored_comment_count + 1);
	for (int i = 0; i < world->stored_comment_count; i++)
		read_comment(world->loaded_comments, i, &world->stored_comments[i]);
}

void ticket_loaded(struct batch *batch)
{
	struct world *world = batch->world;

	/* Room for all that can come, so that a ticket never moves in memory. */
	world->ticket_count = db_rows(world->loaded_tickets);
	world->ticket_capacity = world->ticket_count + world->number_count;
	world->tickets = ARENA_ARRAY(batch->arena, struct ticket, (size_t)world->ticket_capacity + 1);
	for (int i = 0; i < world->ticket_count; i++) {
		read_ticket(world->loaded_tickets, i, &world->tickets[i]);
		read_tags(batch->arena, db_text(world->loaded_tickets, i, 18), &world->tickets[i].tags);
		read_watchers(batch->arena, db_text(world->loaded_tickets, i, 22), &world->tickets[i].watchers);
	}
	read_comments(batch, world);
	world->numbers = ARENA_ARRAY(batch->arena, int64_t, (size_t)world->number_count + 1);
	for (int i = 0; i < world->number_count; i++)
		world->numbers[i] = db_int(world->loaded_numbers, i, 0);
}
