/* own_password.h - somebody who is signed in says his password once more, before something that counts.
 *
 * Counted and locked as signing in is, so that who has found an open session cannot guess here.
 */
#ifndef INGRESS_ACCOUNT_OWN_PASSWORD_H
#define INGRESS_ACCOUNT_OWN_PASSWORD_H

#include "ingress/account/passwords.h"

/* Its first: of what goes on with it, in the call's arena. */
struct own_password {
	struct password_job job; /* first: its call back leads here */
	struct text said;        /* set by the caller; wiped */
	struct text hash, email; /* of the account */
	void (*then)(struct call *call, struct own_password *own);
};

/* Goes on with then() when it is right; or answers. */
void own_password_ask(struct call *call, struct own_password *own);

#endif
