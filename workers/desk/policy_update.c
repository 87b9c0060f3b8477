/* policy_update.c - "policy.update": other promises, for others, or by another calendar. Open tickets are computed
 * anew, with what was used kept. Emits policy.updated with what has changed; nothing when that is nothing.
 */
#include "workers/desk/policy.h"

enum outcome policy_update(struct job *job, const struct policy_update *cmd)
{
	struct desk_policy *policy = job_policy(job, cmd->policy_id);
	struct desk_policy before = *policy;
	enum outcome outcome = policy_put(job, policy, &(struct policy_given)POLICY_GIVEN(cmd));

	if (outcome == JOB_DONE)
		policy_tell_update(job, &before, policy);
	return outcome;
}
