/* store.c - writes state, not operations: each changed profile once, whatever the commands were. */
#include "workers/account/model.h"

static void write_profile(const struct batch *batch, struct profile *profile, struct rows *rows)
{
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "id", &profile->account_id);
	for (int i = 0; i < profile_column_count; i++)
		buffer_json_member(out, profile_column_name(i), *profile_column(profile, i));
	buffer_json_member_int(out, "version", profile->version);
	buffer_json_member_int(out, "loaded_version", profile->loaded_version);
	rows_time(out, "updated_at", batch->now_us);
	rows_end(rows);
}

void account_store(struct batch *batch)
{
	struct world *world = batch->world;
	struct rows changed;

	rows_init(&changed, batch->arena);
	for (int i = 0; i < world->profile_count; i++)
		if (world->profiles[i].version != world->profiles[i].loaded_version)
			write_profile(batch, &world->profiles[i], &changed);
	if (changed.count)
		db_send(batch->db, QUERY_profile_update, P_TEXT(rows_done(&changed)), P_INT(changed.count));
}
