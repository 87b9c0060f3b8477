/* escalation.c - a ticket's clocks have come to a point where somebody is told, or something is done.
 *
 * Each point is told once, also when the ticket is looked at twice (clocks.h, struct clock_mark). Of warnings that are
 * late only the last is given, and none beside a breach. Levels of escalation are acted on from the earliest: they name
 * whom to tell, may raise the priority, and give the ticket to an account, or to the one of a role who has the least to
 * do. The next policy is chosen afterwards, by what the ticket is then.
 */
#include "base/arena.h"
#include "workers/ticket/model.h"

static bool has_come(const struct job *job, int64_t at)
{
	return at && at <= job_now(job);
}

/* A line of history for staff. */
static void say(struct job *job, const struct ticket *ticket, enum sla_target target, const char *what)
{
	history_add(job, ticket, "sla", TEXT_NONE,
	        text_of(arena_printf(job_arena(job), "%s %s", sla_target_words[target], what)));
}

/* --- warnings, breaches ------------------------------------------------------------------ */
static bool breach(struct job *job, struct ticket *ticket, enum sla_target target)
{
	const struct deadline *clock = &ticket->sla.life.clocks[target];
	struct clock_mark *mark = &ticket->sla.marks[target];

	if (mark->breached || !has_come(job, clock->due_us))
		return false;
	mark->breached = true;
	say(job, ticket, target, "breached");
	EMIT(job, ticket_sla_breached, .target = text_of(sla_target_words[target]),
	        .due_at = sla_instant(job, clock->due_us));
	return true;
}

static bool warn(struct job *job, struct ticket *ticket, enum sla_target target)
{
	const struct sla_policy *policy = ticket->sla.life.policy;
	struct clock_mark *mark = &ticket->sla.marks[target];
	int percent = 0;

	for (int i = 0; i < policy->warning_count && !mark->breached; i++)
		if (policy->warnings[i] > mark->warned &&
		        has_come(job, clocks_warning_at(&ticket->sla, target, policy->warnings[i])))
			percent = policy->warnings[i];
	if (!percent)
		return false;
	mark->warned = percent;
	say(job, ticket, target, arena_printf(job_arena(job), "warned at %d %%", percent));
	EMIT(job, ticket_sla_warned, .target = text_of(sla_target_words[target]), .percent = percent,
	        .due_at = sla_instant(job, ticket->sla.life.clocks[target].due_us));
	return true;
}

/* --- levels ------------------------------------------------------------------------------ */
static struct text whom(struct job *job, const struct sla_person *person)
{
	switch (person->whom) {
	case SLA_ASSIGNEE:
		return TEXT("assignee");
	case SLA_ROLE:
		return text_of(arena_printf(job_arena(job), "role:%s", account_role_word(person->role)));
	default:
		return uuid_text(job_arena(job), &person->account_id);
	}
}

static struct text_list notified(struct job *job, const struct sla_escalation *level)
{
	struct text_list list = { ARENA_ARRAY(job_arena(job), struct text, SLA_NOTIFIED), 0 };

	for (int i = 0; i < level->notify_count; i++)
		list.items[list.count++] = whom(job, &level->notify[i]);
	return list;
}

/* NULL: there is nobody, so it stays where it is. */
static const struct account *helper(const struct job *job, const struct sla_person *wanted)
{
	const struct ticket_world *world = ticket_world(job->batch);

	for (int i = 0; i < world->helper_count; i++) {
		const struct helper *h = &world->helpers[i];
		bool fits = wanted->whom == SLA_ROLE ? h->by_role && h->account.role == wanted->role
		                                     : uuid_equal(&h->account.id, &wanted->account_id);

		if (wanted->whom != SLA_NOBODY && fits && account_is_agent(&h->account))
			return &h->account;
	}
	return NULL;
}

static void escalate(struct job *job, struct ticket *ticket, const struct sla_escalation *level, int number)
{
	const struct account *to = helper(job, &level->assign_to);
	struct ticket before = *ticket;

	if (level->raise_priority && ticket->priority < PRIORITY_URGENT)
		ticket->priority++;
	if (to)
		ticket->assignee_id = to->id;
	say(job, ticket, level->target, arena_printf(job_arena(job), "escalated: level %d", number));
	EMIT(job, ticket_escalated, .target = text_of(sla_target_words[level->target]), .level = number,
	        .due_at = sla_instant(job, ticket->sla.life.clocks[level->target].due_us),
	        .notify = notified(job, level), .assignee_id = ticket->assignee_id, .priority = ticket->priority);
	ticket_tell_assignee(job, &before, ticket);
}

/* When the earliest level is to be acted on that has come and was not; false: there is none. */
static bool next_level(const struct job *job, const struct clocks *clocks, enum sla_target target, int64_t *out_after)
{
	const struct sla_policy *policy = clocks->life.policy;
	bool found = false;

	for (int i = 0; i < policy->escalation_count; i++) {
		const struct sla_escalation *level = &policy->escalations[i];

		if (!clocks_awaits(clocks, target, level) || !has_come(job, clocks_escalation_at(clocks, level)) ||
		        (found && level->after_us >= *out_after))
			continue;
		found = true;
		*out_after = level->after_us;
	}
	return found;
}

/* All levels of the same moment. */
static bool escalate_next(struct job *job, struct ticket *ticket, enum sla_target target)
{
	const struct sla_policy *policy = ticket->sla.life.policy;
	struct clock_mark *mark = &ticket->sla.marks[target];
	int64_t after = 0;

	if (!next_level(job, &ticket->sla, target, &after))
		return false;
	for (int i = 0; i < policy->escalation_count; i++)
		if (policy->escalations[i].target == target && policy->escalations[i].after_us == after)
			escalate(job, ticket, &policy->escalations[i], i + 1);
	mark->escalated = true;
	mark->escalated_us = after;
	return true;
}

bool escalation_act(struct job *job, struct ticket *ticket)
{
	bool acted = false;

	for (int target = 0; target < SLA_TARGETS; target++) {
		if (deadline_state(&ticket->sla.life.clocks[target]) != DEADLINE_RUNNING)
			continue;
		acted = breach(job, ticket, target) || acted;
		acted = warn(job, ticket, target) || acted;
		while (escalate_next(job, ticket, target))
			acted = true;
	}
	return acted;
}
