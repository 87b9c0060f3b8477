/* calendar_delete.c - "calendar.delete": a calendar that no policy goes by. Its versions stay, because tickets of the
 * past are explained by them. Emits calendar.deleted.
 */
#include "workers/desk/desk.h"

enum outcome calendar_delete(struct job *job, const struct calendar_delete *cmd)
{
	struct desk_calendar *calendar = job_calendar(job, cmd->calendar_id);
	const struct subject_set *policies = subject_set_of(job->batch, &policy_kind);

	for (int i = 0; i < policies->count; i++) {
		const struct desk_policy *policy = subject_at(policies, i);

		if (!policy->deleted_at && uuid_equal(&policy->calendar_id, &cmd->calendar_id))
			return job_refuse(job, PROBLEM_CALENDAR_IN_USE, "the policy %.*s goes by it",
			        (int)policy->name.len, policy->name.data);
	}
	calendar->deleted_at = job_now(job);
	EMIT(job, calendar_deleted, .name = calendar->name);
	return JOB_DONE;
}
