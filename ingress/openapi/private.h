/* private.h - what the files of this folder share; for nobody else. */
#ifndef INGRESS_OPENAPI_PRIVATE_H
#define INGRESS_OPENAPI_PRIVATE_H

#include "base/arena.h"
#include "queues/catalogue.h"

/* One verb on one path: an action, a read, or a route of a command. */
struct operation {
	enum verb verb;
	const char *path; /* {ticket_id} as in the catalogue */
	const char *id;   /* camelCase, unlike any other's */
	const char *tag, *summary;
	const struct record *record; /* what path, query and body hold */
	unsigned access;             /* PUBLIC: no token is asked for */
	const struct action *action;
	const struct command *command;
	const struct read *read;
	bool sends;      /* commands: Idempotency-Key and Prefer */
	bool deprecated; /* an old path */
	bool lenient;    /* what the role may not set is ignored */

	const char *body, *body_example; /* a component, and JSON; NULL: no body */
	int status;
	const char *said; /* what the answer means */
	const char *data, *pagination;
};

/* schema.c */
/* "ticket.set_status" to "ticketSetStatus", or "TicketSetStatus". */
char *openapi_name(struct arena *arena, const char *type, bool upper);
/* The next element of a list goes behind a comma. */
void openapi_next(struct buffer *out);
/* The schema of one of the types of answers.def. */
void openapi_type(struct buffer *out, const char *type);
/* The schema of what a client may put into the field. */
void openapi_field(struct buffer *out, const struct field *field);
/* The field's example as JSON; false: it has none. */
bool openapi_example(struct buffer *out, const struct record *record, const struct field *field);
/* components.schemas: every request's body and every thing. */
void openapi_schemas(struct buffer *out, struct arena *arena);
/* "the ticket's owner, agents" */
void openapi_who(struct buffer *out, unsigned access);

/* openapi.c */

/* problems.c */
/* The members of responses for what can go wrong, by status. */
void openapi_problems(struct buffer *out, const struct operation *operation);
/* Those of no operation, in a sentence. */
void openapi_problems_elsewhere(struct buffer *out);

/* operation.c */
void openapi_operation(struct buffer *out, const struct operation *operation);

#endif
