/* resources.c - see resources.h. */
#include "queues/resources.h"

const struct resource resources[RESOURCES] = {
	{ "ticket", "ticketId" },
	{ "file", "fileId" },
	{ "calendar", "calendarId" },
	{ "policy", "policyId" },
	{ "webhook", "webhookId" },
	{ "mailbox", "mailboxId" },
	{ "account", "accountId" },
};
