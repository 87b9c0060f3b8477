/* person_delete.c - "account.delete": somebody leaves for good, and no command finds them any more.
 *
 * The row stays, because tickets and comments name it; its address is freed by a trigger
 * (sql/functions/account_is_freed.sql). Refused: one's own account, and what people_let_go() refuses.
 *
 * Emits user.deleted. Sends account.hand_over to itself. With erase the person is erased, too (person_erase.c).
 */
#include "workers/account/account.h"

enum outcome people_delete(struct job *job, struct profile *profile, const struct uuid *hand_over_to)
{
	if (uuid_equal(&profile->id, &job->envelope.actor))
		return job_refuse(job, PROBLEM_OWN_ACCOUNT, "nobody deletes their own account");
	if (people_let_go(job, profile, hand_over_to) != JOB_DONE)
		return JOB_REFUSED;
	profile->deleted_at = job_now(job);
	EMIT(job, user_deleted, );
	return JOB_DONE;
}

enum outcome person_delete(struct job *job, const struct person_delete *cmd)
{
	struct profile *profile = job_profile(job, cmd->account_id);
	enum outcome outcome = people_delete(job, profile, &cmd->hand_over_to);

	if (outcome == JOB_DONE && cmd->erase == FLAG_TRUE)
		people_blank(job, profile);
	return outcome;
}
