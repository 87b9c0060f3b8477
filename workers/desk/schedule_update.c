/* schedule_update.c - "schedule.update": another rule, time, owner or ticket; or a rest, and its end. It comes next by
 * what is said now. Emits schedule.updated.
 */
#include "workers/desk/schedule.h"

enum outcome schedule_update(struct job *job, const struct schedule_update *cmd)
{
	struct desk_schedule *schedule = job_schedule(job, cmd->schedule_id);
	enum outcome outcome = schedule_put(job, schedule, &(struct schedule_given)SCHEDULE_GIVEN(cmd));

	if (outcome != JOB_DONE)
		return outcome;
	if (cmd->active)
		schedule->active = cmd->active == FLAG_TRUE;
	EMIT(job, schedule_updated, .name = schedule->name);
	return JOB_DONE;
}
