/* routes.h - which path is what: commands and reads from the catalogue, and the few that are neither. */
#ifndef INGRESS_ROUTES_H
#define INGRESS_ROUTES_H

#include "ingress/call.h"

#define CAPTURES_MAX 6

/* What a pattern's {names} stood for. */
struct captures {
	int count;
	struct {
		struct text name, value;
	} items[CAPTURES_MAX];
};

/* Does the path fit the pattern ("/tickets/{ticket_id}/comments")? */
bool route_fits(const char *pattern, struct text path, struct captures *out);

/* Answers the call, now or later. */
void routes_dispatch(struct call *call);

#endif
