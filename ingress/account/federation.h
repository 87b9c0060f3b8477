/* federation.h - people whom another service has proven: whose account that is, in which role, and its session.
 *
 * Who somebody is there is (issuer, subject); sql/functions/federated_sign_in.sql decides whose account that is here.
 * Roles are the service's to give when the setting maps its groups, and then anew at each sign-in.
 */
#ifndef INGRESS_ACCOUNT_FEDERATION_H
#define INGRESS_ACCOUNT_FEDERATION_H

#include "ingress/http/principal.h"

struct federated {
	struct text issuer, subject;
	struct text email; /* as it is said; TEXT_NONE: it is not */
	struct text first_name, last_name;
	bool is_proven;         /* the service says that the address is the person's */
	bool by_password;       /* so that a lock of the address counts */
	enum account_role role; /* 0: roles are not the service's to give */
	struct text state;      /* what counts once, in hexadecimal; TEXT_NONE: nothing */
};

/* Goes on with whom a session can be opened for, or answers why there is none. All of it lives as long as the call. */
void federation_sign_in(struct call *call, const struct federated *person,
        void (*then)(struct call *call, const struct token_subject *subject));

/* A setting like "helpdesk=agent it-admins=admin": what is wrong with it; NULL: nothing. */
const char *federation_roles_wrong(const char *map);
/* The higher of that role (0: user) and the one that the group has; 0 when nothing is mapped. */
enum account_role federation_role(const char *map, enum account_role so_far, struct text group);

#endif
