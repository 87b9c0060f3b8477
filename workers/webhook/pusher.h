/* pusher.h - notifications of channel push, sent to the browsers of their recipients (RFC 8030, RFC 8291). */
#ifndef WORKERS_WEBHOOK_PUSHER_H
#define WORKERS_WEBHOOK_PUSHER_H

#include "workers/webhook/webhook.h"

#define PUSHED_MOST 128 /* on their way at a time */

extern const char *push_contact; /* PUSH_CONTACT */

/* Where a delivery that is a push goes. */
struct push {
	struct uuid account_id;
	struct text p256dh, auth;
	int64_t priority, ttl_s;
	struct uuid about; /* a later one about the same takes the place of an earlier that waits at the service */
};

struct pusher {
	struct delivery *ended[PUSHED_MOST];
	int ended_count, count; /* not recorded yet; on their way, these too */
	int64_t look_after_ms;
};

/* Encrypts, and writes the headers. False: that cannot be done for this browser. */
bool push_write(struct delivery *d);
/* Records what has ended, makes rows of new notifications, and claims what is due, when it is time for it. False: the
 * database failed. */
bool pusher_turn(struct pusher *pusher, struct ticker *t, struct courier *courier, int number);

#endif
