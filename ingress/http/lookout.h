/* lookout.h - what this process keeps of a table so that it need not ask for each request: loaded before the process is
 * ready, brought up to date every second, or at once when somebody says so.
 *
 * What has changed is asked for by the number of the transaction that changed it, not by a time: clocks go back. The
 * query has that place as $1 (0: all that matters); the first row of its answer has no id and says where the next look
 * begins. While PostgreSQL is away the last known state counts.
 */
#ifndef INGRESS_HTTP_LOOKOUT_H
#define INGRESS_HTTP_LOOKOUT_H

#include <stdatomic.h>
#include "base/probe.h"
#include "ingress/http/loop.h"

struct lookout {
	enum query query;
	bool has_more; /* $2 is more */
	int64_t more;
	int place_column; /* of the first row */
	/* The rows, and whether they are all that matters, asked for at that time (monotonic). */
	void (*take)(const struct db_result *rows, bool from_scratch, int64_t asked_ms);
	struct probe_check check;

	/* Its own; but for the atomic ones it is the look's that has set asking. */
	_Atomic bool asking, known;
	_Atomic int64_t known_at_ms; /* when what is known was asked for */
	_Atomic int64_t ask_at_ms;
	bool from_scratch;
	int64_t place, asked_ms, scratch_at_ms;
};

/* Once, before the loops start. */
void lookout_start(struct lookout *l);
/* Every turn of every loop: whichever comes first when it is time asks the database. */
void lookout_tick(struct lookout *l, struct loop *loop, int64_t age_most_ms);
/* With the next turn, without waiting for the second to pass. From any thread. */
void lookout_hurry(struct lookout *l);

/* False until it was loaded once. */
bool lookout_is_known(const struct lookout *l);
/* False when the database has not told for longer than that. */
bool lookout_is_fresh(const struct lookout *l, int64_t age_most_ms);

#endif
