/* trunk.h - what every worker is made of, whatever wakes it.
 *
 * Three skeletons stand on it: lane (commands whose order matters), consumer (a message woke us) and ticker (a due
 * time woke us). A thread owns a database connection, a connection to Redis, an arena, and an inflow where it
 * consumes queues; it opens them, waits in place when the database fails, and closes them when the process stops.
 *
 *   static void turn(void *arg) { ... trunk_open(&mine->trunk) ... inflow_take ... }
 *   trunk_thread(&mine->trunk, "consumer", inflow_new(...), 256 * 1024, turn, mine);
 */
#ifndef WORKERS_TRUNK_H
#define WORKERS_TRUNK_H

#include "base/arena.h"
#include "base/cache.h"
#include "base/settings.h"
#include "sql/db.h"
#include "workers/inflow.h"

struct trunk {
	struct db *db;
	struct cache *cache;
	struct arena *arena;
	struct inflow *inflow; /* NULL: it consumes nothing */
	bool held_up;          /* by the database */
	bool holds;   /* its connection to the database holds what it needs, a lock: nobody else opens a new one */
	bool cancels; /* ends a statement that would outlast the process */
	int64_t stopping_ms; /* when it was first seen that the process stops; -1: canceled already */
	void (*turn)(void *arg);
	void (*end)(void *arg);
	void *arg;
};

struct trunk_program {
	const char *name;  /* of the program: "guichet-audit" */
	const char *about; /* one line for --help */
	struct setting *const
	        *tables;       /* of settings, beside those of database, broker, Redis and probes; NULL-terminated */
	bool (*prepare)(void); /* once, when the settings are read; may be NULL; false: they can't be used */
};

/* The whole of main: settings, then start (which begins the threads), probes, and the wait for the end. Returns the
 * exit code, EX_CONFIG when prepare or start said false. */
int trunk_main(
        int argc, char **argv, const struct trunk_program *program, bool (*start)(const void *arg), const void *arg);

/* Begins a thread that calls turn until the process stops, then end (may be NULL), then closes everything. A turn that
 * finds nothing to do waits by itself. inflow: becomes the thread's, may be NULL. */
void trunk_thread(struct trunk *trunk, const char *name, struct inflow *inflow, size_t arena_bytes,
        void (*turn)(void *arg), void (*end)(void *arg), void *arg);

/* Serves heartbeats and keeps what arrives: to be called every few seconds while a turn is busy. */
void trunk_pump(void *trunk);

/* The same for who waits with no transaction open: meanwhile operators go on hearing of the process. Results are
 * forgotten. */
void trunk_idle(void *trunk);

/* /ready is red while a thread of the process is held up by the database; NULL: this one no longer is. */
void trunk_hold_up(struct trunk *trunk, const char *reason);

/* Before the first message, and whenever the database was away: is it there, and is its schema what this program
 * needs? Makes the days that rows fall into (upkeep.h), and says on /ready what is wrong. */
bool trunk_open(struct trunk *trunk);

/* Does the database answer at all? Ends a transaction that is open. */
bool trunk_database_answers(struct trunk *trunk);

/* Waits in place, a little longer with each attempt (from 0), pumping; then connects again if the connection is lost.
 */
void trunk_wait(struct trunk *trunk, enum db_fault fault, const char *sqlstate, int attempt);

/* How tries of one transaction have failed in a row. */
struct trunk_tries {
	int races;
	int faulty; /* the database has refused what a message says that often, one time after the other */
};

/* After a try that failed: true when it is to be repeated at once, because another transaction was quicker. */
bool trunk_try_again(struct trunk_tries *tries, enum db_fault fault);

/* Tells operators of the process and hears what they want, every two seconds (queues/instance.h). Between turns it is
 * called by itself; a turn that goes on for long calls it when no transaction is open. Results
 * are forgotten. */
void trunk_report(struct trunk *trunk);

/* Tells the relay that there are new rows in the outbox. */
void trunk_poke_relay(struct trunk *trunk);

#endif
