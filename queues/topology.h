/* topology.h - what the broker is meant to look like, for those who must know without asking it. */
#ifndef QUEUES_TOPOLOGY_H
#define QUEUES_TOPOLOGY_H

#include <stdbool.h>
#include "base/text.h"

/* Is it an exchange of topology.def? */
bool topology_has_exchange(struct text exchange);

/* Does what is published there reach a queue, by topology.def? An exchange with an alternate takes everything. */
bool topology_routes(struct text exchange, struct text routing_key);

/* The names of all queues, one after the other from 0; NULL behind the last. */
const char *topology_queue(int place);

#endif
