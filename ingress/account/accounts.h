/* accounts.h - register and sign in: written by ingress itself, so that no password
 * ever travels in a message; each in one transaction with the event that tells of it.
 */
#ifndef INGRESS_ACCOUNT_ACCOUNTS_H
#define INGRESS_ACCOUNT_ACCOUNTS_H

#include "ingress/routes.h"

void accounts_register(struct call *call, const struct captures *captures);
void accounts_login(struct call *call, const struct captures *captures);

#endif
