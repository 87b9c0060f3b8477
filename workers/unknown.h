/* unknown.h - a message of a type or version that this program does not know.
 *
 * The upgrade that is under way may know it: such a message waits, in a lane aside (lane.c) and elsewhere in place, for
 * UNKNOWN_TYPE_WAIT from when this process first met one of its kind. Another one of the kind waits for what is left of
 * that, so that a hundred of them cost the queue one wait. /ready, a metric, the log and operators' screens say so
 * meanwhile.
 */
#ifndef WORKERS_UNKNOWN_H
#define WORKERS_UNKNOWN_H

#include "base/settings.h"
#include "queues/message.h"

extern struct setting unknown_settings[];

/* Until when, on the monotonic clock, a message of this kind waits. */
int64_t unknown_until_ms(const struct message *message);
/* What waits aside in this thread now, in place of what was shown of it before. */
void unknown_show(const struct message *const *messages, int count);
/* wait: ms */
void unknown_log(const struct message *message, int64_t wait);

/* pump is called every 100 ms. False: the process stops, the message is for another. */
bool unknown_wait(const struct message *message, void (*pump)(void *), void *arg);

#endif
