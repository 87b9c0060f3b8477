/* schedule_kind.c - the row that makes a schedule a subject. When it comes next is a row of timers, which the timer
 * worker fires and moves on (workers/timer/schedule.c); whatever changes a schedule writes it anew.
 */
#include "base/instant.h"
#include "base/recurrence.h"
#include "workers/desk/schedule.h"

#define HANDLED "queues/schedule.def"
#include "workers/handlers.h"

#define ROWS_OF struct desk_schedule
static const struct column columns[] = {
#include "sql/columns/schedule.def"
};

/* What has changed in a batch. */
struct schedule_world {
	struct id_set changed;
};

static unsigned schedule_own(const void *subject, const struct uuid *actor)
{
	(void)subject;
	(void)actor;
	return 0;
}

static bool schedule_is_gone(const void *subject)
{
	return ((const struct desk_schedule *)subject)->deleted_at != 0;
}

/* 0: never. */
static int64_t next_of(const struct desk_schedule *schedule, struct arena *arena, int64_t now_us)
{
	const char *why;
	const struct zone *zone = zone_read(arena, schedule->timezone, &why);
	int64_t next_us;

	if (!zone || !recurrence_after(schedule->rule, zone, schedule->starts_at, now_us, &next_us))
		return 0;
	return next_us;
}

static void schedule_settled(struct job *job, const void *before, void *subject, const void *world_before)
{
	struct schedule_world *world = job->set->world;

	(void)before;
	(void)world_before;
	id_set_add(&world->changed, job_arena(job), ((struct desk_schedule *)subject)->id);
}

static void write_timer(struct batch *batch, const struct desk_schedule *schedule, struct rows *rows)
{
	int64_t next_us =
	        schedule->active && !schedule->deleted_at ? next_of(schedule, batch->arena, batch->now_us) : 0;
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "subject", &schedule->id);
	rows_time(out, "due_at", next_us);
	buffer_json_member_int(out, "version", schedule->version);
	rows_end(rows);
	if (next_us && (!batch->timer_us || next_us < batch->timer_us))
		batch->timer_us = next_us;
}

static void schedule_store(struct batch *batch, void *world)
{
	const struct id_set *changed = &((struct schedule_world *)world)->changed;
	const struct subject_set *set = subject_set_of(batch, &schedule_kind);
	struct rows rows;

	if (!changed->count)
		return;
	rows_init(&rows, batch->arena);
	for (int i = 0; i < changed->count; i++)
		write_timer(batch, subject_find(set, &changed->ids[i]), &rows);
	db_send(batch->db, QUERY_schedule_timers, P_TEXT(rows_done(&rows)));
}

const struct subject_kind schedule_kind = {
	.name = "schedule",
	.bytes = sizeof(struct desk_schedule),
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.handlers = handlers,
	.loader = LOAD_SCHEDULE,
	.loads_all = true,
	.not_found = PROBLEM_NOT_FOUND,
	.denied = PROBLEM_INSUFFICIENT_PERMISSIONS,
	.load = QUERY_schedule_load,
	.insert = QUERY_schedule_insert,
	.update = QUERY_schedule_update,
	.update_apart = NO_QUERY,
	.own = schedule_own,
	.is_gone = schedule_is_gone,
	.settled = schedule_settled,
	.world_bytes = sizeof(struct schedule_world),
	.store = schedule_store,
};

struct desk_schedule *job_schedule(const struct job *job, struct uuid id)
{
	return subject_find_live(subject_set_of(job->batch, &schedule_kind), &id);
}

/* --- what is given --------------------------------------------------------------------- */
static void take(struct text *member, struct text given)
{
	if (given.data)
		*member = given;
}

static enum outcome put_owner(struct job *job, struct desk_schedule *schedule, struct uuid owner_id)
{
	const struct account *owner;

	if (uuid_is_none(&owner_id))
		return JOB_DONE;
	owner = job_account(job, owner_id);
	if (!owner || !owner->active)
		return job_refuse_field(job, "owner_id", "is no active account");
	schedule->owner_id = owner_id;
	return JOB_DONE;
}

static enum outcome put_times(struct job *job, struct desk_schedule *schedule, const struct schedule_given *given)
{
	const char *why = given->rule.data ? recurrence_refuses(given->rule) : NULL;

	if (why)
		return job_refuse_field(job, "rule", why);
	if (given->starts_at.data && !instant_read(given->starts_at, &schedule->starts_at))
		return job_refuse_field(job, "starts_at", "must be a time, like 2026-12-07T08:00:00Z");
	take(&schedule->rule, given->rule);
	take(&schedule->timezone, given->timezone);
	if (!zone_read(job_arena(job), schedule->timezone, &why))
		return job_refuse_field(job, "timezone", why);
	return next_of(schedule, job_arena(job), job_now(job)) ? JOB_DONE
	                                                       : job_refuse_field(job, "rule", "never comes any more");
}

enum outcome schedule_put(struct job *job, struct desk_schedule *schedule, const struct schedule_given *given)
{
	enum outcome outcome = given->name.data ? refuse_name(job, (struct subject *)schedule, given->name) : JOB_DONE;

	if (outcome == JOB_DONE)
		outcome = put_owner(job, schedule, given->owner_id);
	if (outcome == JOB_DONE && (given->rule.data || given->starts_at.data || given->timezone.data))
		outcome = put_times(job, schedule, given);
	if (outcome != JOB_DONE)
		return outcome;
	take(&schedule->name, given->name);
	take(&schedule->title, given->title);
	take(&schedule->description, given->description);
	take(&schedule->category, given->category);
	if (given->priority)
		schedule->priority = given->priority;
	return JOB_DONE;
}
