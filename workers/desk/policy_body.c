/* policy_body.c - what a policy says, taken over from a command. See policy.h. */
#include <stdio.h>
#include <string.h>
#include "workers/desk/policy.h"

#define SECOND 1000000LL

/* Every priority and every target, so that who reads it need not know what is missing. */
static json_t *whole_targets(const struct sla_policy *policy)
{
	json_t *targets = json_object();

	for (int p = ticket_priority_count - 1; p >= PRIORITY_LOW; p--) {
		json_t *budgets = json_object();

		for (int t = 0; t < SLA_TARGETS; t++) {
			int64_t us = policy->budget_us[p][t];

			json_object_set_new(budgets, sla_target_names[t], us ? json_integer(us / SECOND) : json_null());
		}
		json_object_set_new(targets, ticket_priority_words[p], budgets);
	}
	return targets;
}

static bool narrows(const struct sla_criteria *criteria)
{
	return criteria->priorities || criteria->categories.count || criteria->tags.count || criteria->by_requester;
}

static enum outcome refuse_body(struct job *job, const struct desk_policy *policy, json_t *body, size_t cut)
{
	struct policy_fault fault;
	const struct sla_policy *read = policy_read(job_arena(job), body, &fault);

	if (!read)
		return job_refuse_at(job, fault.pointer + (strlen(fault.pointer) < cut ? 0 : cut), "%s", fault.detail);
	if (policy_is_default(policy) && narrows(&read->criteria))
		return job_refuse(
		        job, PROBLEM_DEFAULT_POLICY, "the default policy is for every ticket: it has no criteria");
	json_object_set_new(body, "targets", whole_targets(read));
	return JOB_DONE;
}

enum outcome policy_put_body(struct job *job, struct desk_policy *policy, json_t *body, size_t cut)
{
	enum outcome outcome = refuse_body(job, policy, body, cut);

	if (outcome == JOB_DONE)
		policy->body = body_close(body, policy->body, job_arena(job));
	else
		json_decref(body);
	return outcome;
}

static void put_closing(json_t *body, int64_t auto_close_after)
{
	if (auto_close_after == NUMBER_CLEARED)
		json_object_set_new(body, "autoCloseAfter", json_null());
	else if (auto_close_after)
		json_object_set_new(body, "autoCloseAfter", json_integer(auto_close_after));
}

static enum outcome put_members(struct job *job, json_t *body, const struct policy_given *given)
{
	const struct {
		const char *name;
		struct text value;
	} members[] = { { "criteria", given->criteria }, { "targets", given->targets }, { "warnings", given->warnings },
		{ "escalations", given->escalations }, { "reminders", given->reminders } };

	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (!body_put(body, members[i].name, members[i].value))
			return job_refuse_field(job, members[i].name, "must be JSON: an object or a list");
	put_closing(body, given->auto_close_after);
	return JOB_DONE;
}

static enum outcome put_calendar(struct job *job, struct desk_policy *policy, struct uuid id)
{
	if (uuid_is_none(&id))
		return JOB_DONE;
	if (!uuid_is_cleared(&id) && !job_calendar(job, id))
		return job_refuse_field(job, "calendar_id", "there is no such calendar");
	policy->calendar_id = uuid_is_cleared(&id) ? (struct uuid){ { 0 } } : id;
	return JOB_DONE;
}

enum outcome policy_put(struct job *job, struct desk_policy *policy, const struct policy_given *given)
{
	enum outcome outcome = put_calendar(job, policy, given->calendar_id);
	json_t *body = body_open(policy->body);

	if (outcome == JOB_DONE && given->name.data)
		outcome = refuse_name(job, &policy->subject, given->name);
	if (outcome == JOB_DONE)
		outcome = put_members(job, body, given);
	if (outcome != JOB_DONE) {
		json_decref(body);
		return outcome;
	}
	if (given->name.data)
		policy->name = given->name;
	return policy_put_body(job, policy, body, 0);
}

void policy_tell_update(struct job *job, const struct desk_policy *before, const struct desk_policy *after)
{
	struct text_list changed = body_changes(before->body, after->body, job_arena(job));

	if (!text_equal(before->name, after->name))
		changed_also(&changed, "name");
	if (!uuid_equal(&before->calendar_id, &after->calendar_id))
		changed_also(&changed, "calendarId");
	if (changed.count)
		EMIT(job, policy_updated, .name = after->name, .changed = changed);
}
