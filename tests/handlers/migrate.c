/* migrate.c - migrate PASSWORD: brings the database of DATABASE_URL to this version's
 * schema and gives every program's role the password. For a database of the tests only.
 */
#include <stdio.h>
#include <stdlib.h>
#include "sql/migrate.h"

int main(int argc, char **argv)
{
	static const char *const programs[] = { "ingress", "ticket", "account", "relay", "audit", "notify", "mail",
		"undertaker", "ctl" };
	char passwords[2048];
	int len = 0;
	struct db *db;
	bool done;

	if (argc != 2 || !getenv("DATABASE_URL"))
		return 2;
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		len += snprintf(passwords + len, sizeof passwords - (size_t)len, "%s:%s\n", programs[i], argv[1]);
	db = db_open(getenv("DATABASE_URL"));
	done = migrate_roles(db, (struct text){ passwords, (size_t)len }, stdout) && migrate_run(db, stdout);
	db_close(&db);
	return done ? 0 : 1;
}
