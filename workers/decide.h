/* decide.h - one job decided: the frame around every handler. */
#ifndef WORKERS_DECIDE_H
#define WORKERS_DECIDE_H

#include "workers/job.h"

/* Decides a job whose batch is loaded: sets outcome, result and what its events are about. Whatever the outcome but
 * JOB_DONE, what the handler did is undone, and command.refused is all that the job emits. */
void decide(struct job *job);

#endif
