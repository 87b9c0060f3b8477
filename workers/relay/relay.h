/* relay.h - the cursor, and publishing a stretch of outbox rows. */
#ifndef WORKERS_RELAY_RELAY_H
#define WORKERS_RELAY_RELAY_H

#include "queues/broker.h"
#include "sql/db.h"

#define STRETCH 256 /* the most rows relay_fetch gives */

/* Everything up to (xid, id) is confirmed by the broker. */
struct cursor {
	char xid[24]; /* a 64 bit transaction id, decimal */
	int64_t id;
};

void cursor_set(struct cursor *cursor, struct text xid, int64_t id);

enum publish_verdict {
	PUBLISH_CONFIRMED, /* all of them */
	PUBLISH_REFUSED,   /* a nack, a return, or the broker is blocked: try again later */
	PUBLISH_LOST,      /* the connection is of no use */
};

/* Publishes the rows of relay_fetch, at most STRETCH, and waits for every confirm. */
enum publish_verdict publish_rows(struct broker *broker, const struct db_result *rows, struct arena *arena);

#endif
