/* waiters.h - calls that wait for the outcome of their command.
 *
 * A waiter is registered before the command is published, with a deadline. Its outcome comes by
 * Redis, addressed by reply_to and correlation id. From waiter_wait() on the inbox row is asked, too: while
 * outcomes do not come by Redis or may have got lost there (20, 40, 80 ... ms), and once more at the end.
 * That last look has 200 ms: whatever the database does, the wait ends then. When the process stops all waits end
 * within 5 s, so that who waits longer still gets an answer.
 */
#ifndef INGRESS_COMMAND_WAITERS_H
#define INGRESS_COMMAND_WAITERS_H

#include "ingress/http/loop.h"
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
	/* told is NULL when the wait ended without an outcome. Called once; the waiter is off the list then. */
	void (*done)(struct waiter *waiter, const struct outcome_told *told);

	/* The list's own. */
	int64_t deadline_ms, poll_at_ms;
	int poll_every_ms;
	bool listed, asks; /* asks: the inbox, too */
	bool polling, last;
	unsigned serial;   /* an answer for another waiter that stood at this address is not for this one */
	unsigned silences; /* of Redis, when the wait began */
	struct waiter *next, *previous;
};

struct waiters *waiters_new(struct loop *loop);
/* Those of the loop: made once, on its thread, and found again. */
struct waiters *waiters_open(struct loop *loop);
struct waiters *waiters_of(const struct loop *loop);
int waiters_count(const struct waiters *waiters);
/* Every loop turn: polls and deadlines. */
void waiters_tick(struct waiters *waiters);

void waiter_add(struct waiters *waiters, struct waiter *waiter, int64_t deadline_ms);
/* The command was accepted: from now on its inbox row is worth asking. */
void waiter_wait(struct waiter *waiter, int64_t deadline_ms);
void waiter_remove(struct waiters *waiters, struct waiter *waiter);

/* Do outcomes come by Redis? While they do not, waiters ask the inbox. Any thread. */
void waiters_hear(bool outcomes_come);

/* An outcome that came by Redis: ends every wait for that command, of that request, with that body. */
void waiters_tell(struct waiters *waiters, const struct uuid *command_id, struct text correlation_id,
        const uint8_t fp[FINGERPRINT_BYTES], const struct outcome_told *told);

#endif
