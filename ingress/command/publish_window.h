/* publish_window.h - what was written to the broker and is not answered, and the verdict on each.
 *
 * Certainty is the point: what was written is NOT_ACCEPTED only when the broker returned it; in doubt it is UNKNOWN.
 *
 * What its loop gave up makes room, and a confirm that comes later finds nothing. A queue takes a quarter of the
 * window at most; one that has left something unconfirmed until it was given up gets one message at a time, until
 * it confirms.
 */
#ifndef INGRESS_COMMAND_PUBLISH_WINDOW_H
#define INGRESS_COMMAND_PUBLISH_WINDOW_H

#include "ingress/command/publish_ring.h"

#define WINDOW_MOST 256
#define WINDOW_QUEUE_MOST (WINDOW_MOST / 4)

/* All zero: empty. */
struct window {
	struct submission *oldest, *newest; /* in the order of their tags */
	int count;
	struct {
		int count;
		uint64_t silent_tag; /* given up before the queue had confirmed it; 0: none */
	} queues[PUBLISH_QUEUES];
};

/* The queues that may be given one more. */
queue_set window_room(const struct window *window);
/* Written under submission->tag, which is higher than those before. */
void window_enter(struct window *window, struct submission *submission);

/* The broker's answer to this tag, or to all up to it. */
void window_confirm(struct window *window, uint64_t tag, bool multiple, bool positive);
/* The broker could not route the oldest message of this id; its confirm follows. */
void window_return(struct window *window, struct text message_id);
/* Lets go of what its loop has given up. */
void window_let_go(struct window *window);
/* The connection is gone: nobody will answer. */
void window_lose(struct window *window);

/* Is there a queue that has not confirmed what was given up? */
bool window_any_silent(const struct window *window);

#endif
