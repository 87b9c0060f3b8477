/* passwords.h - Argon2id (RFC 9106) on two threads of its own: 13 ms of work has no place on a loop.
 *
 * The queue is bounded; a full one is said at once.
 */
#ifndef INGRESS_ACCOUNT_PASSWORDS_H
#define INGRESS_ACCOUNT_PASSWORDS_H

#include "base/password.h"
#include "ingress/http/loop.h"

struct password_job {
	struct note note; /* posted back to the loop when done */
	struct loop *loop;
	struct text password;
	const char *hash;                 /* to verify against; NULL: hash it */
	char hashed[PASSWORD_HASH_BYTES]; /* the encoded hash, when asked for */
	bool matches;
	struct password_job *next;
};

void passwords_start(void);
/* False: too many wait. */
bool passwords_submit(struct password_job *job);
/* Of no password anybody has: verifying against it takes as long as against a real one. */
const char *passwords_nobody(void);

#endif
