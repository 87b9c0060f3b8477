/* policy_create.c - "policy.create": one more policy, tried after those that are there and before the default one. It
 * warns at 75 and 90 percent and closes what is resolved after a day, unless it says otherwise. Emits policy.created.
 */
#include "workers/desk/policy.h"

enum { CLOSES_AFTER_S = 86400 };

static int64_t last_position(const struct job *job)
{
	int64_t last = 0;

	for (int i = 0; i < job->set->count; i++) {
		const struct desk_policy *policy = subject_at(job->set, i);

		if (!policy_is_default(policy) && policy->position > last)
			last = policy->position;
	}
	return last;
}

static void set_default(struct text *given, struct text otherwise)
{
	if (!given->data)
		*given = otherwise;
}

enum outcome policy_create(struct job *job, const struct policy_create *cmd)
{
	struct policy_given given = POLICY_GIVEN(cmd);
	enum outcome outcome = refuse_one_more(job);
	struct desk_policy *policy;
	int64_t position = last_position(job) + 1;

	if (outcome != JOB_DONE)
		return outcome;
	set_default(&given.criteria, TEXT("{}"));
	set_default(&given.warnings, TEXT("[75,90]"));
	set_default(&given.escalations, TEXT("[]"));
	set_default(&given.reminders, TEXT("[]"));
	if (!given.auto_close_after)
		given.auto_close_after = CLOSES_AFTER_S;
	policy = subject_new(job->set, &cmd->policy_id);
	policy->position = position;
	outcome = policy_put(job, policy, &given);
	if (outcome == JOB_DONE)
		EMIT(job, policy_created, .name = policy->name);
	return outcome;
}
