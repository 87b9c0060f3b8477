/* passwords.h - Argon2id (RFC 9106) on a crew of its own, of two threads; who finds its queue full is answered 503.
 *
 * A client (tries_client) has at most a quarter of the queue: who wants more is answered 429, and the others go on.
 */
#ifndef INGRESS_ACCOUNT_PASSWORDS_H
#define INGRESS_ACCOUNT_PASSWORDS_H

#include "base/password.h"
#include "ingress/http/crew.h"

/* In the call's arena; password, hash and then are the caller's to set. */
struct password_job {
	struct crew_job job;              /* first: its note leads back here */
	struct text password;             /* in the call's arena; wiped when it is done */
	const char *hash;                 /* to verify against; NULL: hash it */
	char hashed[PASSWORD_HASH_BYTES]; /* the encoded hash, when asked for */
	bool matches;
	bool rehashed; /* it matches, the hash is outdated, and hashed is the one to come */
	void (*then)(struct call *call, struct password_job *job); /* on the loop, with the call held */
	/* Its own. */
	struct text client;
	struct password_job *next; /* of those in hand */
};

void passwords_start(void);
/* Holds the call until then() has run; or answers it 503, because too many wait, or 429, because too many of
 * this client do. */
void passwords_run(struct call *call, struct password_job *job);
/* Of no password anybody has: verifying against it takes as long as against a real one. */
const char *passwords_nobody(void);
/* Wipes a text of the call's arena that nobody needs to know any more. */
void passwords_forget(struct text secret);

#endif
