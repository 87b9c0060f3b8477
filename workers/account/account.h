/* account.h - what a handler of the account worker works with.
 *
 * A handler assigns a profile's columns, emits events, or refuses. What changed is
 * found by comparing with the copy taken before it ran (sql/columns/profile.def): the
 * version follows from that.
 */
#ifndef WORKERS_ACCOUNT_ACCOUNT_H
#define WORKERS_ACCOUNT_ACCOUNT_H

#include "workers/job.h"
#include "workers/subject.h"

/* What an account says about itself; its id is the account's. */
struct profile {
	SUBJECT_HEAD;
#include "sql/columns/profile.def"
};

extern const struct subject_kind profile_kind;

/* The profile of this account, or NULL: there is no such account. */
struct profile *job_profile(const struct job *job, struct uuid account_id);

/* zones.c: the time zones that there are, of those that the batch's commands name. */
struct zones {
	struct text *names;
	int count;
	struct db_result *rows; /* between begin_load and end_load */
};
void zones_begin_load(struct batch *batch, void *world);
void zones_end_load(struct batch *batch, void *world);
bool zones_have(const struct job *job, struct text name);

/* Emits profile.updated when a column differs. */
void profile_tell_update(struct job *job, const struct profile *before, const struct profile *after);

/* --- one handler a command; each in a file of its name ---------------------------- */
#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/account.def"

#endif
