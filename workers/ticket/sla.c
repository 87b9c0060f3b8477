/* sla.c - when a ticket is due: two delays for each priority, from its creation, in plain clock time. */
#include "workers/ticket/ticket.h"

#define MINUTES(n) ((n)*60LL * 1000000)
#define HOURS(n) MINUTES(60 * (n))

static const struct {
	int64_t response, resolution; /* microseconds */
} delays[ticket_priority_count] = {
	[PRIORITY_URGENT] = { MINUTES(30), HOURS(2) },
	[PRIORITY_HIGH] = { HOURS(2), HOURS(4) },
	[PRIORITY_MEDIUM] = { HOURS(4), HOURS(24) },
	[PRIORITY_LOW] = { HOURS(24), HOURS(72) },
};

void sla_set(struct ticket *ticket)
{
	ticket->response_due_at = ticket->created_at + delays[ticket->priority].response;
	ticket->due_at = ticket->created_at + delays[ticket->priority].resolution;
}
