/* dead_route.h - where a dead letter's message goes when it is sent again. */
#ifndef OPS_GUICHETCTL_DEAD_ROUTE_H
#define OPS_GUICHETCTL_DEAD_ROUTE_H

#include "base/text.h"

struct dead_route {
	struct text exchange, routing_key;
};

/* From what the row says of it. NULL with *out set, or why it cannot be sent again (a literal). */
const char *dead_route_find(
        struct text exchange, struct text routing_key, struct text queue, struct text type, struct dead_route *out);

#endif
