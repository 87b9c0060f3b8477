/* people.c - roles and leaving: what several commands of administrators do, and what they have to know of others.
 *
 * The last active administrator stays one: the batch's own changes count with what was loaded. An operator with
 * guichetctl is not held by this.
 *
 * Who leaves hands over in a command of its own, account.hand_over, which is read when this one is committed: so it
 * finds the tickets that somebody assigned meanwhile, and a leaver of many tickets is many small transactions.
 */
#include "workers/account/account.h"

static bool may_end_admins(enum command_id command)
{
	return command == COMMAND_person_set_role || command == COMMAND_person_set_status ||
	       command == COMMAND_person_update || command == COMMAND_person_delete;
}

static void write_wanted(struct buffer *out, const struct person_hand_over *cmd, int place)
{
	buffer_string(out, out->len > 1 ? ",{" : "{");
	buffer_json_member_int(out, "place", place);
	rows_uuid(out, "account", &cmd->account_id);
	rows_uuid(out, "after", &cmd->after);
	buffer_string(out, "}");
}

void people_begin_load(struct batch *batch, void *state)
{
	struct account_world *world = state;
	struct buffer leavers;
	bool admins = false;

	buffer_init(&leavers, batch->arena, 64);
	buffer_string(&leavers, "[");
	for (int i = 0; i < batch->count; i++) {
		const struct job *job = &batch->jobs[i];

		if (!job->command || !job->fields)
			continue;
		admins |= may_end_admins(job->command->id);
		if (job->command->id == COMMAND_person_hand_over)
			write_wanted(&leavers, job->fields, i);
	}
	if (admins)
		world->admins = db_send_params(batch->db, QUERY_people_admins, 0, NULL);
	if (leavers.len > 1) {
		buffer_string(&leavers, "]");
		world->tickets = db_send(batch->db, QUERY_people_tickets, P_TEXT(buffer_view(&leavers)));
	}
}

static bool is_admin(const struct profile *profile)
{
	return profile->active && !profile->deleted_at && profile->role == ROLE_ADMIN;
}

bool people_last_admin(const struct job *job, const struct profile *profile)
{
	const struct account_world *world = job->set->world;

	for (int i = 0; i < job->set->count; i++) {
		const struct profile *other = subject_at(job->set, i);

		if (other != profile && is_admin(other))
			return false;
	}
	for (int i = 0; world->admins && i < db_rows(world->admins); i++) {
		struct uuid id = db_uuid(world->admins, i, 0);

		if (!subject_find(job->set, &id))
			return false;
	}
	return is_admin(profile);
}

/* An administrator who was none any more before this command in the same batch. */
static enum outcome refuse_former(struct job *job)
{
	const struct profile *actor = subject_find(job->set, &job->envelope.actor);

	if (actor && !is_admin(actor))
		return job_refuse(job, PROBLEM_INSUFFICIENT_PERMISSIONS, "you are no administrator any more");
	return JOB_DONE;
}

static enum outcome refuse_last_admin(struct job *job, const struct profile *profile)
{
	if (people_last_admin(job, profile))
		return job_refuse(job, PROBLEM_LAST_ADMINISTRATOR, "this is the last active administrator");
	return JOB_DONE;
}

enum outcome people_give_role(struct job *job, struct profile *profile, enum account_role role)
{
	enum account_role before = profile->role;

	if (before == role)
		return JOB_DONE;
	if (before == ROLE_SERVICE || role == ROLE_SERVICE)
		return job_refuse_field(job, "role", "a person is no service, and a service no person");
	if (uuid_equal(&profile->id, &job->envelope.actor))
		return job_refuse(job, PROBLEM_OWN_ROLE, "nobody changes their own role");
	if (refuse_former(job) != JOB_DONE || refuse_last_admin(job, profile) != JOB_DONE)
		return JOB_REFUSED;
	profile->role = role;
	EMIT(job, user_role_changed, .old_role = before, .new_role = role);
	return JOB_DONE;
}

static bool can_take_over(const struct job *job, const struct profile *profile, const struct uuid *other)
{
	return uuid_is_none(other) || (!uuid_equal(other, &profile->id) && account_is_agent(job_account(job, *other)));
}

enum outcome people_let_go(struct job *job, struct profile *profile, const struct uuid *hand_over_to)
{
	if (!can_take_over(job, profile, hand_over_to))
		return job_refuse_field(job, "hand_over_to", "is not another active agent");
	if (refuse_former(job) != JOB_DONE || refuse_last_admin(job, profile) != JOB_DONE)
		return JOB_REFUSED;
	profile->active = false;
	SEND_TO(job, person_hand_over, "cmd.account", .account_id = profile->id, .hand_over_to = *hand_over_to);
	return JOB_DONE;
}
