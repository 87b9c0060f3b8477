/* instance.h - what this process says of itself to the database, and what operators want of its program.
 *
 *   if (instance_is_due()) {                       every two seconds, one thread at a time
 *   	instance_render(&about, &facts);
 *   	... the function instance_seen of SQL ...
 *   	instance_obey(answer)                     or instance_missed() when there was none
 *   }
 *
 * facts: {"health": as /health says it, "queues": [{"name", "inHand", "headAt"}], "probe": its address,
 * "lastError": {"at", "message"}, "peakResidentBytes", "cpuMs", "lines": those of the log that are to be kept}, and
 * what the program adds ("unknown": workers/unknown.c). inHand counts the messages that were given to this process and
 * are not acknowledged; headAt is when the first of them was accepted, RFC 3339. Whoever reads the row tells by it how
 * old the head of a queue is, which the broker does not know.
 */
#ifndef QUEUES_INSTANCE_H
#define QUEUES_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/metrics.h"
#include "base/text.h"
#include "base/uuid.h"

/* What this process holds of a queue, or one thread of it; registers with the first use and stays. Prometheus is told,
 * too. */
struct instance_queue {
	const char *name;
	struct metric *held, *head_age; /* those of the name: several threads may have the same queue */
	_Atomic int64_t in_hand;
	_Atomic int64_t head_us; /* microseconds since 1970; 0: nothing in hand, or not known */
	_Atomic int registered;
	struct instance_queue *next;
};

/* Any thread. */
void instance_holds(struct instance_queue *queue, int64_t in_hand, int64_t head_us);

/* True for one caller, who then asks and says how it went. */
bool instance_is_due(void);

/* Of the facts another member: what its writer appends, a JSON value. Any thread may be in it. */
void instance_adds(const char *member, void (*write)(struct buffer *out));

/* The three parameters of instance_seen, in the arena. */
struct instance_words {
	struct text program; /* as in programs.def: mail_ingress */
	struct text about, facts;
};
struct instance_words instance_render(struct arena *arena);
const struct uuid *instance_id(void);

/* answer: what instance_seen said. */
void instance_obey(struct text answer);
void instance_missed(void);

/* Does an operator want that nothing is taken from this queue, or that the program rests? Yes, until it is known. */
bool instance_is_paused(const char *queue);
bool instance_rests(void);
/* Grows when what is paused has changed; 0: not known yet. */
unsigned instance_orders(void);

#endif
