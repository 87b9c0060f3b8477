/* seen.h - what guichet-monitor saw last, as it says it at Redis every two seconds: heard by one thread, shown by
 * loops.
 *
 * It says nothing of the database, so that it is heard while that is away.
 */
#ifndef INGRESS_HTTP_SEEN_H
#define INGRESS_HTTP_SEEN_H

#include <stdint.h>
#include "base/text.h"

#define SEEN_CHANNEL "guichet.monitor"

/* Any thread: the monitor's word, a JSON object in one line. What is no such is passed over. */
void seen_hear(struct text said);

/* How many were heard. Any thread. */
uint64_t seen_number(void);

/* Appends what was heard last to the buffer when it is newer than *number, which it sets. False: it is not. Any thread.
 */
bool seen_newer(uint64_t *number, struct buffer *out);

#endif
