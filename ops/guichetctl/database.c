/* database.c - this run's connection to PostgreSQL. */
#include "ops/guichetctl/ctl.h"

#include "sql/db.h"

struct db *database_open(const struct ctl *ctl)
{
	struct db *db = db_open(db_url());

	if (db_fault(db) == DB_FINE)
		return db;
	say_failed(ctl, "there is no connection to the database of DATABASE_URL");
	db_close(&db);
	return NULL;
}

enum ctl_exit database_failed(const struct ctl *ctl, struct db *db, const char *what)
{
	const char *hint =
	        db_fault(db) == DB_BROKEN ? " (has this database been migrated, and may this role do it?)" : "";

	return say_failed(ctl, "%s: %s%s", what, db_message(db), hint);
}
