/* load.c - brings the tickets that a batch names, and a number for each one to be. */
#include "workers/ticket/model.h"

/* An id that is minted from a fresh command id is new; one that is derived from an
 * Idempotency-Key may have been used before the inbox forgot the key. */
static bool is_wanted(const struct job *job, const struct field *field)
{
	return field->need != MINTED || uuid_version(&job->envelope.id) != 7;
}

static void add_tickets(const struct job *job, struct arena *arena, struct id_set *set)
{
	for (int i = 0; i < job->command->record.count; i++) {
		const struct field *field = &job->command->record.fields[i];

		if (field->kind->loader == LOAD_TICKET && is_wanted(job, field))
			id_set_add(set, arena, *(struct uuid *)field_of(field, job->fields));
	}
}

void ticket_load(struct batch *batch)
{
	struct world *world = ARENA_NEW(batch->arena, struct world);
	struct id_set tickets = { 0 };

	batch->world = world;
	LIST_INIT(world->comments);
	LIST_INIT(world->history);
	LIST_INIT(world->counted);
	for (int i = 0; i < batch->count; i++) {
		const struct job *job = &batch->jobs[i];

		if (!job->command)
			continue;
		add_tickets(job, batch->arena, &tickets);
		world->number_count += job->command->id == COMMAND_ticket_create;
	}
	world->loaded_tickets = db_send(batch->db, QUERY_ticket_load, P_TEXT(id_set_literal(&tickets, batch->arena)));
	if (world->number_count)
		world->loaded_numbers = db_send(batch->db, QUERY_ticket_numbers, P_INT(world->number_count));
}

static unsigned word_of(struct text word, const char *const *words, int count)
{
	for (int i = 1; i < count; i++)
		if (text_equal(word, text_of(words[i])))
			return (unsigned)i;
	return 0;
}

static void read_ticket(const struct db_result *rows, int row, struct ticket *out)
{
	*out = (struct ticket){ .id = db_uuid(rows, row, 0),
		.number = db_text(rows, row, 1),
		.status = word_of(db_text(rows, row, 2), ticket_status_words, ticket_status_count),
		.priority = word_of(db_text(rows, row, 3), ticket_priority_words, ticket_priority_count),
		.category = db_text(rows, row, 4),
		.title = db_text(rows, row, 5),
		.owner_id = db_uuid(rows, row, 6),
		.assignee_id = db_uuid(rows, row, 7),
		.version = db_int(rows, row, 8),
		.loaded_version = db_int(rows, row, 8),
		.comment_count = db_int(rows, row, 9),
		.resolved_at = db_int(rows, row, 10),
		.closed_at = db_int(rows, row, 11),
		.updated_at = db_int(rows, row, 12) };
}

void ticket_loaded(struct batch *batch)
{
	struct world *world = batch->world;

	/* Room for all that can come, so that a ticket never moves in memory. */
	world->ticket_count = db_rows(world->loaded_tickets);
	world->ticket_capacity = world->ticket_count + world->number_count;
	world->tickets = ARENA_ARRAY(batch->arena, struct ticket, (size_t)world->ticket_capacity + 1);
	for (int i = 0; i < world->ticket_count; i++)
		read_ticket(world->loaded_tickets, i, &world->tickets[i]);
	world->numbers = ARENA_ARRAY(batch->arena, int64_t, (size_t)world->number_count + 1);
	for (int i = 0; i < world->number_count; i++)
		world->numbers[i] = db_int(world->loaded_numbers, i, 0);
}
