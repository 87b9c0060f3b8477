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

#include "base/arena.h"
#include "queues/envelope.h"

#define STATUS_FP_BYTES 8
#define STATUS_TIME_BYTES 4
#define STATUS_MAC_BYTES 16
#define STATUS_SEAL_BYTES (16 + STATUS_FP_BYTES + STATUS_TIME_BYTES + STATUS_MAC_BYTES)

/* What a name says besides the command's id, and in that order. */
struct status_seal {
	uint8_t account[16], fp[STATUS_FP_BYTES], time[STATUS_TIME_BYTES], mac[STATUS_MAC_BYTES];
};

/* "/api/v1/commands/{id}.{rest}" in the arena. */
struct text status_url(struct arena *arena, const struct envelope *envelope, const struct uuid *account_id);

/* The same, as given out at another time (seconds since 1970). */
struct text status_url_at(
        struct arena *arena, const struct envelope *envelope, const struct uuid *account_id, int64_t given_s);
/* True when the name, the end of such a URL, was given out by status_url, and not too long ago. */
bool status_read(struct text name, struct uuid *out_command, struct status_seal *out_seal);

#endif
