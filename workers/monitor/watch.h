/* watch.h - one queue over time: how old its head is, how fast it moves, since when it stands still.
 *
 * The broker knows how many messages a queue has and how many ever came, not since when they wait. A queue is first in,
 * first out: what is at its head came when so many had come as have left. Pure: who calls says what time it is.
 */
#ifndef WORKERS_MONITOR_WATCH_H
#define WORKERS_MONITOR_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#define WATCH_POINTS 256 /* a long past is known as exactly as its age deserves */
#define WATCH_RATES 6    /* rates are those of the last so many looks */

struct queue_seen {
	bool exists;
	int64_t ready, unacked, consumers;
	int64_t published, acked; /* ever; -1: not known. They begin anew with the broker. */
};

struct watch_point {
	int64_t at_ms, in, out;
};

struct queue_watch {
	const char *name;
	struct queue_seen seen; /* the last time */
	int64_t in, out;        /* ever, whatever the broker has forgotten */
	struct watch_point points[WATCH_POINTS];
	int count;
	struct watch_point recent[WATCH_RATES];
	int recent_count;
	int64_t moved_ms; /* when it last moved, or was empty */
	int64_t gone_ms;  /* since when it is not there; 0: it is */
};

/* now_ms: monotonic, greater than 0. */
void watch_see(struct queue_watch *watch, int64_t now_ms, const struct queue_seen *seen);

/* Nothing can move: the broker or the database is away, or an operator lets the queue rest. The time counts for no
 * standing still. */
void watch_miss(struct queue_watch *watch, int64_t now_ms);

/* Seconds, 0 when nothing waits; of a past that was not watched the part that was. */
int64_t watch_oldest_s(const struct queue_watch *watch, int64_t now_ms);
int64_t watch_stalled_s(const struct queue_watch *watch, int64_t now_ms);
int64_t watch_gone_s(const struct queue_watch *watch, int64_t now_ms);

/* Messages a second. */
double watch_in(const struct queue_watch *watch);
double watch_out(const struct queue_watch *watch);
/* In how many seconds it is empty if it goes on like this; -1: never. */
int64_t watch_forecast_s(const struct queue_watch *watch);

#endif
