/* vapid.h - how Guichet names itself to push services (RFC 8292).
 *
 * The key is derived from WEBHOOK_KEY, like the secrets of webhooks: another WEBHOOK_KEY ends every subscription.
 */
#ifndef QUEUES_VAPID_H
#define QUEUES_VAPID_H

#include "base/arena.h"
#include "base/text.h"

/* What a browser subscribes with: the public key, base64url. */
struct text vapid_public_key(struct arena *arena);

/* The value of Authorization for a push service: origin is its scheme, host and port; contact a mailto: or https: URI,
 * or empty. Good for 12 hours. */
struct text vapid_authorization(struct arena *arena, struct text origin, struct text contact, int64_t now_s);

#endif
