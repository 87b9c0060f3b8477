/* migrate.h - brings a database to this version's schema, forward only. */
#ifndef SQL_MIGRATE_H
#define SQL_MIGRATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "base/text.h"
#include "sql/db.h"

struct migration {
	const char *name; /* of the file, without .sql */
	const char *sql;
};

/* Embedded from sql/migrations in the order of their names; an empty row behind the last. */
extern const struct migration migrations[];
extern const int migration_count;
/* All of sql/functions, sql/roles.sql and sql/grants.sql: they run each time, so they must be harmless the second time.
 */
extern const char *const migration_functions_sql;
extern const char *const migration_roles_sql;
extern const char *const migration_grants_sql;

/* Makes the programs' roles and gives them their passwords. programs: "name:kind" of each (queues/programs.def), blanks
 * between. db is a superuser's connection to the database. Idempotent;
 * takes the right to make roles from the database's owner.
 * passwords: lines "program:password", each for the role guichet_<program>; one without a role is skipped. progress
 * gets a line per step and the reason of a failure, never a password; NULL is fine. */
bool migrate_roles(struct db *db, struct text programs, struct text passwords, FILE *progress);

/* As the database's owner: applies what is missing, then makes the functions anew, then the grants. Idempotent; two at
 * once wait for each other. Each migration is its own transaction, and so are the functions, so a failure leaves what
 * came before it; programs that run meanwhile wait for no lock longer than 200 ms. Refuses when an applied migration's
 * text has changed since, when the database has one that this program does not know, or when the roles are missing. */
bool migrate_run(struct db *db, FILE *progress);

/* How many migrations this program knows: what the schema's version should be. */
int64_t migrate_expected(void);

#endif
