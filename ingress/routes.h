/* routes.h - which path is what: commands and reads from the catalogue, and the few that are neither. */
#ifndef INGRESS_ROUTES_H
#define INGRESS_ROUTES_H

#include "ingress/http/call.h"

#define CAPTURES_MAX 6

/* What a pattern's {names} stood for. */
struct captures {
	int count;
	struct {
		struct text name, value;
	} items[CAPTURES_MAX];
};

/* What is neither a command nor a read: credentials, the state of a command, probes. The answer is a function;
 * all else is for the API's description. */
struct special_route {
	enum verb verb;
	const char *path;
	void (*answer)(struct call *call, const struct captures *captures);
	const char *id, *tag, *summary;
	bool signed_in;                /* needs a token */
	bool commands;                 /* takes Idempotency-Key and Prefer */
	bool bare;                     /* data is the whole answer: there is no envelope */
	bool lifts;                    /* members of data are at the top of the envelope, too */
	bool tagged;                   /* has an ETag, and is asked for by If-None-Match */
	bool unready;                  /* 503 has the same body as 200 */
	int status;                    /* when all goes well */
	const char *data;              /* its type, see queues/answers.h */
	const char *body;              /* what a client sends: a FORM row, or a thing of answers.def; NULL: nothing */
	const char *example;           /* of a body that is no form, or of what the path captures */
	enum problem_code problems[6]; /* beside those that every request with a token or a body can meet */
};

extern const struct special_route special_routes[];
extern const int special_route_count;

/* Does the path fit the pattern ("/tickets/{ticket_id}/comments")? */
bool route_fits(const char *pattern, struct text path, struct captures *out);

/* Answers the call, now or later. */
void routes_dispatch(struct call *call);

#endif
