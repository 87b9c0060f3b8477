/* message.h - what travels, in the broker's terms, free of any client library.
 *
 * broker.c translates AMQP 0-9-1 properties to and from this struct, once;
 * envelope.c gives it its meaning. All texts borrow.
 */
#ifndef QUEUES_MESSAGE_H
#define QUEUES_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"

#define CONTENT_TYPE "application/vnd.guichet.v1+json" /* the version of the protocol */

struct message {
	struct text exchange, routing_key;
	/* properties */
	struct text message_id, type, correlation_id, reply_to, app_id, content_type;
	uint64_t timestamp; /* seconds since 1970 */
	/* headers */
	struct text traceparent, actor, fp, handling, origin;
	int64_t accepted_at; /* microseconds since 1970, stamped once by ingress */
	int64_t replays;     /* how often its dead letter had been sent again when this was sent; 0: never */
	struct text body;

	/* of a delivery only */
	struct text queue;
	uint64_t tag;
	bool redelivered;
	int64_t delivery_count;                /* how often the broker has given it out before */
	struct text death_queue, death_reason; /* first entry of x-death */
};

#endif
