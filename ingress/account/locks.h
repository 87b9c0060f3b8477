/* locks.h - an address that nobody gets into by a password for a while, because too many have failed.
 *
 * Known or not, an address is locked the same way. What is signed in stays so, refreshing goes on, and who proves that
 * the mailbox is his (a link to sign in, a new password) gets in.
 */
#ifndef INGRESS_ACCOUNT_LOCKS_H
#define INGRESS_ACCOUNT_LOCKS_H

#include "base/settings.h"
#include "ingress/http/call.h"

extern struct setting locks_settings[];

/* Answers 423 with Retry-After. */
void locks_refuse(struct call *call, int64_t left_s);

/* Counts the failure, tells the trail (account NULL: nobody knows whose address that is), and answers that address or
 * password are wrong. */
void locks_fail(struct call *call, const struct uuid *account, struct text email);

/* The same of a wrong code of a second factor, which is what it answers. */
void locks_fail_code(struct call *call, const struct uuid *account, struct text email);

/* How many mails about accounts an address gets in an hour. */
int64_t locks_mails_most(void);

#endif
