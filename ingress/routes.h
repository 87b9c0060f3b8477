/* routes.h - which path is what: an action, a read or a command, by the rows of queues/. */
#ifndef INGRESS_ROUTES_H
#define INGRESS_ROUTES_H

#include "ingress/http/call.h"

/* One row and its pattern: at most one of action, read and route is there; none: no row fits path and verb. */
struct found {
	const struct action *action;
	const struct read *read;
	const struct route *route;
	unsigned verbs; /* by which the path is known, a bit each; 0: it is not */
};

/* Finds the row for a canonical path; out_captures is of its pattern. */
struct found routes_find(enum verb verb, struct text path, struct captures *out_captures);

/* Answers the call, now or later. */
void routes_dispatch(struct call *call);

/* Does the request whose head begins so bring files? */
bool routes_take_much(struct text head);

#endif
