/* consumer.h - the skeleton of a worker that a message wakes and whose messages need no order of their own.
 *
 * A batch is what has arrived. In one transaction: the events not seen before are
 * picked out (event_inbox, when `dedupe` names the consumer), `load` queues what
 * the handler wants to know, `apply` reads it and queues what it writes; then commit, then ack.
 * A failure that a message can cause (DB_MESSAGE) makes the batch run one by one, and the message
 * that fails alone twice becomes a dead letter; every other failure waits in place. An event of another version,
 * or of a type that is not in the catalogue, waits for the upgrade that may be under way (unknown.h); then it is
 * a dead letter, in the transaction that would have applied it, as one is whose body cannot be read.
 * After a commit that wrote outbox rows the relay is poked.
 */
#ifndef WORKERS_CONSUMER_H
#define WORKERS_CONSUMER_H

#include <jansson.h>
#include "base/arena.h"
#include "queues/envelope.h"
#include "sql/db.h"

/* An event as it came: its envelope, and its body parsed. */
struct arrival {
	const struct message *message;
	struct envelope envelope; /* of an event; not read when the consumer does not dedupe */
	json_t *body;             /* NULL when it is no JSON; freed by the skeleton */
	const char *unfit;        /* why it is put aside, or NULL */
	bool fresh;               /* not seen before, to be applied */
	struct span *span;        /* of this try; NULL: nobody keeps it */
};

struct consumption {
	struct db *db;
	struct arena *arena;
	int64_t now_us; /* the database's */
	int count;
	struct arrival *arrivals;
	void *loaded; /* the handler's own, between load and apply */
};

struct consumer_worker {
	const char *name;
	const char *about;
	const char *const *queues; /* NULL-terminated */
	int prefetch;
	const char *dedupe;                  /* the consumer's name in event_inbox; NULL: messages are no events */
	bool any_type;                       /* it applies events of types that this version does not know */
	struct setting *settings;            /* may be NULL */
	bool (*start)(void);                 /* once, before the thread; may be NULL; false ends the program */
	void (*load)(struct consumption *c); /* may be NULL */
	void (*apply)(struct consumption *c);
	/* Between batches, about once a second: what is due by itself, in a transaction of its own. True: there is
	 * more. May be NULL. */
	bool (*due)(struct db *db);
};

int consumer_main(int argc, char **argv, const struct consumer_worker *worker);

/* The string member, borrowed from the event; TEXT_NONE when absent. */
struct text arrival_text(const struct arrival *arrival, const char *member);
/* A member of its "data". */
struct text arrival_data(const struct arrival *arrival, const char *member);

#endif
