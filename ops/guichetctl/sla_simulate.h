/* sla_simulate.h - what a simulation comes to. */
#ifndef OPS_GUICHETCTL_SLA_SIMULATE_H
#define OPS_GUICHETCTL_SLA_SIMULATE_H

#include "ops/guichetctl/ctl.h"
#include "ops/guichetctl/sla_replay.h"

/* A ticket that missed a target. */
struct missed {
	struct text number;
	enum sla_target target;
	enum ticket_priority priority;
	int64_t over_us;
};

/* Of one target and priority; over: of those that were missed. */
struct tally {
	int64_t promised, breached, over_sum_us, over_worst_us;
};

struct simulation {
	struct ctl *ctl;
	struct tally tallies[SLA_TARGETS][ticket_priority_count];
	int64_t tickets, total; /* seen so far, of so many */
	int64_t governed;       /* tickets that anything was promised of */
	struct missed *missed;  /* with --list */
	size_t missed_count, missed_room;
};

void simulation_count(
        struct simulation *s, const struct replay_ticket *ticket, const struct replay_outcome outcomes[SLA_TARGETS]);
/* On stderr: a bar on a terminal, else a line for each quarter. */
void simulation_progress(const struct simulation *s);
void simulation_write(const struct simulation *s);

#endif
