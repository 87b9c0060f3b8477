/* webhooks.c - "webhooks": who is sent events, how their endpoints do, and what waits. */
#include "ops/guichetctl/commands.h"
#include "ops/guichetctl/list.h"

static const struct shown columns[] = {
	{ "id", SHOWN_TEXT, 37 },
	{ "state", SHOWN_TEXT, 8 },
	{ "circuit", SHOWN_TEXT, 8 },
	{ "failures", SHOWN_NUMBER, 9 },
	{ "waiting", SHOWN_NUMBER, 8 },
	{ "failed", SHOWN_NUMBER, 8 },
	{ "url", SHOWN_TEXT, 60 },
	{ NULL },
};

static enum ctl_exit list_webhooks(struct ctl *ctl)
{
	return list_show(ctl, "webhooks", QUERY_ctl_webhooks, columns);
}

static struct setting *const settings[] = { db_settings, NULL };

const struct command_row webhooks_commands[] = {
	{ "webhooks", NULL, NULL,
	        "lists the webhooks: whether they rest, failures in a row, what waits or was given up",
	        "The counts end at 10,000. The rest is the API's: GET /webhooks/{id}/deliveries, POST "
	        "/webhooks/{id}/replay.\n",
	        NULL, settings, list_webhooks },
	{ 0 },
};
