/* sla_list.c - "sla calendars" and "sla policies": what there is, on one screen. */
#include "ops/guichetctl/commands.h"
#include "ops/guichetctl/list.h"

static const struct shown calendars[] = {
	{ "id", SHOWN_TEXT, 37 },
	{ "name", SHOWN_TEXT, 25 },
	{ "version", SHOWN_NUMBER, 8 },
	{ "timezone", SHOWN_TEXT, 20 },
	{ "holidays", SHOWN_NUMBER, 9 },
	{ "policies", SHOWN_NUMBER, 9 },
	{ NULL },
};
static const struct shown policies[] = {
	{ "position", SHOWN_NUMBER, 9 },
	{ "id", SHOWN_TEXT, 37 },
	{ "name", SHOWN_TEXT, 25 },
	{ "version", SHOWN_NUMBER, 8 },
	{ "calendar", SHOWN_TEXT, 20 },
	{ "criteria", SHOWN_JSON, 30 },
	{ "targets", SHOWN_JSON, 0 },
	{ NULL },
};

static enum ctl_exit list_calendars(struct ctl *ctl)
{
	return list_show(ctl, "calendars", QUERY_ctl_calendars, calendars);
}

static enum ctl_exit list_policies(struct ctl *ctl)
{
	return list_show(ctl, "policies", QUERY_ctl_policies, policies);
}

static struct setting *const settings[] = { db_settings, NULL };

const struct command_row sla_list_commands[] = {
	{ "sla", "calendars", NULL, "lists the working calendars", NULL, NULL, settings, list_calendars },
	{ "sla", "policies", NULL, "lists the policies, in the order in which they are tried", NULL, NULL, settings,
	        list_policies },
	{ 0 },
};
