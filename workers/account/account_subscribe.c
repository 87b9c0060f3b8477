/* account_subscribe.c - "account.subscribe": to be told of new and unassigned tickets that fit a filter.
 *
 * Refuses one more than SUBSCRIPTIONS_MOST. A request that comes again makes no second one.
 *
 * Emits profile.subscribed.
 */
#include "queues/preferences.h"
#include "workers/account/account.h"

static void put_text(json_t *one, const char *member, struct text given)
{
	if (given.len)
		json_object_set_new(one, member, json_stringn(given.data, given.len));
}

static json_t *subscription_of(struct job *job, const struct account_subscribe *cmd)
{
	json_t *one = json_object();

	put_text(one, "id", uuid_text(job_arena(job), &cmd->subscription_id));
	put_text(one, "category", cmd->category);
	put_text(one, "priority", cmd->priority ? text_of(ticket_priority_word(cmd->priority)) : TEXT_NONE);
	put_text(one, "tag", cmd->tag);
	return one;
}

/* Appends it, unless the id is there already. */
static json_t *list_with(json_t *json, json_t *one)
{
	json_t *list = json_object_get(json, "subscriptions");

	if (!list)
		json_object_set_new(json, "subscriptions", list = json_array());
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_object_get(json_array_get(list, i), "id"), json_object_get(one, "id"))) {
			json_decref(one);
			return list;
		}
	json_array_append_new(list, one);
	return list;
}

enum outcome account_subscribe(struct job *job, const struct account_subscribe *cmd)
{
	struct profile *profile = job_profile(job, job->envelope.actor);
	json_t *json = profile_preferences(profile);

	if (json_array_size(list_with(json, subscription_of(job, cmd))) > SUBSCRIPTIONS_MOST) {
		json_decref(json);
		return job_refuse(
		        job, PROBLEM_VALIDATION_ERROR, "nobody has more than %d subscriptions", SUBSCRIPTIONS_MOST);
	}
	if (profile_choose(job, profile, json))
		EMIT(job, account_subscribed, .subscription_id = cmd->subscription_id, .category = cmd->category,
		        .priority = cmd->priority, .tag = cmd->tag);
	return JOB_DONE;
}
