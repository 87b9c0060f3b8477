/* diagnose_db.c - "diagnose db": who is connected, who waits for whom, what runs long, what the cache and the tables
 * are like. */
#include "ops/guichetctl/commands.h"
#include "ops/guichetctl/list.h"

static const struct shown connections[] = {
	{ "role", SHOWN_TEXT, 22 },
	{ "program", SHOWN_TEXT, 22 },
	{ "total", SHOWN_NUMBER, 7 },
	{ "active", SHOWN_NUMBER, 7 },
	{ "inTransaction", SHOWN_NUMBER, 14 },
	{ NULL },
};
static const struct shown waits[] = {
	{ "pid", SHOWN_NUMBER, 9 },
	{ "role", SHOWN_TEXT, 22 },
	{ "waitsForSeconds", SHOWN_NUMBER, 16 },
	{ "lock", SHOWN_TEXT, 20 },
	{ "heldBy", SHOWN_TEXT, 30 },
	{ "statement", SHOWN_TEXT, 60 },
	{ NULL },
};
static const struct shown longest[] = {
	{ "pid", SHOWN_NUMBER, 9 },
	{ "role", SHOWN_TEXT, 22 },
	{ "seconds", SHOWN_NUMBER, 9 },
	{ "state", SHOWN_TEXT, 22 },
	{ "statement", SHOWN_TEXT, 60 },
	{ NULL },
};
static const struct shown cache[] = {
	{ "databaseBytes", SHOWN_NUMBER, 16 },
	{ "cacheHitPercent", SHOWN_NUMBER, 16 },
	{ "deadlocks", SHOWN_NUMBER, 10 },
	{ "rolledBackPercent", SHOWN_NUMBER, 18 },
	{ NULL },
};
static const struct shown tables[] = {
	{ "table", SHOWN_TEXT, 28 },
	{ "bytes", SHOWN_NUMBER, 14 },
	{ "rows", SHOWN_NUMBER, 12 },
	{ "deadRows", SHOWN_NUMBER, 10 },
	{ "deadPercent", SHOWN_NUMBER, 12 },
	{ "vacuumed", SHOWN_TEXT, 22 },
	{ NULL },
};

static const struct list_part parts[] = {
	{ "connections", QUERY_ctl_db_connections, connections },
	{ "waits", QUERY_ctl_db_waits, waits },
	{ "longest", QUERY_ctl_db_longest, longest },
	{ "cache", QUERY_ctl_db_cache, cache },
	{ "tables", QUERY_ctl_db_tables, tables },
	{ NULL },
};

static enum ctl_exit diagnose(struct ctl *ctl)
{
	return list_show_parts(ctl, parts);
}

static struct setting *const settings[] = { db_settings, NULL };

const struct command_row diagnose_db_commands[] = {
	{ "diagnose", "db", NULL, "connections by role, locks that are waited for, long transactions, cache, bloat",
	        "What runs in another role's connection is seen by PostgreSQL's superuser and by members of "
	        "pg_read_all_stats.",
	        NULL, settings, diagnose },
	{ 0 },
};
