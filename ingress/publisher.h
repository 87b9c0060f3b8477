/* publisher.h - the thread that hands commands to the broker, and its verdict on each.
 *
 * Loops put submissions on a bounded ring; one thread with one connection and
 * one channel publishes them with confirms (window 256) and posts each back to
 * its loop with a verdict. It never publishes anything a second time.
 */
#ifndef INGRESS_PUBLISHER_H
#define INGRESS_PUBLISHER_H

#include "ingress/loop.h"
#include "queues/message.h"

enum publish_verdict {
	PUBLISH_ACCEPTED,     /* the broker's positive confirm */
	PUBLISH_NOT_ACCEPTED, /* never written, or returned as unroutable: certainly nothing happened */
	PUBLISH_UNKNOWN,      /* nack, loss or silence after it was written */
};

struct submission {
	struct note note; /* posted back; its run gets the verdict */
	struct loop *loop;
	struct message message; /* lives until the note has run */
	enum publish_verdict verdict;
	int64_t deadline_ms; /* for the confirm */
};

void publisher_start(void);

/* False at once when the ring is full, or the broker blocked or away: not accepted. */
bool publisher_submit(struct submission *submission);

#endif
