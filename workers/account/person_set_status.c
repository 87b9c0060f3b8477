/* person_set_status.c - "account.set_status": an administrator lets somebody sign in, or no more, or again after wrong
 * passwords.
 *
 * Refused: one's own status, and what people_let_go() refuses. What is so already is done, and tells nobody again.
 *
 * Emits user.enabled, user.disabled or user.unlocked. Sends account.hand_over to itself.
 */
#include "workers/account/account.h"

/* 0: the command says nothing, or contradicts itself. */
static enum account_status wanted(const struct person_set_status *cmd)
{
	enum account_status by_flag = cmd->is_active == FLAG_TRUE    ? ACCOUNT_ACTIVE
	                              : cmd->is_active == FLAG_FALSE ? ACCOUNT_INACTIVE
	                                                             : account_status_absent;

	if (cmd->status && by_flag && cmd->status != by_flag)
		return account_status_absent;
	return cmd->status ? cmd->status : by_flag;
}

enum outcome person_set_status(struct job *job, const struct person_set_status *cmd)
{
	struct profile *profile = job_profile(job, cmd->account_id);
	enum account_status status = wanted(cmd);

	if (!status)
		return job_refuse_field(job, "status", "must be active, inactive or unlocked, and agree with isActive");
	if (status == ACCOUNT_UNLOCKED) {
		profile->unlocked_at = job_now(job);
		EMIT(job, user_unlocked, );
		return JOB_DONE;
	}
	if (profile->active == (status == ACCOUNT_ACTIVE))
		return JOB_DONE;
	if (uuid_equal(&profile->id, &job->envelope.actor))
		return job_refuse(job, PROBLEM_OWN_STATUS, "nobody changes their own status");
	if (status == ACCOUNT_ACTIVE) {
		profile->active = true;
		EMIT(job, user_enabled, );
		return JOB_DONE;
	}
	if (people_let_go(job, profile, &cmd->hand_over_to) != JOB_DONE)
		return JOB_REFUSED;
	EMIT(job, user_disabled, );
	return JOB_DONE;
}
