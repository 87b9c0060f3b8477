/* outbox.h - how far the relay is behind. */
#ifndef OPS_GUICHETCTL_OUTBOX_H
#define OPS_GUICHETCTL_OUTBOX_H

#include "ops/guichetctl/ctl.h"

struct outbox_state {
	char xid[24]; /* of the cursor */
	int64_t id;
	int64_t moved_s;  /* since the cursor moved */
	int64_t waiting;  /* rows behind it, counted to OUTBOX_COUNT_MAX */
	int64_t oldest_s; /* age of the oldest of these; -1: not known, or none */
	bool is_foreign;
};

#define OUTBOX_COUNT_MAX 100000

/* False with the reason in the connection. */
bool outbox_read(struct db *db, struct outbox_state *out);

#endif
