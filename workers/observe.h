/* observe.h - what a lane measures of its commands: how many of which type, their outcomes, their way to the commit. */
#ifndef WORKERS_OBSERVE_H
#define WORKERS_OBSERVE_H

#include "workers/job.h"

/* A command that this batch has applied; committed. */
void observe_job(const struct job *job);
/* A batch was committed, in so many microseconds. */
void observe_batch(const struct batch *batch, int64_t us);

#endif
