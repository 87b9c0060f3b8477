/* calendar_update.c - "calendar.update": other hours, holidays, another zone or name. Open tickets are computed anew.
 * Emits calendar.updated with what has changed; nothing when that is nothing.
 */
#include "workers/desk/calendar.h"

enum outcome calendar_update(struct job *job, const struct calendar_update *cmd)
{
	struct desk_calendar *calendar = job_calendar(job, cmd->calendar_id);
	struct desk_calendar before = *calendar;
	enum outcome outcome = calendar_put(
	        job, calendar, &(struct calendar_given){ cmd->name, cmd->timezone, cmd->weekly, cmd->holidays });
	struct text_list changed;

	if (outcome != JOB_DONE)
		return outcome;
	changed = body_changes(before.body, calendar->body, job_arena(job));
	if (!text_equal(before.name, calendar->name))
		changed_also(&changed, "name");
	if (changed.count)
		EMIT(job, calendar_updated, .name = calendar->name, .changed = changed);
	return JOB_DONE;
}
