/* depends.h - may this message overtake that one? Only if it is about nothing that the other one is about. */
#ifndef WORKERS_DEPENDS_H
#define WORKERS_DEPENDS_H

#include <stdbool.h>
#include "queues/message.h"

/* True when both are of the same queue and share an id in what they say, or the earlier one says of more things than
 * are looked at. by_actor: also when the same one has sent both, for queues whose commands are about who sends them.
 * Pure. */
bool depends_on(const struct message *later, const struct message *earlier, bool by_actor);

#endif
