/* wanted.c - which backup was asked for by the API, and that one program alone takes it: see backup.h. */
#include "ops/backup/backup.h"
#include "sql/db.h"

struct db *backup_wanted(const char *database, struct uuid *out_id)
{
	struct db *db = db_open(database);
	struct db_result *r = db_send_params(db, QUERY_backup_wanted, 0, NULL);

	if (db_sync(db) && db_rows(r) > 0)
		*out_id = db_uuid(r, 0, 0);
	else
		db_close(&db);
	return db;
}
