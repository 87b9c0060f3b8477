/* security.h - what is refused to somebody, told to the trail: failed sign-ins, and reads that are not for who asks.
 *
 * Told as an event of the type "security.*". The first of a source is told at once, what comes from it within the
 * minute after that as one event with a count, so that who tries a million times fills no disk. A source is an account,
 * or an address where there is none. A loop knows 256 of them; what comes from others meanwhile counts as one more.
 * What was not told yet when the process is killed is lost: a minute at most.
 */
#ifndef INGRESS_HTTP_SECURITY_H
#define INGRESS_HTTP_SECURITY_H

#include "ingress/http/call.h"

/* account NULL: nobody knows whose address that is. reason: "wrong_password", "wrong_code", "unknown_address",
 * "disabled", "locked". */
void security_login_failed(struct call *call, const struct uuid *account, struct text email, const char *reason);
/* The call's principal may not have what the call's path names. */
void security_forbidden(struct call *call);

/* The call takes away a part of the trail as a file; told each time. */
void security_exported(struct call *call);

/* Every turn of the loop: tells what has waited for its minute. */
void security_tick(struct loop *loop);
/* Before the loop ends: tells what is left now. False: all is told. */
bool security_flush(struct loop *loop);

#endif
