/* submission.h - a command on its way from a loop to the broker: what a loop hands over and what it is told.
 *
 * Loops put submissions on a bounded ring (publish_ring.c); the publisher's thread writes them and posts each back
 * to its loop with a verdict.
 *
 * The thread can hang in a write to a broker that has stopped, so it keeps no deadline: the
 * loop does, and takes a submission back with submission_give_up(). The memory of a submission
 * is the thread's until its note has run, whatever was answered meanwhile.
 */
#ifndef INGRESS_COMMAND_SUBMISSION_H
#define INGRESS_COMMAND_SUBMISSION_H

#include "ingress/http/loop.h"
#include "queues/envelope.h"
#include "queues/message.h"

enum publish_verdict {
	PUBLISH_ACCEPTED,     /* the broker's positive confirm */
	PUBLISH_NOT_ACCEPTED, /* never written, or returned as unroutable: certainly nothing happened */
	PUBLISH_UNKNOWN,      /* nack, loss or silence after it was written */
};

/* One for each lane, and those of workers that have a single queue. */
#define PUBLISH_QUEUES (LANE_COUNT + 2)

enum submission_state {
	SUBMISSION_WAITS,   /* in the ring: nobody has written a byte of it */
	SUBMISSION_WRITTEN, /* the thread has it, and it may be on its way */
	SUBMISSION_GIVEN_UP,
	SUBMISSION_DECIDED, /* its note was posted */
};

struct submission {
	struct note note; /* posted once, when nobody but the loop holds the submission any more */
	struct loop *loop;
	struct message message; /* lives until the note has run */
	int queue;              /* where it goes: a lane, or LANE_COUNT and more */
	enum publish_verdict verdict;

	/* The publisher's own. */
	enum submission_state state; /* under the ring's lock */
	uint64_t tag;
	bool returned;
	struct submission *next, *previous; /* in the ring, later among those in flight */
};

/* False at once when the ring or the queue's share of it is full, or the broker blocked or away: not
 * accepted, and no note comes. */
bool submission_send(struct submission *submission);

/* The loop waits no longer. What is still in the ring is taken out and will never be published: NOT_ACCEPTED.
 * What was written is UNKNOWN, and what was decided in this moment has its verdict. The note comes in any case. */
enum publish_verdict submission_give_up(struct submission *submission);

#endif
