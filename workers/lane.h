/* lane.h - the skeleton of a worker whose commands must keep their order.
 *
 *   deliveries ─► batch: begin, lock lanes, load ─► decide ─► store, commit ─► results ─► ack
 *
 * A worker's main is a struct literal and lane_main. Each thread owns a broker
 * connection, a database connection, a Redis connection and its arenas; thread t
 * of T consumes the lanes l with l mod T = t. A single worker has one queue and
 * one thread: what it serves is rare, and ordered as a whole.
 */
#ifndef WORKERS_LANE_H
#define WORKERS_LANE_H

#include "workers/batch.h"

struct lane_worker {
	const char *name;         /* of the program: "guichet-ticket" */
	const char *about;        /* one line for --help */
	const char *queue_prefix; /* "cmd.ticket."; of a single worker the queue's whole name */
	bool single;
	const struct lane_model *model;
	bool (*handles)(enum command_id id); /* false: not this worker's, or not known to this version */
};

int lane_main(int argc, char **argv, const struct lane_worker *worker);

#endif
