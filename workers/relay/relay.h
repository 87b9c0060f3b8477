/* relay.h - what the relay knows: its broker connection, the cursor, and a stretch of outbox rows on its way. */
#ifndef WORKERS_RELAY_RELAY_H
#define WORKERS_RELAY_RELAY_H

#include "queues/broker.h"
#include "sql/db.h"
#include "workers/ticker.h"

#define STRETCH 256 /* the most rows relay_fetch gives */

/* Everything up to (xid, id) is confirmed by the broker. */
struct cursor {
	char xid[24]; /* a 64 bit transaction id, decimal */
	int64_t id;
};

/* Rows behind the cursor that the broker has confirmed all the same: while one in front of them fails they are not
 * sent again. */
struct ahead {
	int64_t ids[STRETCH];
	int count;
};

/* The ticker's own. */
struct relay {
	struct broker *broker;
	struct cursor cursor;
	struct ahead ahead;
	int64_t returned_id; /* the row that came back last time, or 0 */
	int failures;        /* of the broker or the database, one after the other */
	int64_t upkeep_after_ms, words_after_ms, busy_until_ms;
};

enum row_fate {
	ROW_UNSENT, /* behind a row that must not be sent, or the connection went before */
	ROW_SILENT, /* sent, and no verdict of the broker */
	ROW_CONFIRMED,
	ROW_REFUSED,  /* a nack: its queue is full or unwell, or the broker is blocked */
	ROW_RETURNED, /* no queue takes it */
	ROW_STRAY,    /* names no exchange of ours: not sent, because the broker would close the channel */
	ROW_UNFIT,    /* no message of the broker's can be made of it: not sent */
};

/* What became of a stretch. */
struct stretch {
	enum row_fate fates[STRETCH];
	int count;
	int confirmed; /* so many from the first on; the row behind them, if there is one, failed */
	bool lost;     /* the connection is of no use */
};

/* --- main.c hands these to the ticker --------------------------------------------- */
bool relay_open(struct ticker *t);
void relay_close(struct ticker *t);
bool relay_hold(struct ticker *t);
bool relay_work(struct ticker *t);
void relay_rest(struct ticker *t);

/* --- cursor.c */
enum cursor_holder {
	CURSOR_NOBODYS, /* the database failed, or the cursor is of another cluster */
	CURSOR_ANOTHERS,
	CURSOR_OURS,
};

/* Takes the lock and reads the cursor. */
enum cursor_holder cursor_hold(struct ticker *t);
/* The next two: false when the database failed. */
/* To just behind the row. */
bool cursor_move(struct ticker *t, const struct db_result *rows, int row);
/* The row becomes a dead letter and the cursor goes behind it, in one transaction. */
bool cursor_bury(struct ticker *t, const struct db_result *rows, int row, enum row_fate fate);

/* --- publish.c */
/* Publishes the rows of relay_fetch but those in ahead, waits for the broker's verdicts, and sets ahead anew. */
void publish_rows(struct broker *broker, const struct db_result *rows, struct arena *arena, struct ahead *ahead,
        struct stretch *out);

/* The row as the message it is. */
void publish_message(const struct db_result *rows, int row, struct message *out);

#endif
