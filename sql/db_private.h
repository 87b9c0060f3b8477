/* db_private.h - what db.c and db_loop.c share; for nobody else. */
#ifndef SQL_DB_PRIVATE_H
#define SQL_DB_PRIVATE_H

#include <libpq-fe.h>
#include "sql/db.h"

#define DB_CONNECT_MS 5000
#define DB_WAIT_MS 15000

/* A generic plan made while a table was small may scan all of it, and stays until the next ANALYZE, a
 * minute or ten thousands of rows later. Planning anew looks at the size that the table has by then. */
#define DB_DISCARD "DISCARD PLANS"
#define DB_DISCARD_MS 10000

struct arena;

struct db_result {
	PGresult *pg; /* NULL: no rows */
	struct db_result *next;
};

struct db_failure {
	enum db_fault fault;
	char sqlstate[6];
	char message[512];
};

/* --- db_result.c */

/* Reads the verdict from an error result and logs it; query_name is for the log. */
void db_failure_read(struct db_failure *out, const PGresult *error, const char *query_name);
/* Writes a failure of our own; cuts the text at a whole character, without the line end. */
void db_failure_set(struct db_failure *out, enum db_fault fault, const char *sqlstate, const char *message);
/* A changed table leaves the connection's prepared plans of no use (0A000). */
bool db_failure_is_stale_plan(const struct db_failure *failure);

/* The parameters as libpq's text format wants them, NUL-terminated in the arena.
 * NULL with a failure when one can't be written so (a NUL inside, a count that differs). */
const char *const *db_values(
        struct arena *arena, enum query query, int count, const struct db_param *params, struct db_failure *out);

/* --- db_connect.c */

/* How many addresses the hosts of the URL have now; 0 when it can't be read (which is logged). */
int db_target_count(const char *url);
/* Starts connecting to the address of that index; NULL when out of memory. */
PGconn *db_connect_start(const char *url, int target);
/* After CONNECTION_OK: nonblocking, pipeline mode, notices to the log. */
bool db_connect_done(PGconn *conn);

#endif
