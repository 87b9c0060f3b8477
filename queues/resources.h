/* resources.h - what an event is about, for the audit trail: the first of these members that its body has. The audit
 * worker writes it into a column, guichetctl audit verify holds the column against the body. */
#ifndef QUEUES_RESOURCES_H
#define QUEUES_RESOURCES_H

struct resource {
	const char *type, *member;
};

enum { RESOURCES = 7 };

/* In the order in which they count: a file of a ticket is the ticket's. */
extern const struct resource resources[RESOURCES];

#endif
