/* deadline.h - a clock with a budget of working time: it runs, is paused, goes on with what is left, and is met.
 *
 * Pure: what it says follows from its members, a calendar and an instant. While it runs, due_us is when the budget will
 * be used up; whatever happens to it begins with settling what was used until then under the calendar that counted, so
 * that the stretches of a clock add up to its budget exactly, through any number of calendars. Times and amounts are
 * microseconds; 0 is no time.
 */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include "base/calendar.h"

struct deadline {
	int64_t budget_us; /* 0: there is no such clock */
	int64_t used_us;   /* until since_us, or in all while it does not run */
	int64_t since_us;  /* it runs since then; 0: it does not */
	int64_t due_us; /* while it runs, and once it was met: 0 while paused, DEADLINE_NEVER when no calendar day comes
	                 */
	int64_t met_us;
};

#define DEADLINE_NEVER INT64_MAX

enum deadline_state { DEADLINE_NONE, DEADLINE_RUNNING, DEADLINE_PAUSED, DEADLINE_MET };

enum deadline_state deadline_state(const struct deadline *d);

/* Starts anew, with nothing used. A budget of 0 leaves no clock. */
void deadline_start(struct deadline *d, const struct calendar *calendar, int64_t budget_us, int64_t now_us);

/* Each does nothing unless the clock is as it must be: running; paused; running or paused; met. */
void deadline_pause(struct deadline *d, const struct calendar *calendar, int64_t now_us);
void deadline_resume(struct deadline *d, const struct calendar *calendar, int64_t now_us);
void deadline_meet(struct deadline *d, const struct calendar *calendar, int64_t now_us);
/* What was met is to be met again, with what was left then: running from now on. */
void deadline_reopen(struct deadline *d, const struct calendar *calendar, int64_t now_us);

/* From now on another budget, another calendar, or both; what was used stays used. Of a met one only the deadline by
 * which it is judged stays as it was. With a budget of 0 there is no clock any more; where there was none one starts.
 */
void deadline_change(struct deadline *d, const struct calendar *before, const struct calendar *calendar,
        int64_t budget_us, int64_t now_us);

/* Working time used until now, and what is left; less than 0: over the budget by so much. */
int64_t deadline_used(const struct deadline *d, const struct calendar *calendar, int64_t now_us);
int64_t deadline_left(const struct deadline *d, const struct calendar *calendar, int64_t now_us);

/* Missed, or met too late. A paused clock is as it was when it was paused. */
bool deadline_is_missed(const struct deadline *d, int64_t now_us);

/* When so much of the budget will have been used, if it goes on running: a warning, or (more than the budget) an
 * escalation after the deadline. 0: it does not run; DEADLINE_NEVER: no such day comes. May be in the past. */
int64_t deadline_when(const struct deadline *d, const struct calendar *calendar, int64_t used_us);

#endif
