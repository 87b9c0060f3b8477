/* policy.h - where this runs, and what follows from that: which passwords are taken, whether an address must be proven,
 * what a cookie is like.
 *
 * A password is 8 characters of any kind or more, 1,024 bytes at most. basic refuses the few that everybody tries
 * first, and one's own address; strong refuses all of a list of common ones, those that hold the own name, and what has
 * less than three of small letters, capitals, digits and others, unless it has 20 characters.
 */
#ifndef INGRESS_ACCOUNT_POLICY_H
#define INGRESS_ACCOUNT_POLICY_H

#include "base/settings.h"
#include "ingress/http/call.h"

extern struct setting policy_settings[];

/* Reads PASSWORD_LIST. Ends the process (exit 78) when that cannot be read, when MFA_REQUIRED_FOR names what is no
 * role, and in production when JWT_SECRET is one that can be guessed. */
void policy_start(void);

bool policy_is_production(void);
bool policy_verifies_email(void);
/* May somebody of that role (a word) do nothing else before he has a second factor? */
bool policy_wants_factor(struct text role);

/* Why the password cannot be that of the account with this address, in English; NULL: it can. Pure but for the
 * settings. */
const char *policy_judge(struct text password, struct text email, bool strong);
/* The same by the setting; false after having answered 400 at that member (a JSON name). */
bool policy_allows(struct call *call, const char *member, struct text password, struct text email);

/* Has the password, in whatever case, a place in the list, or in the operator's? */
bool policy_is_common(struct text password);
/* A password a line; once. False: the file cannot be read, or is too large. */
bool policy_list_load(const char *path);

#endif
