/* timer.h - what the timer worker knows: when it is worth looking, and what of it is on its way. */
#ifndef WORKERS_TIMER_TIMER_H
#define WORKERS_TIMER_TIMER_H

#include "workers/ticker.h"
#include "workers/timer/flight.h"
#include "workers/rows.h"

#define TIMER_SLICE 64 /* the most rows that are fired at once */

/* The ticker's own. */
struct timer {
	struct cache *voice;   /* for the relay: the trunk's listens */
	struct flight flight;  /* commands that may not have been applied yet */
	int64_t looked_ms;     /* the last time; monotonic, as all here */
	int64_t look_after_ms; /* nothing is worth looking before, but for a poke */
	bool hears;            /* whether pokes arrive */
};

/* --- main.c hands these to the ticker --------------------------------------------- */
bool timer_open(struct ticker *t);
void timer_close(struct ticker *t);
bool timer_hold(struct ticker *t);
bool timer_work(struct ticker *t);
void timer_rest(struct ticker *t);

void timer_poke_relay(struct timer *own);

/* --- fire.c, recompute.c: each does one slice in one transaction. How many rows or tickets it was about, -1 when the
 * database failed. */
int timer_fire(struct ticker *t);
int timer_recompute(struct ticker *t);

/* A row of timers that is due. */
struct due {
	struct text kind;
	struct uuid subject;
	int64_t due_us, version, now_us;
};

/* The id of what a due row asks for: the same row asks for the same thing, as after a restore. */
struct uuid due_id(const struct due *due);

bool due_is_schedule(const struct due *due);

/* --- schedule.c: what those of kind `schedule` ask for, and when they come next. Sends statements of the transaction
 * that is open; false when the database failed. */
bool schedules_fire(struct ticker *t, const struct due *dues, int count, struct rows *outbox);

#endif
