/* schema.c - "roles" and "migrate": the database gets the programs' roles, then this version's schema,
 * functions and grants.
 *
 * Each migration is a transaction, and the server is asked to look after a client
 * that has gone, so an interrupt in the middle leaves whole migrations only.
 */
#include "ops/guichetctl/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include "base/store.h"
#include "ops/backup/backup.h"
#include "ops/guichetctl/backup.h"
#include "ops/guichetctl/secrets.h"
#include "queues/vhost.h"
#include "queues/programs.h"
#include "sql/db.h"
#include "sql/migrate.h"

static struct db *open_patiently(struct ctl *ctl)
{
	setenv("PGOPTIONS", "-c client_connection_check_interval=1s", 0);
	return database_open(ctl);
}

static enum ctl_exit roles(struct ctl *ctl)
{
	struct text passwords = secrets_read(ctl->arena);
	struct db *db = passwords.data ? open_patiently(ctl) : NULL;
	bool done = db && migrate_roles(db, program_kinds(ctl->arena), passwords, stderr);

	db_close(&db);
	return done ? CTL_GOOD : say_failed(ctl, "the roles are not as they should be");
}

/* False: there was something to save, and it is not saved. */
static bool save_first(struct ctl *ctl, struct db *db)
{
	struct db_result *r = db_send_params(db, QUERY_schema_version, 0, NULL);
	int64_t version = db_sync(db) ? db_int(r, 0, 0) : 0; /* without a schema there is nothing to save */

	db_reset(db);
	if (!*backup_home() || version == 0 || version >= migrate_expected())
		return true;
	say("schema %" PRId64 " is to become %" PRId64 ": a backup first", version, migrate_expected());
	return backup_take(ctl, NULL);
}

static enum ctl_exit migrate(struct ctl *ctl)
{
	struct db *db = open_patiently(ctl);
	bool done = db && save_first(ctl, db) && migrate_run(db, stderr);

	db_close(&db);
	if (!done)
		return say_failed(ctl, "the database is not migrated");
	if (ctl->json)
		say_json(json_pack("{s:I}", "schemaVersion", (json_int_t)migrate_expected()));
	else
		printf("%" PRId64 "\n", migrate_expected());
	return CTL_GOOD;
}

static struct setting *const roles_settings[] = { db_settings, secrets_settings, NULL };
static struct setting *const settings[] = { db_settings, backup_settings, store_settings, store_s3_settings,
	vhost_settings, NULL };

const struct command_row schema_commands[] = {
	{ "roles", NULL, NULL, "makes one database role per program and gives them their passwords",
	        "Run it as a superuser of the database server, on Guichet's database, once before the first\n"
	        "migrate and again when a version brings new programs or a password changes. Idempotent. The\n"
	        "owner of the database loses the right to make roles, if he had it.",
	        NULL, roles_settings, roles },
	{ "migrate", NULL, NULL, "brings the database to this version's schema, functions and grants",
	        "Forward only and idempotent; two at once wait for each other. Run it as the owner of the\n"
	        "database, after roles. When BACKUPS is set and there is something to migrate, a backup is taken there "
	        "first, and\n"
	        "nothing is migrated without it. Prints the version the schema is then at.",
	        NULL, settings, migrate },
	{ 0 },
};
