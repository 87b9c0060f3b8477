/* zones.c - which of the time zones that a batch's commands name there are: those of the time zone database that
 * PostgreSQL goes by, which grows, so its names are not a list here. */
#include "workers/account/account.h"

static struct text zone_named(const struct job *job)
{
	const struct account_update_profile *update = job->fields;
	const struct account_update_preferences *choice = job->fields;
	const struct person_update *person = job->fields;

	if (job->command && job->command->id == COMMAND_person_update)
		return person->timezone;
	if (job->command && job->command->id == COMMAND_account_update_preferences)
		return choice->timezone;
	return job->command && job->command->id == COMMAND_account_update_profile ? update->timezone : TEXT_NONE;
}

void zones_begin_load(struct batch *batch, void *world)
{
	struct account_world *zones = world;
	struct buffer names;
	int count = 0;

	buffer_init(&names, batch->arena, 64);
	for (int i = 0; i < batch->count; i++) {
		struct text name = zone_named(&batch->jobs[i]);

		if (!name.len)
			continue;
		buffer_string(&names, count++ ? "," : "[");
		buffer_json_text(&names, name);
	}
	buffer_string(&names, "]");
	if (count)
		zones->rows = db_send(batch->db, QUERY_zones_load, P_TEXT(buffer_view(&names)));
}

void zones_end_load(struct batch *batch, void *world)
{
	struct account_world *zones = world;

	if (!zones->rows)
		return;
	zones->zone_count = db_rows(zones->rows);
	zones->zones = ARENA_ARRAY(batch->arena, struct text, (size_t)zones->zone_count + 1);
	for (int i = 0; i < zones->zone_count; i++)
		zones->zones[i] = db_text(zones->rows, i, 0);
}

bool zones_have(const struct job *job, struct text name)
{
	const struct account_world *zones = job->set->world;

	for (int i = 0; i < zones->zone_count; i++)
		if (text_equal(zones->zones[i], name))
			return true;
	return false;
}
