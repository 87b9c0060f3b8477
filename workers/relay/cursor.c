/* cursor.c - the place in the outbox up to which the broker has everything: held, moved, and put behind a row that is
 * buried.
 *
 * Whoever holds the lock on the connection that moves the cursor is the active relay.
 */
#include "workers/relay/relay.h"

#include <stdio.h>
#include "base/log.h"
#include "base/metrics.h"
#include "base/probe.h"
#include "workers/dead_letter.h"

static struct probe_check cursor_check = { .name = "cursor" };
static struct metric buried = { .name = "guichet_outbox_dead_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Outbox rows that no queue takes, put aside as dead letters" };

static void set_cursor(struct cursor *cursor, struct text xid, int64_t id)
{
	snprintf(cursor->xid, sizeof cursor->xid, "%.*s", (int)xid.len, xid.data ? xid.data : "0");
	cursor->id = id;
}

/* Forgets what is known of the rows behind the cursor when another relay has moved it. */
static void set_out(struct relay *r, struct text xid, int64_t id)
{
	if (r->cursor.id != id || !text_equal(xid, text_of(r->cursor.xid))) {
		r->ahead.count = 0;
		r->returned_id = 0;
	}
	set_cursor(&r->cursor, xid, id);
}

static bool is_foreign(const struct db_result *cursor)
{
	if (!db_bool(cursor, 0, 2))
		return false;
	probe_set(&cursor_check, "is not of this cluster: guichetctl outbox rebase");
	log_critical("the outbox cursor is not of this cluster, as after a logical restore; run guichetctl "
	             "outbox rebase");
	return true;
}

enum cursor_holder cursor_hold(struct ticker *t)
{
	struct db_result *lock, *cursor;

	db_reset(t->trunk.db);
	lock = db_send_params(t->trunk.db, QUERY_relay_lock, 0, NULL);
	cursor = db_send_params(t->trunk.db, QUERY_relay_cursor, 0, NULL);
	if (!db_sync(t->trunk.db))
		return CURSOR_NOBODYS;
	if (!db_bool(lock, 0, 0)) {
		probe_set(&cursor_check, NULL); /* a standby is as it should be */
		return CURSOR_ANOTHERS;
	}
	if (is_foreign(cursor))
		return CURSOR_NOBODYS;
	probe_set(&cursor_check, NULL);
	set_out(t->own, db_text(cursor, 0, 0), db_int(cursor, 0, 1));
	return CURSOR_OURS;
}

bool cursor_move(struct ticker *t, const struct db_result *rows, int row)
{
	struct relay *r = t->own;

	set_cursor(&r->cursor, db_text(rows, row, 0), db_int(rows, row, 1));
	db_reset(t->trunk.db);
	db_send(t->trunk.db, QUERY_relay_move, P_TEXT(text_of(r->cursor.xid)), P_INT(r->cursor.id));
	return db_sync(t->trunk.db);
}

bool cursor_bury(struct ticker *t, const struct db_result *rows, int row, enum row_fate fate)
{
	struct text why = fate == ROW_UNFIT
	                          ? TEXT("a part of it is longer than a message of the broker's can have")
	                          : TEXT("no queue takes it: the topology knows no such exchange or routing key");
	struct relay *r = t->own;
	struct message message;
	struct rows letters;

	publish_message(rows, row, &message);
	message.queue = TEXT("outbox");
	log_critical("a row of the outbox is put aside", LOG_VIEW("reason", why), LOG_VIEW("type", message.type),
	        LOG_VIEW("exchange", message.exchange), LOG_VIEW("routing_key", message.routing_key));
	rows_init(&letters, t->trunk.arena);
	dead_letter_write(&letters, &message, why);
	set_cursor(&r->cursor, db_text(rows, row, 0), db_int(rows, row, 1));
	db_begin(t->trunk.db);
	db_send(t->trunk.db, QUERY_dead_letter_store, P_TEXT(rows_done(&letters)));
	db_send(t->trunk.db, QUERY_relay_move, P_TEXT(text_of(r->cursor.xid)), P_INT(r->cursor.id));
	metric_add(&buried, 1);
	return db_commit(t->trunk.db);
}
