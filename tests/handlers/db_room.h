/* db_room.h - what the tests of sql/ share: two connections to a schema of their own.
 *
 * DATABASE_URL names a database whose owner we are, with the right to end another of our sessions. The queries are
 * those of db_queries.sql.
 */
#ifndef TESTS_HANDLERS_DB_ROOM_H
#define TESTS_HANDLERS_DB_ROOM_H

#include "sql/db.h"

extern char room_url[1024];   /* with the schema as an option */
extern struct db *room_db;    /* what is under test */
extern struct db *room_other; /* who looks on */

/* Group set-up and tear-down, and the set-up of each test. */
int room_open(void **state);
int room_close(void **state);
int room_empty(void **state);

/* How many words are committed. */
int64_t room_words(void);
/* The server's process of that connection, and its end. */
int64_t room_pid_of(struct db *whose);
void room_kill(int64_t pid);

#endif
