/* schema.c - "migrate": the database gets this version's schema, roles and passwords.
 *
 * Each migration is a transaction, and the server is asked to look after a client
 * that has gone, so an interrupt in the middle leaves whole migrations only.
 */
#include "ops/guichetctl/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include "ops/guichetctl/secrets.h"
#include "sql/db.h"
#include "sql/migrate.h"

static enum ctl_exit migrate(struct ctl *ctl)
{
	struct text passwords = secrets_read(ctl->arena);
	struct db *db;
	bool done;

	if (!passwords.data)
		return CTL_WRONG;
	setenv("PGOPTIONS", "-c client_connection_check_interval=1s", 0);
	db = database_open(ctl);
	if (!db)
		return CTL_WRONG;
	done = migrate_run(db, passwords, stderr);
	db_close(&db);
	if (!done)
		return say_failed(ctl, "the database is not migrated");
	if (ctl->json)
		say_json(json_pack("{s:I}", "schemaVersion", (json_int_t)migrate_expected()));
	else
		printf("%" PRId64 "\n", migrate_expected());
	return CTL_GOOD;
}

static struct setting *const settings[] = { db_settings, secrets_settings, NULL };

const struct command_row schema_commands[] = {
	{ "migrate", NULL, NULL, "brings the database to this version's schema, roles and passwords",
	        "Forward only and idempotent; two at once wait for each other. Run it as the owner of the\n"
	        "database, who must be allowed to create roles. Prints the version the schema is then at.",
	        NULL, settings, migrate },
	{ 0 },
};
