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

/* Puts one of the last take aside, which others may overtake: it stays unacknowledged, and those behind it move up.
 * False: there is no room for it, or the connection is lost. All of them are gone when the connection is: they come
 * again. */
bool inflow_set_aside(struct inflow *flow, int place);
/* Those that are aside, in the order in which they came; readable until the next take or set_aside. */
int inflow_aside(const struct inflow *flow, const struct message **out);
/* The first count of those become the take: what is asked of a take is asked of them. Returns how many there was room
 * for. */
int inflow_take_aside(struct inflow *flow, int count, const struct message **out);
/* Does the take belong to the connection of now? If not, all of it comes again. */
bool inflow_stands(const struct inflow *flow);
/* All of the take from that place on is to be taken again. */
void inflow_put_back(struct inflow *flow, int place);

void inflow_pump(struct inflow *flow);

/* Gives everything unacknowledged back to the broker, in order, by closing. */
void inflow_leave(struct inflow *flow);

#endif
