/* revocations.h - which tokens count no more although they are signed and not expired.
 *
 * The process keeps them in memory: revoked sessions, and accounts whose epoch has moved on.
 * What one loop revokes counts at once on all. Loaded before the process is ready, brought up to date
 * every second and when another ingress says so (guichet.poke.revocations). While PostgreSQL
 * is away the last known state counts.
 */
#ifndef INGRESS_HTTP_REVOCATIONS_H
#define INGRESS_HTTP_REVOCATIONS_H

#include "base/settings.h"
#include "ingress/http/call.h"
#include "ingress/http/loop.h"

extern struct setting revocations_settings[];

/* Once, before the loops start. ttl_s: how long an access token is good, so how long a revocation matters. */
void revocations_start(int64_t ttl_s);
/* Every turn of every loop: whichever comes first when it is time asks the database. */
void revocations_tick(struct loop *loop);
/* With the next turn, without waiting for the second to pass. From any thread. */
void revocations_hurry(void);

/* False until they were loaded once: nobody can say then whether a token counts. */
bool revocations_known(void);
/* False when the database has not told for longer than REVOCATIONS_MAX_AGE: then commands are refused. */
bool revocations_are_fresh(void);
/* REVOCATIONS_MAX_AGE. */
int64_t revocations_age_most_ms(void);
/* Is a token of this principal revoked? */
bool revocations_hold(const struct principal *principal);

/* What this process has just revoked itself; others learn it from the database. */
void revocations_add_session(const struct uuid *session_id);
void revocations_add_epoch(const struct uuid *account_id, int64_t epoch);

#endif
