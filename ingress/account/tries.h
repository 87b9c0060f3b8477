/* tries.h - how often somebody may try to get in: counted before a password is hashed, a mail is written, or a row is
 * read.
 *
 * A try counts for the account that is meant, for the client's address (of IPv6 its /64), and for both together;
 * whoever is over one of the three is answered 429 with Retry-After, and every answer says how much is left
 * (RateLimit-*). What is refused does not count, so that who waits as long as he is told gets in.
 *
 * All ingresses count together in Redis, asked by a thread of its own. While Redis is away each goes by what it has
 * counted itself, which it always does. Names in Redis are keyed digests: nobody reads an address there.
 */
#ifndef INGRESS_ACCOUNT_TRIES_H
#define INGRESS_ACCOUNT_TRIES_H

#include "base/settings.h"
#include "ingress/http/call.h"

extern struct setting tries_settings[];

void tries_start(void);

/* Counts a try of this call; account is an e-mail address, or none: the client's address alone counts. Then goes on
 * with then(), on the loop and with the call held; or answers 429, or 503 because too many wait. */
void tries_take(struct call *call, struct text account, void (*then)(struct call *call, void *state), void *state);

/* Who the client is to limits: its address, of IPv6 the /64. In the arena. */
struct text tries_client(struct call *call);

/* 429: so long (in seconds) until it is worth another try. */
void tries_refuse(struct call *call, int64_t wait_s);

#endif
