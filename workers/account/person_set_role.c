/* person_set_role.c - "account.set_role": an administrator gives somebody a role. See people.c for what is refused.
 *
 * The same role again is done, not refused. Emits user.role_changed.
 */
#include "workers/account/account.h"

enum outcome person_set_role(struct job *job, const struct person_set_role *cmd)
{
	return people_give_role(job, job_profile(job, cmd->account_id), cmd->role);
}
