/* access.h - who may: the catalogue's word, held against the actor as the database has it.
 *
 * The token's role is for the audit only; what counts is the role that was loaded
 * with the batch, so one that was taken away is gone at once.
 */
#ifndef WORKERS_ACCESS_H
#define WORKERS_ACCESS_H

#include "workers/job.h"

/* JOB_DONE when the actor may run the job's command and set the fields that it gives. A field that only other roles
 * may set is refused; in a lenient message it is ignored. own: what the actor is to the subject, OWNER and SELF.
 * denied: the code when the command itself is refused. */
enum outcome access_check(struct job *job, unsigned own, enum problem_code denied);

#endif
