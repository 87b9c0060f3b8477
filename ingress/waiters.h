/* waiters.h - calls that wait for the outcome of their command.
 *
 * A waiter is registered before the command is published. Its outcome comes by
 * Redis, addressed by reply_to and correlation id; while Redis is away, and once
 * more at the end of the wait, the inbox row is asked (20, 40, 80 ... ms).
 */
#ifndef INGRESS_WAITERS_H
#define INGRESS_WAITERS_H

#include "ingress/loop.h"
#include "queues/envelope.h"

struct waiters;

struct outcome_told {
	int status;
	struct text code, detail, pointer, ignored; /* live during the call back only; ignored is JSON */
	struct uuid subject_id;
	int64_t version;
};

struct waiter {
	struct uuid command_id;
	uint8_t fp[FINGERPRINT_BYTES];
	struct text correlation_id;
	int64_t deadline_ms, poll_at_ms; /* set when the wait begins; before, it only listens */
	int poll_every_ms;
	bool polling, listed;
	/* told is NULL when the wait ended without an outcome. Called once; the waiter is off the list then. */
	void (*done)(struct waiter *waiter, const struct outcome_told *told);
	struct waiter *next, *previous;
};

struct waiters *waiters_new(struct loop *loop);
int waiters_count(const struct waiters *waiters);
/* Every loop turn: polls and deadlines. */
void waiters_tick(struct waiters *waiters);

void waiter_add(struct waiters *waiters, struct waiter *waiter);
/* From now on it may end by time. */
void waiter_wait(struct waiter *waiter, int ms);
void waiter_remove(struct waiters *waiters, struct waiter *waiter);

/* Do outcomes come by Redis? While they do not, waiters ask the inbox. Any thread. */
void waiters_hear(bool outcomes_come);

/* An outcome that came by Redis: ends every wait of that command and request. */
void waiters_tell(struct waiters *waiters, const struct uuid *command_id, struct text correlation_id,
        const struct outcome_told *told);

#endif
