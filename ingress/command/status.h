/* status.h - GET /commands/{id}.{rest}: what became of a command.
 *
 * The URL authenticates itself: the rest is the account's id, the beginning of the command's
 * fingerprint, the second in which it was given out, and a MAC over all of it. So it needs no token, cannot
 * be guessed, and proves that an ingress of this desk has given it out, even while the command is
 * still on its way. By the fingerprint a second request with the same Idempotency-Key and another body
 * learns its own fate. It is good for 30 days, as long as the inbox remembers.
 */
#ifndef INGRESS_COMMAND_STATUS_H
#define INGRESS_COMMAND_STATUS_H

#include "ingress/routes.h"
#include "queues/envelope.h"

/* "/api/v1/commands/{id}.{rest}" in the arena. */
struct text status_url(struct arena *arena, const struct envelope *envelope, const struct uuid *account_id);

void status_answer(struct call *call, const struct captures *captures);

#endif
