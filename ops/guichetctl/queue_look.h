/* queue_look.h - how the queues are now: what the management API counts, beside what our own rows say of age, rest and
 * death.
 *
 * Rates and the forecast want two looks some seconds apart: the API's counters are up to 5 s old, so the oldest of the
 * last looks is compared with the newest (queue_looks_add).
 */
#ifndef OPS_GUICHETCTL_QUEUE_LOOK_H
#define OPS_GUICHETCTL_QUEUE_LOOK_H

#include "ops/guichetctl/ctl.h"

#define QUEUES_MAX 64
#define LOOKS_MAX 6 /* kept for rates */

struct queue_state {
	char name[64];
	int64_t ready, unacked, consumers;
	int64_t in, out; /* messages, since the broker counts */
	int64_t due;     /* rows whose message only wakes; -1: it is no such queue */
	double age_s;    /* of the oldest that does not wait to be tried again; -1: not known, or nothing there */
	int64_t dead;
	bool paused, is_there;
	double in_s, out_s; /* -1: not known yet */
	double empty_s;     /* until it is empty at this rate; -1: not known; INFINITY: it grows or stands */
};

struct queue_look {
	int64_t at_ms;
	int count;
	struct queue_state queues[QUEUES_MAX];
	int64_t dead;     /* all of them */
	char silent[256]; /* programs that were not heard of for ten seconds, blanks between */
};

struct queue_looks {
	int count;
	struct queue_look kept[LOOKS_MAX]; /* the oldest first */
};

struct db;
struct management;

/* Asks both; NULL, or a sentence about what cannot be asked, in the arena. */
const char *queue_look(struct arena *arena, struct db *db, struct management *api, struct queue_look *out);

/* Keeps the look, and writes into it what has changed since the oldest that is kept. Pure. */
void queue_looks_add(struct queue_looks *looks, struct queue_look *look);

/* The last look, or NULL. */
const struct queue_look *queue_looks_last(const struct queue_looks *looks);

enum queue_order { QUEUES_BY_NAME, QUEUES_BY_AGE, QUEUES_BY_DEPTH };
void queue_look_sort(struct queue_look *look, enum queue_order order);

#define QUEUE_HEAD "queue               depth unackd     age   in/s  out/s   empty  by  note"
/* A line of 80 columns at most. */
void queue_line(const struct queue_state *queue, char *line, size_t bytes);

#endif
