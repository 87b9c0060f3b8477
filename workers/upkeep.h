/* upkeep.h - the database as a worker needs it: there, of the right schema, and in order.
 *
 * The days that rows fall into (partitions) are made by whoever starts, two weeks ahead; the relay
 * looks again every hour, drops what is old, and sweeps. Whatever fails of that is logged and
 * stops nothing: rows find the default partition.
 */
#ifndef WORKERS_UPKEEP_H
#define WORKERS_UPKEEP_H

#include "sql/db.h"

/* Connects if need be, and compares the schema. NULL when a worker can work with the database, else why not (a literal,
 * for its probe). */
const char *upkeep_look(struct db *db);
/* The same, and makes the days. */
const char *upkeep_open(struct db *db);

/* A slice of the words that are searched: those of old tickets are folded, new ones learnt
 * (sql/functions/upkeep_words.sql). True: there is more. */
bool upkeep_words(struct db *db);

/* One turn of everything there is to do; returns in how many milliseconds the next is due. */
int upkeep_turn(struct db *db);

#endif
