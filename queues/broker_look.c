/* broker_look.c - what a queue itself says of its messages and consumers (queue.declare, passive).
 *
 * The management plugin tells what it gathered some seconds ago; the queue is asked now.
 */
#include "queues/broker_private.h"

bool broker_look(struct broker *b, const char *queue, int64_t *out_ready, int64_t *out_consumers)
{
	const amqp_queue_declare_ok_t *ok;

	if (b->lost)
		return false;
	broker_watch(b);
	ok = amqp_queue_declare(b->connection, CHANNEL, amqp_cstring_bytes(queue), 1, 0, 0, 0, amqp_empty_table);
	watchdog_done(&b->dog);
	if (!ok) {
		b->lost = true; /* a queue that is missing closes the channel */
		return false;
	}
	*out_ready = ok->message_count;
	*out_consumers = ok->consumer_count;
	return true;
}
