/* lane.h - the skeleton of a worker whose commands must keep their order.
 *
 *   deliveries ─► batch: begin, lock lanes, load ─► decide ─► store, commit ─► results ─► ack
 *
 * What its commands are about is a row for each kind of subject (subject.h).
 *
 * A worker's main is a struct literal and lane_main. Each thread owns a broker
 * connection, a database connection, a Redis connection and its arenas; thread t
 * of T consumes the lanes l with l mod T = t. A single worker has one queue and
 * one thread: what it serves is rare, and ordered as a whole.
 */
#ifndef WORKERS_LANE_H
#define WORKERS_LANE_H

#include "workers/batch.h"
#include "workers/subject.h"

#define LANE_KINDS 8 /* a worker's, at most */

struct lane_worker {
	const char *name;         /* of the program */
	const char *about;        /* one line for --help */
	const char *queue_prefix; /* the lane's digit follows; of a single worker the queue's whole name */
	bool single;
	const struct subject_kind *const *kinds; /* NULL-terminated */
	struct setting *settings;                /* of its own; may be NULL */
};

int lane_main(int argc, char **argv, const struct lane_worker *worker);

#endif
