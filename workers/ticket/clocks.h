/* clocks.h - a ticket's clocks as its row keeps them: what governs it, its life (queues/sla_life.h), what has been said
 * and done about it already, and what it is to be woken for.
 *
 * The column `clocks` is JSON for whoever reads it in SQL; times and amounts are microseconds, and what is 0 is left
 * out:
 *
 *   {"policyId": "...", "policyVersion": 3, "calendarId": "...", "calendarVersion": 2, "priority": "high",
 *    "status": "open", "hasResponse": true, "isAsked": true, "waitingSince": 1, "reminded": 1, "putOff": 1,
 *    "resolution": {"state": "warned", "budget": 1, "used": 1, "since": 1, "due": 1, "met": 1, "begun": 1,
 *                   "stopped": 1, "stoppedBy": "waiting_user", "brought": 1, "warned": 75, "breached": true,
 * "escalated": -1}, "firstResponse": {}, "nextResponse": {}, "timers": {"sla": 1, "close": 1, "remind": 1, "wake": 1},
 *    "hours": [[1790000000, 1790014400]]}
 *
 * hours: the open time, in seconds, from when the clocks run to their deadlines; only where a calendar closes. Whoever
 * shows what is left needs no calendar for it.
 */
#ifndef WORKERS_TICKET_CLOCKS_H
#define WORKERS_TICKET_CLOCKS_H

#include "queues/sla_life.h"
#include "workers/ticket/book.h"

struct clock_mark {
	int64_t begun_us;   /* what was before belongs to another question */
	int64_t brought_us; /* used by then already: by a ticket that was merged into this one */
	int64_t stopped_us; /* it stands still since then; 0: it runs */
	enum ticket_status stopped_by;
	int warned;           /* the percent that was last warned of */
	bool breached;        /* which was told */
	bool escalated;       /* to the level of: */
	int64_t escalated_us; /* so long after the deadline */
};

/* A stretch that has ended. */
struct span {
	enum sla_target target;
	bool worked; /* else it was paused, because of why */
	enum ticket_status why;
	int64_t from_us, to_us, worked_us;
	const struct sla_policy *policy; /* which counted then */
	struct span *next;
};

struct clocks {
	struct sla_life life; /* its policy is NULL: the row has none yet */
	struct clock_mark marks[SLA_TARGETS];
	int64_t waiting_since_us;         /* for its user; 0: it does not */
	int reminded;                     /* so many times since then */
	int64_t put_off_us;               /* and not again before then */
	int64_t due_us[timer_kind_count]; /* what stands in timers; 0: nothing */
	unsigned fired;                   /* bits of kinds whose rows are gone from there, */
	int64_t fired_version;            /* and the version of the one that is known */
	struct span *spans;               /* not written yet */
};

/* Of a text that is no such JSON: none. The policy may be of an earlier version: then only its calendar is known. */
void clocks_read(struct text json, const struct book *book, struct arena *arena, struct clocks *out);
struct text clocks_write(const struct clocks *clocks, int64_t now_us, struct arena *arena);

enum sla_state clocks_state_of(const struct clocks *clocks, enum sla_target target, int64_t now_us);
/* The worst; absent: nothing is promised. */
enum sla_state clocks_state(const struct clocks *clocks, int64_t now_us);

/* When that is reached, if the clock goes on running. */
int64_t clocks_warning_at(const struct clocks *clocks, enum sla_target target, int percent);
int64_t clocks_escalation_at(const struct clocks *clocks, const struct sla_escalation *escalation);
/* Is it one of this clock that has not been acted on? */
bool clocks_awaits(const struct clocks *clocks, enum sla_target target, const struct sla_escalation *escalation);

/* Begins a ticket's clocks with what its columns tell of its life so far. */
struct ticket;
void clocks_begin(struct ticket *ticket, const struct sla_policy *policy, int64_t now_us, struct arena *arena);
/* Each step: before is how the life was. Writes down the stretches that have ended. */
void clocks_note(struct clocks *clocks, const struct sla_life *before, int64_t now_us, struct arena *arena);

#endif
