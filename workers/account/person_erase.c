/* person_erase.c - "account.erase": what is known of a person goes; who is still here is deleted with it.
 *
 * The row is blanked at once. What other programs keep goes by account.erase_rest (person_erase_rest.c). Tickets,
 * comments and their files stay whole: they are the desk's record, and name nobody any more. Refused: see
 * person_delete.c.
 *
 * Emits user.erased.
 */
#include "workers/account/account.h"

void people_blank(struct job *job, struct profile *profile)
{
	struct text *const lines[] = { &profile->first_name, &profile->last_name, &profile->phone, &profile->department,
		&profile->job_title, &profile->bio };

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		*lines[i] = TEXT("");
	profile->notifications = TEXT_NONE;
	EMIT(job, user_erased, );
	SEND_TO(job, person_erase_rest, "cmd.account", .account_id = profile->id);
}

enum outcome person_erase(struct job *job, const struct person_erase *cmd)
{
	struct profile *profile = subject_find(job->set, &cmd->account_id);

	if (!profile->deleted_at && people_delete(job, profile, &cmd->hand_over_to) != JOB_DONE)
		return JOB_REFUSED;
	people_blank(job, profile);
	return JOB_DONE;
}
