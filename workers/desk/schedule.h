/* schedule.h - what commands say about a schedule. */
#ifndef WORKERS_DESK_SCHEDULE_H
#define WORKERS_DESK_SCHEDULE_H

#include "workers/desk/desk.h"

/* What is absent stays as it is. */
struct schedule_given {
	struct text name, rule, timezone, starts_at;
	struct uuid owner_id;
	struct text title, description;
	enum ticket_priority priority;
	struct text category;
};
#define SCHEDULE_GIVEN(cmd)                                                                                            \
	{                                                                                                              \
		(cmd)->name, (cmd)->rule, (cmd)->timezone, (cmd)->starts_at, (cmd)->owner_id, (cmd)->title,            \
		        (cmd)->description, (cmd)->priority, (cmd)->category                                           \
	}

/* Takes it over, or refuses the field that is wrong; also when no time would ever come. */
enum outcome schedule_put(struct job *job, struct desk_schedule *schedule, const struct schedule_given *given);

#endif
