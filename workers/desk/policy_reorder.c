/* policy_reorder.c - "policy.reorder": which policies are tried first. Those that are not named keep their order behind
 * these; the default one stays the last. Refuses what is no policy, and the default one. Emits policy.reordered.
 */
#include "workers/desk/policy.h"

static enum outcome refuse_order(struct job *job, const struct text_list *order)
{
	for (int i = 0; i < order->count; i++) {
		struct uuid id;
		struct desk_policy *policy = uuid_parse(order->items[i], &id) ? job_policy(job, id) : NULL;

		if (!policy || policy_is_default(policy))
			return job_refuse_item(job, "order", i,
			        policy ? "the default policy is always the last" : "there is no such policy");
	}
	return JOB_DONE;
}

/* Behind the places that are given anew. */
static void move_back(struct job *job)
{
	const struct subject_set *set = job->set;

	for (int i = 0; i < set->count; i++) {
		struct desk_policy *policy = subject_at(set, i);

		if (!policy_is_default(policy))
			policy->position += DESK_MOST;
	}
}

enum outcome policy_reorder(struct job *job, const struct policy_reorder *cmd)
{
	enum outcome outcome = refuse_order(job, &cmd->order);
	struct uuid id;

	if (outcome != JOB_DONE)
		return outcome;
	move_back(job);
	for (int i = 0; i < cmd->order.count; i++)
		if (uuid_parse(cmd->order.items[i], &id))
			job_policy(job, id)->position = i + 1;
	policy_order_changed(job);
	EMIT(job, policy_reordered, .order = cmd->order);
	return JOB_DONE;
}
