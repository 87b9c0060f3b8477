/* calendar_create.c - "calendar.create": one more working calendar. Without hours it is always open, in UTC unless a
 * zone is named. Refuses a name that is taken. Emits calendar.created.
 */
#include "workers/desk/calendar.h"

enum outcome calendar_create(struct job *job, const struct calendar_create *cmd)
{
	struct calendar_given given = { cmd->name, cmd->timezone, cmd->weekly, cmd->holidays };
	enum outcome outcome = refuse_one_more(job);
	struct desk_calendar *calendar;

	if (outcome != JOB_DONE)
		return outcome;
	if (!given.timezone.data)
		given.timezone = TEXT("UTC");
	if (!given.holidays.data)
		given.holidays = TEXT("[]");
	calendar = subject_new(job->set, &cmd->calendar_id);
	outcome = calendar_put(job, calendar, &given);
	if (outcome == JOB_DONE)
		EMIT(job, calendar_created, .name = calendar->name);
	return outcome;
}
