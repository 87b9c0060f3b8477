/* revocations.h - which tokens count no more although they are signed and not expired.
 *
 * A loop keeps them in memory: revoked sessions, and accounts whose epoch has
 * moved on. Loaded before the process is ready, brought up to date every second and when
 * another ingress says so (guichet.poke.revocations). While PostgreSQL is away the last
 * known state counts.
 */
#ifndef INGRESS_REVOCATIONS_H
#define INGRESS_REVOCATIONS_H

#include "ingress/loop.h"

struct revocations;

/* ttl_s: how long an access token is good, so how long a revocation matters. */
struct revocations *revocations_new(struct loop *loop, int64_t ttl_s);
/* Every loop turn. */
void revocations_tick(struct revocations *revocations);
/* At the next turn, without waiting for the second to pass. */
void revocations_hurry(struct revocations *revocations);

/* Is a token of this principal revoked? */
bool revocations_hold(const struct revocations *revocations, const struct principal *principal);

/* What this loop has just revoked itself; others learn it from the database. */
void revocations_add_session(struct revocations *revocations, const struct uuid *session_id);
void revocations_add_epoch(struct revocations *revocations, const struct uuid *account_id, int64_t epoch);

#endif
