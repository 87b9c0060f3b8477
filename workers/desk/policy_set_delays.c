/* policy_set_delays.c - "policy.set_delays": what the default policy promises, priority by priority, as older clients
 * know it. What is not given stays. Emits policy.updated.
 */
#include "workers/desk/policy.h"

static bool merge(json_t *targets, enum ticket_priority priority, struct text given)
{
	json_t *budgets = json_object_get(targets, ticket_priority_word(priority));
	json_t *wanted = json_object(), *value;
	bool good = body_put(wanted, "given", given);

	value = json_object_get(wanted, "given");
	if (value && json_is_object(value))
		json_object_update(budgets, value);
	good = good && (!value || json_is_object(value));
	json_decref(wanted);
	return good;
}

enum outcome policy_set_delays(struct job *job, const struct policy_set_delays *cmd)
{
	struct desk_policy *policy = job_policy(job, default_policy), before = *policy;
	json_t *body = body_open(policy->body), *targets = json_object_get(body, "targets");
	const struct text given[ticket_priority_count] = { [PRIORITY_URGENT] = cmd->urgent,
		[PRIORITY_HIGH] = cmd->high,
		[PRIORITY_MEDIUM] = cmd->medium,
		[PRIORITY_LOW] = cmd->low };
	enum outcome outcome;

	for (int i = PRIORITY_LOW; i < ticket_priority_count; i++)
		if (!merge(targets, i, given[i])) {
			json_decref(body);
			return job_refuse_field(job, ticket_priority_word(i), "must be an object of delays in seconds");
		}
	outcome = policy_put_body(job, policy, body, sizeof "/targets" - 1);
	if (outcome == JOB_DONE)
		policy_tell_update(job, &before, policy);
	return outcome;
}
