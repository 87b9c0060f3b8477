/* schedule_delete.c - "schedule.delete": no more tickets by it; those that it has opened stay. Emits schedule.deleted.
 */
#include "workers/desk/schedule.h"

enum outcome schedule_delete(struct job *job, const struct schedule_delete *cmd)
{
	struct desk_schedule *schedule = job_schedule(job, cmd->schedule_id);

	schedule->deleted_at = job_now(job);
	EMIT(job, schedule_deleted, .name = schedule->name);
	return JOB_DONE;
}
