/* results.h - what comes and goes by Redis, for all loops: outcomes of commands, pokes about revocations.
 *
 * Two threads, because hiredis blocks: one listens, one pokes. All of it may be
 * lost; who waits for it also looks into PostgreSQL.
 */
#ifndef INGRESS_COMMAND_RESULTS_H
#define INGRESS_COMMAND_RESULTS_H

/* After the loops were started. */
void results_start(void);

/* Tells every ingress, this one too, that revocations have changed. Never waits. */
void results_poke_revocations(void);

#endif
