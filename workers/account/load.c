/* load.c - brings the profiles that a batch is about. */
#include "workers/account/model.h"

void account_load(struct batch *batch)
{
	struct world *world = ARENA_NEW(batch->arena, struct world);
	struct id_set accounts = { 0 };

	batch->world = world;
	for (int i = 0; i < batch->count; i++)
		if (batch->jobs[i].command)
			id_set_add(&accounts, batch->arena, account_of(&batch->jobs[i]));
	world->loaded_profiles =
	        db_send(batch->db, QUERY_profile_load, P_TEXT(id_set_literal(&accounts, batch->arena)));
}

static void read_profile(const struct db_result *rows, int row, struct profile *out)
{
	*out = (struct profile){ .account_id = db_uuid(rows, row, 0) };
	for (int i = 0; i < profile_column_count; i++)
		*profile_column(out, i) = db_text(rows, row, 1 + i);
	out->version = out->loaded_version = db_int(rows, row, 1 + profile_column_count);
}

void account_loaded(struct batch *batch)
{
	struct world *world = batch->world;

	world->profile_count = db_rows(world->loaded_profiles);
	world->profiles = ARENA_ARRAY(batch->arena, struct profile, (size_t)world->profile_count + 1);
	for (int i = 0; i < world->profile_count; i++)
		read_profile(world->loaded_profiles, i, &world->profiles[i]);
}
