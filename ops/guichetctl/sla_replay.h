/* sla_replay.h - a past ticket's life once more, under a policy that it may not have had.
 *
 * What is known of the past is its history: changes of columns, and what was said in public. The machine is that of the
 * ticket worker (queues/sla_life.h). While the policy does not fit the ticket, nothing is promised.
 */
#ifndef OPS_GUICHETCTL_SLA_REPLAY_H
#define OPS_GUICHETCTL_SLA_REPLAY_H

#include "base/arena.h"
#include "queues/sla_life.h"

/* As it is now. */
struct replay_ticket {
	struct uuid id, owner_id;
	struct text number, status, priority, category, tags, owner_email; /* tags with ", " between */
	int64_t created_us;
};

struct replay_event {
	int64_t at_us;
	struct text field; /* a column's name; "comment": it was said in public */
	struct text before, after;
	bool by_staff; /* by somebody of staff who is not its owner */
};

/* Of one target. */
struct replay_outcome {
	bool promised, breached;
	enum ticket_priority priority; /* as it was when it was missed, else the last */
	int64_t over_us;               /* working time beyond the budget, the most there was */
};

struct replay {
	struct arena *arena; /* for what one ticket needs */
	const struct sla_policy *policy;
	int64_t now_us;
};

/* Events since it was made, in their order. */
void replay_ticket(const struct replay *replay, const struct replay_ticket *ticket, const struct replay_event *past,
        int count, struct replay_outcome out[SLA_TARGETS]);

#endif
