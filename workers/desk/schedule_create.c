/* schedule_create.c - "schedule.create": tickets that come again, for whoever asks or for another account.
 *
 * Refuses a name that is taken, a rule that is none or never comes, a zone that is unknown, and an owner who is no
 * active account. Emits schedule.created.
 */
#include "workers/desk/schedule.h"

enum outcome schedule_create(struct job *job, const struct schedule_create *cmd)
{
	struct schedule_given given = SCHEDULE_GIVEN(cmd);
	enum outcome outcome = refuse_one_more(job);
	struct desk_schedule *schedule;

	if (outcome != JOB_DONE)
		return outcome;
	if (uuid_is_none(&given.owner_id))
		given.owner_id = job->envelope.actor;
	if (!given.priority)
		given.priority = PRIORITY_MEDIUM;
	if (!given.timezone.data)
		given.timezone = TEXT("UTC");
	schedule = subject_new(job->set, &cmd->schedule_id);
	schedule->active = true;
	outcome = schedule_put(job, schedule, &given);
	if (outcome == JOB_DONE)
		EMIT(job, schedule_created, .name = schedule->name);
	return outcome;
}
