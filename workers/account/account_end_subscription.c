/* account_end_subscription.c - "account.end_subscription": to be told by that filter no more. Refused when there is no
 * such subscription. Emits profile.subscription_ended.
 */
#include "workers/account/account.h"

enum outcome account_end_subscription(struct job *job, const struct account_end_subscription *cmd)
{
	struct profile *profile = job_profile(job, job->envelope.actor);
	json_t *json = profile_preferences(profile), *list = json_object_get(json, "subscriptions");
	struct text id = uuid_text(job_arena(job), &cmd->subscription_id);

	for (size_t i = 0; i < json_array_size(list); i++)
		if (text_equal(text_of(json_string_value(json_object_get(json_array_get(list, i), "id"))), id)) {
			json_array_remove(list, i);
			break;
		}
	if (!profile_choose(job, profile, json))
		return job_refuse(job, PROBLEM_NOT_FOUND, "there is no such subscription");
	EMIT(job, account_subscription_ended, .subscription_id = cmd->subscription_id);
	return JOB_DONE;
}
