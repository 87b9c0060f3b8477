/* inflow.h - a broker connection that is kept up, and the messages that came by it.
 *
 *   n = inflow_take(flow, 200, &messages);   what is there, or the first to come
 *   ... apply them ...
 *   inflow_ack(flow);                        all that was taken
 *
 * Messages stay readable until the next take, also when the connection was lost
 * meanwhile; then the ack does nothing and the broker gives them out again. While
 * a worker is busy or waits, inflow_pump() must be called every few seconds: it
 * serves heartbeats and keeps what arrives, some megabytes at most.
 */
#ifndef WORKERS_INFLOW_H
#define WORKERS_INFLOW_H

#include <stdbool.h>
#include "queues/message.h"

struct inflow;

/* queues: lives as long as the inflow. Does not connect yet. */
struct inflow *inflow_new(const char *const *queues, int queue_count, int prefetch);
void inflow_free(struct inflow **flow);

/* Connects when there is no connection (jittered backoff inside, never longer
 * than wait_ms). Waits up to wait_ms for a first message, then takes what has
 * arrived: at most BATCH_JOBS messages and BATCH_BYTES of bodies. Returns how many. */
int inflow_take(struct inflow *flow, int wait_ms, const struct message **out);

/* Acknowledges everything that was taken. False: the connection is lost, and the messages will be delivered again. */
bool inflow_ack(struct inflow *flow);
/* The same, but only the first count messages of the last take. */
bool inflow_ack_some(struct inflow *flow, int count);

void inflow_pump(struct inflow *flow);

/* Gives everything unacknowledged back to the broker, in order, by closing. */
void inflow_leave(struct inflow *flow);

#endif
