/* account.h - what a handler of the account worker works with.
 *
 * A handler assigns a profile's columns, emits events, or refuses. What changed is
 * found by comparing with the copy taken before it ran (profile_columns[]): the
 * version follows from that.
 */
#ifndef WORKERS_ACCOUNT_ACCOUNT_H
#define WORKERS_ACCOUNT_ACCOUNT_H

#include "workers/batch.h"
#include "workers/job.h"

/* What an account says about itself. A text is empty, never absent. */
struct profile {
	struct uuid account_id;
	struct text first_name, last_name;
	struct text phone, department, job_title;
	struct text bio;
	struct text language, timezone, theme; /* words of the vocabulary; a name of the time zone database */

	int64_t version;
	int64_t loaded_version;
};

/* The profile of this account, or NULL: there is no such account. */
struct profile *job_profile(const struct job *job, struct uuid account_id);

/* Emits profile.updated when a column differs. */
void profile_tell_update(struct job *job, const struct profile *before, const struct profile *after);

/* --- one handler a command; each in a file of its name ---------------------------- */
#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/account.def"

#endif
