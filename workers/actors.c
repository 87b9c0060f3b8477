/* actors.c - see actors.h. */
#include "workers/actors.h"

#include "workers/batch.h"

static void add_accounts(const struct job *job, struct arena *arena, struct id_set *set)
{
	id_set_add(set, arena, job->envelope.actor);
	for (int i = 0; job->command && job->fields && i < job->command->record.count; i++) {
		const struct field *field = &job->command->record.fields[i];

		if (field->kind->loader == LOAD_ACCOUNT)
			id_set_add(set, arena, *(struct uuid *)field_of(field, job->fields));
	}
}

void actors_load(struct batch *batch)
{
	struct id_set accounts = { 0 };

	for (int i = 0; i < batch->count; i++)
		add_accounts(&batch->jobs[i], batch->arena, &accounts);
	batch->actors.rows = db_send(batch->db, QUERY_account_load, P_TEXT(id_set_literal(&accounts, batch->arena)));
}

void actors_loaded(struct batch *batch)
{
	struct actors *actors = &batch->actors;

	actors->count = db_rows(actors->rows);
	actors->accounts = ARENA_ARRAY(batch->arena, struct account, (size_t)actors->count + 1);
	for (int i = 0; i < actors->count; i++)
		actors->accounts[i] = (struct account){ .id = db_uuid(actors->rows, i, 0),
			.email = db_text(actors->rows, i, 1),
			.role = word_find(db_text(actors->rows, i, 2), account_role_words, account_role_count),
			.active = db_bool(actors->rows, i, 3),
			.name = db_text(actors->rows, i, 4) };
}

const struct account *actors_find(const struct actors *actors, const struct uuid *id)
{
	for (int i = 0; i < actors->count; i++)
		if (uuid_equal(&actors->accounts[i].id, id))
			return &actors->accounts[i];
	return NULL;
}

bool account_is_agent(const struct account *account)
{
	return account && account->active && (role_access(account->role) & STAFF);
}
