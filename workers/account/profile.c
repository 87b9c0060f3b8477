/* profile.c - the row that makes a profile a subject: its columns, its queries, and whose it is. */
#include <stdio.h>
#include "workers/account/account.h"

#define HANDLED "queues/accounts.def"
#include "workers/handlers.h"

#define ROWS_OF struct profile
static const struct column columns[] = {
#include "sql/columns/profile.def"
};

static unsigned profile_own(const void *subject, const struct uuid *actor)
{
	return uuid_equal(&((const struct profile *)subject)->id, actor) ? OWNER | SELF : 0;
}

static bool profile_is_gone(const void *subject)
{
	return ((const struct profile *)subject)->deleted_at != 0;
}

/* The desk goes on with what it has begun with somebody who is gone, and who is gone can be erased. */
static bool profile_wants_gone(const struct job *job)
{
	return job->command->id == COMMAND_person_hand_over || job->command->id == COMMAND_person_erase ||
	       job->command->id == COMMAND_person_erase_rest;
}

static void begin_load(struct batch *batch, void *world)
{
	zones_begin_load(batch, world);
	people_begin_load(batch, world);
	trail_begin_load(batch, world);
}

static void store(struct batch *batch, void *world)
{
	readers_store(batch, world);
	erased_store(batch, world);
}

const struct subject_kind profile_kind = {
	.name = "account",
	.bytes = sizeof(struct profile),
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.handlers = handlers,
	.loader = LOAD_ACCOUNT,
	.is_actors_own = true,
	.not_found = PROBLEM_USER_NOT_FOUND,
	.denied = PROBLEM_INSUFFICIENT_PERMISSIONS,
	.load = QUERY_profile_load,
	.insert = NO_QUERY,
	.update = QUERY_profile_update,
	.update_apart = NO_QUERY,
	.own = profile_own,
	.world_bytes = sizeof(struct account_world),
	.is_gone = profile_is_gone,
	.wants_gone = profile_wants_gone,
	.begin_load = begin_load,
	.end_load = zones_end_load,
	.store = store,
};

struct profile *job_profile(const struct job *job, struct uuid account_id)
{
	return subject_find_live(job->set, &account_id);
}

/* old_phone and new_phone, of the column phone; what says nothing is empty. */
static void tell_value(struct account_updated *told, const char *which, const struct column *column, struct text value)
{
	char member[FIELD_JSON_BYTES];

	snprintf(member, sizeof member, "%s_%s", which, column->name);
	*(struct text *)field_of(field_find(&events[EVENT_account_updated], text_of(member)), told) =
	        value.data ? value : TEXT("");
}

void profile_tell_update(struct job *job, const struct profile *before, const struct profile *after)
{
	struct account_updated told = { .changed = subject_changes(&profile_kind, before, after, job_arena(job)) };
	struct text was, now;

	for (int i = 0; i < profile_kind.column_count; i++) {
		if (columns[i].told == TOLD_NOBODY ||
		        !column_differs(&columns[i], before, after, job_arena(job), &was, &now))
			continue;
		tell_value(&told, "old", &columns[i], was);
		tell_value(&told, "new", &columns[i], now);
	}
	if (told.changed.count)
		job_emit(job, EVENT_account_updated, &told, sizeof told);
}
