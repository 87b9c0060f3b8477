/* person_erase_rest.c - "account.erase_rest": what is kept of an erased person beside the row: credentials, sessions,
 * what they were told, the picture, and what the trail says by and about them. Its hashes stay, so its chain holds.
 *
 * The trail is blanked in slices, each a command of its own, because one of years would be a long transaction. One
 * function with rights of its own does it (sql/functions/person_erase.sql), when the batch is stored.
 */
#include "workers/account/account.h"

#define SLICE 5000

static void write_wanted(struct buffer *out, const struct person_erase_rest *cmd, int place)
{
	buffer_string(out, out->len > 1 ? ",{" : "{");
	buffer_json_member_int(out, "place", place);
	rows_uuid(out, "account", &cmd->account_id);
	buffer_json_member_int(out, "after", cmd->after);
	buffer_string(out, "}");
}

static bool is_rest(const struct job *job)
{
	return job->command && job->fields && job->command->id == COMMAND_person_erase_rest;
}

void trail_begin_load(struct batch *batch, void *state)
{
	struct account_world *world = state;
	struct buffer wanted;

	buffer_init(&wanted, batch->arena, 64);
	buffer_string(&wanted, "[");
	for (int i = 0; i < batch->count; i++)
		if (is_rest(&batch->jobs[i]))
			write_wanted(&wanted, batch->jobs[i].fields, i);
	buffer_string(&wanted, "]");
	if (wanted.len > 2)
		world->trail = db_send(batch->db, QUERY_person_trail, P_TEXT(buffer_view(&wanted)), P_INT(SLICE));
}

enum outcome person_erase_rest(struct job *job, const struct person_erase_rest *cmd)
{
	const struct account_world *world = job->set->world;

	for (int i = 0; i < db_rows(world->trail); i++)
		if (&job->batch->jobs[db_int(world->trail, i, 0)] == job && db_int(world->trail, i, 1) == SLICE)
			SEND_TO(job, person_erase_rest, "cmd.account", .account_id = cmd->account_id,
			        .after = db_int(world->trail, i, 2));
	return JOB_DONE;
}

/* Whom nobody has erased is not: the command may be forged, the row says it. */
void erased_store(struct batch *batch, void *world)
{
	(void)world;
	for (int i = 0; i < batch->count; i++) {
		const struct job *job = &batch->jobs[i];
		const struct person_erase_rest *cmd = job->fields;

		if (is_rest(job) && job->outcome == JOB_DONE && !job->answered)
			db_send(batch->db, QUERY_person_erase, P_UUID(&cmd->account_id), P_INT(cmd->after),
			        P_INT(SLICE));
	}
}
