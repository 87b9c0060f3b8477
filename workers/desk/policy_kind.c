/* policy_kind.c - the row that makes a policy a subject. Access is the catalogue's word alone; a command that names
 * none is about the default one.
 */
#include <stdlib.h>
#include "workers/desk/policy.h"

#define HANDLED "queues/policy.def"
#include "workers/handlers.h"

#define ROWS_OF struct desk_policy
static const struct column columns[] = {
#include "sql/columns/policy.def"
};

const struct uuid default_policy = { { 0, 0, 0, 0, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, 1 } };

struct policy_world {
	struct changes changes;
	bool order_changed;
};

static unsigned policy_own(const void *subject, const struct uuid *actor)
{
	(void)subject;
	(void)actor;
	return 0;
}

static bool policy_is_gone(const void *subject)
{
	return ((const struct desk_policy *)subject)->deleted_at != 0;
}

static void policy_settled(struct job *job, const void *before, void *subject, const void *world_before)
{
	const struct desk_policy *policy = subject;

	(void)before;
	(void)world_before;
	changes_add(job, &(struct change){ &policy_kind, policy->subject, .calendar_id = policy->calendar_id,
	                         .name = policy->name, .body = policy->body });
}

/* --- order ------------------------------------------------------------------------------ */
void policy_order_changed(struct job *job)
{
	((struct policy_world *)job->set->world)->order_changed = true;
}

static int by_position(const void *a, const void *b)
{
	const struct desk_policy *one = *(struct desk_policy *const *)a, *other = *(struct desk_policy *const *)b;

	return one->position < other->position ? -1 : one->position > other->position;
}

static void store_order(struct batch *batch)
{
	struct subject_set *set = subject_set_of(batch, &policy_kind);
	struct desk_policy **all = ARENA_ARRAY(batch->arena, struct desk_policy *, (size_t)set->count + 1);
	struct id_set ids = { 0 };
	size_t count = 0;

	for (int i = 0; i < set->count; i++) {
		struct desk_policy *policy = subject_at(set, i);

		if (!policy->deleted_at && !policy_is_default(policy))
			all[count++] = policy;
	}
	qsort(all, count, sizeof *all, by_position);
	for (size_t i = 0; i < count; i++)
		id_set_add(&ids, batch->arena, all[i]->id);
	db_send(batch->db, QUERY_policy_put_in_order, P_TEXT(id_set_literal(&ids, batch->arena)));
}

static void policy_store(struct batch *batch, void *world)
{
	if (((struct policy_world *)world)->order_changed)
		store_order(batch);
	changes_store(batch, world);
}

const struct subject_kind policy_kind = {
	.name = "policy",
	.bytes = sizeof(struct desk_policy),
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.handlers = handlers,
	.loader = LOAD_POLICY,
	.unnamed = &default_policy,
	.loads_all = true,
	.not_found = PROBLEM_NOT_FOUND,
	.denied = PROBLEM_INSUFFICIENT_PERMISSIONS,
	.load = QUERY_policy_load,
	.insert = QUERY_policy_insert,
	.update = QUERY_policy_update,
	.update_apart = NO_QUERY,
	.own = policy_own,
	.is_gone = policy_is_gone,
	.settled = policy_settled,
	.world_bytes = sizeof(struct policy_world),
	.store = policy_store,
};

struct desk_policy *job_policy(const struct job *job, struct uuid id)
{
	return subject_find_live(subject_set_of(job->batch, &policy_kind), &id);
}

bool policy_is_default(const struct desk_policy *policy)
{
	return uuid_equal(&policy->id, &default_policy);
}
