/* flight.h - commands that were sent and may not have been applied yet: how many there are decides whether more are
 * sent.
 *
 * A lane works in order, so whatever waits in its queue is in front of the next person's command. What is not applied
 * within two seconds is forgotten here: a lane that stands still must not hold up the others for longer.
 */
#ifndef WORKERS_TIMER_FLIGHT_H
#define WORKERS_TIMER_FLIGHT_H

#include "base/uuid.h"

#define FLIGHT_MOST 512
#define FLIGHT_FORGET_MS 2000

struct flight {
	struct uuid ids[FLIGHT_MOST];
	int64_t sent_ms[FLIGHT_MOST];
	int count;
};

/* The oldest is forgotten when there is no place. */
void flight_add(struct flight *f, struct uuid id, int64_t now_ms);
/* It has been applied. */
void flight_land(struct flight *f, const struct uuid *id);
/* Those that were sent too long ago. */
void flight_forget(struct flight *f, int64_t now_ms);
/* Is there place for so many more? */
bool flight_has_room(const struct flight *f, int count);

#endif
