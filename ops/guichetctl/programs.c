/* programs.c - "programs": every process that runs, what it says of itself, and since when it is silent. */
#include "ops/guichetctl/commands.h"
#include "ops/guichetctl/list.h"

static const struct shown columns[] = {
	{ "program", SHOWN_TEXT, 14 },
	{ "host", SHOWN_TEXT, 16 },
	{ "pid", SHOWN_NUMBER, 9 },
	{ "version", SHOWN_TEXT, 10 },
	{ "startedAt", SHOWN_TEXT, 21 },
	{ "silentSeconds", SHOWN_NUMBER, 14 },
	{ "status", SHOWN_TEXT, 11 },
	{ "lastError", SHOWN_TEXT, 48 },
	{ "inHand", SHOWN_NUMBER, 7 },
	{ "headAgeSeconds", SHOWN_NUMBER, 15 },
	{ "instance", SHOWN_TEXT, 0 },
	{ NULL },
};

static enum ctl_exit list_programs(struct ctl *ctl)
{
	return list_show(ctl, "programs", QUERY_ctl_instances, columns);
}

static struct setting *const settings[] = { db_settings, NULL };

const struct command_row programs_commands[] = {
	{ "programs", NULL, NULL, "lists every process: host, version, since when, its health, its last error",
	        "Each says how it is every two seconds. One that was not heard of for ten seconds (silentSeconds) has\n"
	        "died, hangs, or cannot reach the database; one that ended in good order is not listed any more, and a "
	        "dead\n"
	        "one for a day. inHand counts the messages it was given and has not settled; headAgeSeconds is the\n"
	        "age of the oldest of them.",
	        NULL, settings, list_programs },
	{ 0 },
};
