/* revocation_set.h - revoked sessions, and accounts whose epoch has moved on, as a set in memory.
 *
 * Nothing is taken out of it one by one: who knows all that still matters starts it anew. One thread at a time,
 * but for readers among themselves.
 */
#ifndef INGRESS_HTTP_REVOCATION_SET_H
#define INGRESS_HTTP_REVOCATION_SET_H

#include "ingress/http/call.h"

/* An id is a session (epoch 0) or an account (epoch its tokens must have). */
struct revocation {
	struct uuid id;
	int64_t epoch;
	int64_t added_ms; /* when this process revoked it; 0: read from the database */
};

/* Open addressing; all zero: not made yet. */
struct revocation_set {
	struct revocation *entries;
	size_t capacity, count; /* a power of two, at most half full */
};

void revocation_set_init(struct revocation_set *set);
void revocation_set_deinit(struct revocation_set *set);
/* What is there and newer stays: an answer of the database can be older than what was done since. */
void revocation_set_add(struct revocation_set *set, const struct revocation *revocation);
/* Forgets all but what this process has revoked at that time or since. */
void revocation_set_start_anew(struct revocation_set *set, int64_t since_ms);
/* Is a token of this principal revoked? */
bool revocation_set_holds(const struct revocation_set *set, const struct principal *principal);

#endif
