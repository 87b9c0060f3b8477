/* person_delete.c - "account.delete": somebody leaves for good, and no command finds them any more.
 *
 * The row stays, because tickets and comments name it; its address is freed where the row is written
 * (profile_update in sql/queries/account.sql). Refused: one's own account, and what people_let_go() refuses.
 *
 * Emits user.deleted. Sends account.hand_over to itself.
 */
#include "workers/account/account.h"

enum outcome person_delete(struct job *job, const struct person_delete *cmd)
{
	struct profile *profile = job_profile(job, cmd->account_id);

	if (uuid_equal(&profile->id, &job->envelope.actor))
		return job_refuse(job, PROBLEM_OWN_ACCOUNT, "nobody deletes their own account");
	if (people_let_go(job, profile, &cmd->hand_over_to) != JOB_DONE)
		return JOB_REFUSED;
	profile->deleted_at = job_now(job);
	EMIT(job, user_deleted, );
	return JOB_DONE;
}
