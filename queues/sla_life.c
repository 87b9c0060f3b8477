/* sla_life.c - see sla_life.h. */
#include "queues/sla_life.h"

static bool is_worked_on(enum ticket_status status)
{
	return status == TICKET_OPEN || status == TICKET_IN_PROGRESS;
}

static bool is_done(enum ticket_status status)
{
	return status == TICKET_RESOLVED || status == TICKET_CLOSED;
}

static int64_t budget_of(const struct sla_life *life, enum sla_target target)
{
	return life->policy->budget_us[life->priority][target];
}

/* A clock that begins while nobody has to work stands still until somebody has to. */
static void start(struct sla_life *life, enum sla_target target, int64_t now)
{
	struct deadline *clock = &life->clocks[target];

	deadline_start(clock, life->policy->calendar, budget_of(life, target), now);
	if (!is_worked_on(life->status))
		deadline_pause(clock, life->policy->calendar, now);
}

void sla_life_begin(struct sla_life *life, const struct sla_policy *policy, enum ticket_priority priority,
        enum ticket_status status, int64_t now_us)
{
	*life = (struct sla_life){ .policy = policy, .priority = priority, .status = status };
	start(life, SLA_FIRST_RESPONSE, now_us);
	if (!is_done(status))
		start(life, SLA_RESOLUTION, now_us);
}

void sla_life_reply(struct sla_life *life, int64_t now_us)
{
	life->has_response = true;
	life->is_asked = false;
	deadline_meet(&life->clocks[SLA_FIRST_RESPONSE], life->policy->calendar, now_us);
	deadline_meet(&life->clocks[SLA_NEXT_RESPONSE], life->policy->calendar, now_us);
}

/* The first response is the answer to all that was said before it. */
void sla_life_ask(struct sla_life *life, int64_t now_us)
{
	if (!life->has_response || life->is_asked)
		return;
	life->is_asked = true;
	start(life, SLA_NEXT_RESPONSE, now_us);
}

static void finish(struct sla_life *life, int64_t now)
{
	const struct calendar *calendar = life->policy->calendar;

	life->is_asked = false;
	deadline_pause(&life->clocks[SLA_FIRST_RESPONSE], calendar, now);
	deadline_meet(&life->clocks[SLA_NEXT_RESPONSE], calendar, now);
	deadline_meet(&life->clocks[SLA_RESOLUTION], calendar, now);
}

static void open_again(struct sla_life *life, int64_t now)
{
	struct deadline *resolution = &life->clocks[SLA_RESOLUTION];

	if (deadline_state(resolution) == DEADLINE_NONE)
		start(life, SLA_RESOLUTION, now);
	else
		deadline_reopen(resolution, life->policy->calendar, now);
}

void sla_life_move(struct sla_life *life, enum ticket_status status, int64_t now_us)
{
	bool was_done = is_done(life->status);

	life->status = status;
	if (is_done(status) && !was_done)
		finish(life, now_us);
	if (!is_done(status) && was_done)
		open_again(life, now_us);
	for (int i = 0; i < SLA_TARGETS; i++)
		(is_worked_on(status) ? deadline_resume : deadline_pause)(
		        &life->clocks[i], life->policy->calendar, now_us);
}

/* Whether a target that had no clock until now has one from now on. */
static bool is_open(const struct sla_life *life, enum sla_target target)
{
	if (target == SLA_FIRST_RESPONSE)
		return !life->has_response;
	return target == SLA_NEXT_RESPONSE ? life->is_asked : !is_done(life->status);
}

void sla_life_govern(
        struct sla_life *life, const struct sla_policy *policy, enum ticket_priority priority, int64_t now_us)
{
	const struct calendar *before = life->policy->calendar;

	life->policy = policy;
	life->priority = priority;
	for (int i = 0; i < SLA_TARGETS; i++) {
		struct deadline *clock = &life->clocks[i];

		if (deadline_state(clock) != DEADLINE_NONE)
			deadline_change(clock, before, policy->calendar, budget_of(life, i), now_us);
		else if (is_open(life, i))
			start(life, i, now_us);
	}
}
