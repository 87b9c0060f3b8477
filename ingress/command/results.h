/* results.h - what comes and goes by Redis, for all loops: outcomes of commands, pokes about revocations.
 *
 * Two threads, because hiredis blocks: one listens, one pokes. All of it may be
 * lost; who waits for it also looks into PostgreSQL.
 */
#ifndef INGRESS_COMMAND_RESULTS_H
#define INGRESS_COMMAND_RESULTS_H

#include "ingress/command/waiters.h"

/* After the loops were started. */
void results_start(void);

struct json_t;

/* A result as a worker wrote it: ends the waits that it is for. What is no result is for nobody. */
void results_tell(struct waiters *waiters, const struct json_t *result);
/* The loop whose results come by this channel; NULL: none of ours. */
struct loop *results_loop_of(struct text channel);

/* Tells every ingress, this one too, that revocations have changed. Never waits. */
void results_poke_revocations(void);

#endif
