/* profile.c - the row that makes a profile a subject: its columns, its queries, and whose it is. */
#include "workers/account/account.h"

#define HANDLED "queues/account.def"
#include "workers/handlers.h"

#define ROWS_OF struct profile
static const struct column columns[] = {
#include "sql/columns/profile.def"
};

static unsigned profile_own(const void *subject, const struct uuid *actor)
{
	return uuid_equal(&((const struct profile *)subject)->id, actor) ? OWNER | SELF : 0;
}

const struct subject_kind profile_kind = {
	.name = "account",
	.bytes = sizeof(struct profile),
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.handlers = handlers,
	.loader = LOAD_ACCOUNT,
	.is_actors_own = true,
	.not_found = PROBLEM_NOT_FOUND,
	.denied = PROBLEM_INSUFFICIENT_PERMISSIONS,
	.load = QUERY_profile_load,
	.insert = NO_QUERY,
	.update = QUERY_profile_update,
	.update_apart = NO_QUERY,
	.own = profile_own,
	.world_bytes = sizeof(struct zones),
	.begin_load = zones_begin_load,
	.end_load = zones_end_load,
};

struct profile *job_profile(const struct job *job, struct uuid account_id)
{
	return subject_find_live(job->set, &account_id);
}

void profile_tell_update(struct job *job, const struct profile *before, const struct profile *after)
{
	struct text_list changed = subject_changes(&profile_kind, before, after, job_arena(job));

	if (changed.count)
		EMIT(job, account_updated, .changed = changed);
}
