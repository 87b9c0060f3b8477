/* deadline.c - see deadline.h. */
#include "base/deadline.h"

enum deadline_state deadline_state(const struct deadline *d)
{
	if (!d->budget_us)
		return DEADLINE_NONE;
	if (d->met_us)
		return DEADLINE_MET;
	return d->since_us ? DEADLINE_RUNNING : DEADLINE_PAUSED;
}

int64_t deadline_used(const struct deadline *d, const struct calendar *calendar, int64_t now_us)
{
	return d->used_us + (d->since_us ? calendar_between(calendar, d->since_us, now_us) : 0);
}

int64_t deadline_left(const struct deadline *d, const struct calendar *calendar, int64_t now_us)
{
	return d->budget_us - deadline_used(d, calendar, now_us);
}

int64_t deadline_when(const struct deadline *d, const struct calendar *calendar, int64_t used_us)
{
	int64_t when = DEADLINE_NEVER, past = d->used_us - used_us;

	if (!d->since_us)
		return 0;
	/* Used up before this stretch began: at its beginning at the latest. */
	calendar_add(calendar, d->since_us, past > 0 ? 0 : -past, &when);
	return past > 0 ? d->since_us : when;
}

static void run_from(struct deadline *d, const struct calendar *calendar, int64_t now_us)
{
	d->since_us = now_us;
	d->due_us = deadline_when(d, calendar, d->budget_us);
}

static void settle(struct deadline *d, const struct calendar *calendar, int64_t now_us)
{
	d->used_us = deadline_used(d, calendar, now_us);
	d->since_us = 0;
}

void deadline_start(struct deadline *d, const struct calendar *calendar, int64_t budget_us, int64_t now_us)
{
	*d = (struct deadline){ .budget_us = budget_us };
	if (budget_us)
		run_from(d, calendar, now_us);
}

void deadline_pause(struct deadline *d, const struct calendar *calendar, int64_t now_us)
{
	if (deadline_state(d) != DEADLINE_RUNNING)
		return;
	settle(d, calendar, now_us);
	d->due_us = 0;
}

void deadline_resume(struct deadline *d, const struct calendar *calendar, int64_t now_us)
{
	if (deadline_state(d) == DEADLINE_PAUSED)
		run_from(d, calendar, now_us);
}

void deadline_meet(struct deadline *d, const struct calendar *calendar, int64_t now_us)
{
	enum deadline_state state = deadline_state(d);

	if (state != DEADLINE_RUNNING && state != DEADLINE_PAUSED)
		return;
	/* By when it had to be: had it gone on running, for a paused one. */
	if (state == DEADLINE_PAUSED)
		run_from(d, calendar, now_us);
	settle(d, calendar, now_us);
	d->met_us = now_us;
}

void deadline_reopen(struct deadline *d, const struct calendar *calendar, int64_t now_us)
{
	if (deadline_state(d) != DEADLINE_MET)
		return;
	d->met_us = 0;
	run_from(d, calendar, now_us);
}

void deadline_change(struct deadline *d, const struct calendar *before, const struct calendar *calendar,
        int64_t budget_us, int64_t now_us)
{
	enum deadline_state state = deadline_state(d);

	if (!budget_us) {
		*d = (struct deadline){ 0 };
	} else if (state == DEADLINE_NONE) {
		deadline_start(d, calendar, budget_us, now_us);
	} else {
		if (state == DEADLINE_RUNNING)
			settle(d, before, now_us);
		d->budget_us = budget_us;
		if (state == DEADLINE_RUNNING)
			run_from(d, calendar, now_us);
	}
}

bool deadline_is_missed(const struct deadline *d, int64_t now_us)
{
	switch (deadline_state(d)) {
	case DEADLINE_RUNNING:
		return d->due_us < now_us;
	case DEADLINE_MET:
		return d->due_us < d->met_us;
	case DEADLINE_PAUSED:
		return d->used_us > d->budget_us;
	default:
		return false;
	}
}
