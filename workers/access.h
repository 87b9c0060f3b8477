/* access.h - who may: the catalogue's word, held against the actor as the database has it.
 *
 * The token's role is for the audit only; what counts is the role that was loaded
 * with the batch, so one that was taken away is gone at once.
 */
#ifndef WORKERS_ACCESS_H
#define WORKERS_ACCESS_H

#include "workers/job.h"

/* JOB_DONE when whoever asks may run the job's command and set the fields it gives. What only other
 * roles may set is refused, or passed over where the message is lenient. own: what the actor is to the thing
 * named, OWNER and SELF. denied: the code when the command itself is refused. */
enum outcome access_check(struct job *job, unsigned own, enum problem_code denied);

#endif
