/* unknown.h - a message of a type or version that this program does not know.
 *
 * The upgrade that is under way may know it: such a message waits in place, for UNKNOWN_TYPE_WAIT from when this
 * process first met one of its kind. Another one of the kind waits for what is left of that, so that a
 * hundred of them cost the queue one wait. /ready, a metric, the log and operators' screens say so meanwhile.
 */
#ifndef WORKERS_UNKNOWN_H
#define WORKERS_UNKNOWN_H

#include "base/settings.h"
#include "queues/message.h"

extern struct setting unknown_settings[];

/* pump is called every 100 ms. False: the process stops, the message is for another. */
bool unknown_wait(const struct message *message, void (*pump)(void *), void *arg);

#endif
