/* sla_life.h - a ticket's three clocks through its life: what each thing that happens does to them.
 *
 * Pure: the worker of tickets and a simulation of past tickets live the same life. All runs in working time of the
 * policy that governs the ticket at that moment:
 *
 *                     first response        next response             resolution
 *   it is made        starts                                          starts
 *   staff replies     is met                is met
 *   customer asks                           starts, unless it runs
 *                                           or the first still does
 *   waits for user    is paused             is paused                 is paused
 *   back to work      goes on               goes on                   goes on
 *   resolved          is paused             is met                    is met
 *   opened again      goes on                                         goes on with what was left
 *   another policy    goes on with what was used, of the new budget
 *
 * What is internal is none of these. The order within one moment: what is said first, then the status.
 */
#ifndef QUEUES_SLA_LIFE_H
#define QUEUES_SLA_LIFE_H

#include "base/deadline.h"
#include "queues/sla_policy.h"

struct sla_life {
	const struct sla_policy *policy;
	enum ticket_priority priority;
	enum ticket_status status;
	bool has_response; /* staff has replied to it once */
	bool is_asked;     /* the customer has spoken since */
	struct deadline clocks[SLA_TARGETS];
};

/* Made, in whatever status. */
void sla_life_begin(struct sla_life *life, const struct sla_policy *policy, enum ticket_priority priority,
        enum ticket_status status, int64_t now_us);

/* In public. */
void sla_life_reply(struct sla_life *life, int64_t now_us);
void sla_life_ask(struct sla_life *life, int64_t now_us);

/* Each does nothing when it is so already. */
void sla_life_move(struct sla_life *life, enum ticket_status status, int64_t now_us);
/* The policy may be a newer version of itself, or only its calendar have changed: whatever is another pointer. */
void sla_life_govern(
        struct sla_life *life, const struct sla_policy *policy, enum ticket_priority priority, int64_t now_us);

#endif
