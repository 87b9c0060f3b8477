/* dead_known.h - what the database has to know of catalogue and topology to send a dead letter again. */
#ifndef QUEUES_DEAD_KNOWN_H
#define QUEUES_DEAD_KNOWN_H

#include "base/arena.h"
#include "base/text.h"

/* {"commands": [types], "events": [types], "routes": ["exchange key"]}, as sql/functions/dead_route.sql takes it; in
 * the arena. */
struct text dead_known(struct arena *arena);

#endif
