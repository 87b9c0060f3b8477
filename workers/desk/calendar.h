/* calendar.h - what commands say about a working calendar. */
#ifndef WORKERS_DESK_CALENDAR_H
#define WORKERS_DESK_CALENDAR_H

#include "queues/calendar_read.h"
#include "workers/desk/desk.h"

/* What is absent stays as it is. */
struct calendar_given {
	struct text name, timezone, weekly, holidays;
};

/* Takes it over, or refuses with a pointer to what is wrong. */
enum outcome calendar_put(struct job *job, struct desk_calendar *calendar, const struct calendar_given *given);

#endif
