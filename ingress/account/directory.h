/* directory.h - the directory (LDAP, RFC 4511) in which people have their passwords.
 *
 *   our own name ─► search: whose address is it? ─► a bind as that entry, with the password ─► its groups
 *
 * On threads of its own, with a limit for each step. A password goes by TLS, or stays on this machine; an empty one is
 * never sent, because a bind without one succeeds (RFC 4513 section 5.1.2). An address that nobody has there costs a
 * bind, too, so that it takes as long as a wrong password.
 */
#ifndef INGRESS_ACCOUNT_DIRECTORY_H
#define INGRESS_ACCOUNT_DIRECTORY_H

#include "base/settings.h"
#include "ingress/account/federation.h"

extern struct setting directory_settings[];

/* When there are loops. Ends the process (exit 78) when the settings do not fit together. */
void directory_start(void);
bool directory_is_set(void);
/* What its people are known by in identities. */
struct text directory_issuer(void);

enum directory_verdict { DIRECTORY_PROVEN, DIRECTORY_WRONG, DIRECTORY_AWAY };

/* Holds the call until then() has run; or answers it 503. The password is copied, and the copy wiped. person is in the
 * call's arena, and set when it is proven. */
void directory_ask(struct call *call, struct text email, struct text password,
        void (*then)(struct call *call, void *state, enum directory_verdict verdict, const struct federated *person),
        void *state);

#endif
