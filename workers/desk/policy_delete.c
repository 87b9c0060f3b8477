/* policy_delete.c - "policy.delete": the tickets that it governed are from then on the next policy's that fits. Its
 * versions stay. Refuses the default one. Emits policy.deleted.
 */
#include "workers/desk/policy.h"

enum outcome policy_delete(struct job *job, const struct policy_delete *cmd)
{
	struct desk_policy *policy = job_policy(job, cmd->policy_id);

	if (policy_is_default(policy))
		return job_refuse(job, PROBLEM_DEFAULT_POLICY, "the default policy is always there");
	policy->deleted_at = job_now(job);
	EMIT(job, policy_deleted, .name = policy->name);
	return JOB_DONE;
}
