/* broker_private.h - what broker.c and broker_read.c share: the only two files that know librabbitmq. */
#ifndef QUEUES_BROKER_PRIVATE_H
#define QUEUES_BROKER_PRIVATE_H

#include <amqp.h>
#include <amqp_framing.h>
#include "queues/broker.h"
#include "queues/watchdog.h"

#define CHANNEL 1

struct broker {
	amqp_connection_state_t connection;
	struct watchdog dog;
	uint64_t published;
	bool lost;
};

/* From here to watchdog_done() a call may hang; then its socket is shut down. */
static inline void broker_watch(struct broker *b)
{
	watchdog_expect(&b->dog, BROKER_STALL_S * 1000);
}

/* False after having logged why not. */
bool broker_reply_is_fine(amqp_rpc_reply_t reply, const char *what);

#endif
