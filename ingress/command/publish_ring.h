/* publish_ring.h - between the loops and the publisher's thread; the thread's side of it.
 *
 *   WAITS --ring_take--> WRITTEN --ring_decide--> DECIDED
 *     | submission_give_up  | submission_give_up
 *     v                     v
 *   DECIDED              GIVEN_UP --ring_decide--> (the note, and nothing else)
 *
 * A line for each queue, so that one that does not confirm holds up no other: the ring holds 4,096
 * submissions and 16 MiB, a line at most a quarter of both. All states change under one lock, which is never
 * held while anything is written.
 */
#ifndef INGRESS_COMMAND_PUBLISH_RING_H
#define INGRESS_COMMAND_PUBLISH_RING_H

#include "ingress/command/submission.h"

/* Bit q: of queue q. */
typedef uint32_t queue_set;
#define EVERY_QUEUE (((queue_set)1 << PUBLISH_QUEUES) - 1)

void ring_init(void);
/* Connected, and not blocked. What waits when it is closed stays, to be taken. */
void ring_open(bool open);

/* The next one, of one of these queues; the queues take turns. NULL: there is none. */
struct submission *ring_take(queue_set queues);
bool ring_holds_several(void);

/* Readable once somebody has put something into one of the queues of the last ring_sleep(). */
int ring_wake_fd(void);
/* False when there is something to be taken already. */
bool ring_sleep(queue_set queues);

/* Posts the note, with the verdict unless it was given up. */
void ring_decide(struct submission *submission, enum publish_verdict verdict);
bool ring_is_given_up(struct submission *submission);
/* Are there any that were given up and not decided since? */
bool ring_any_given_up(void);
/* For the probe: is there a queue that has not confirmed what was given up? */
void ring_tell_silence(bool silent);

#endif
