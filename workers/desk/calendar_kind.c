/* calendar_kind.c - the row that makes a working calendar a subject. Access is the catalogue's word alone. */
#include "workers/desk/calendar.h"

#define HANDLED "queues/calendar.def"
#include "workers/handlers.h"

#define ROWS_OF struct desk_calendar
static const struct column columns[] = {
#include "sql/columns/calendar.def"
};

static unsigned calendar_own(const void *subject, const struct uuid *actor)
{
	(void)subject;
	(void)actor;
	return 0;
}

static bool calendar_is_gone(const void *subject)
{
	return ((const struct desk_calendar *)subject)->deleted_at != 0;
}

static void calendar_settled(struct job *job, const void *before, void *subject, const void *world_before)
{
	const struct desk_calendar *calendar = subject;

	(void)before;
	(void)world_before;
	changes_add(job,
	        &(struct change){ &calendar_kind, calendar->subject, .name = calendar->name, .body = calendar->body });
}

const struct subject_kind calendar_kind = {
	.name = "calendar",
	.bytes = sizeof(struct desk_calendar),
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.handlers = handlers,
	.loader = LOAD_CALENDAR,
	.loads_all = true,
	.not_found = PROBLEM_NOT_FOUND,
	.denied = PROBLEM_INSUFFICIENT_PERMISSIONS,
	.load = QUERY_calendar_load,
	.insert = QUERY_calendar_insert,
	.update = QUERY_calendar_update,
	.update_apart = NO_QUERY,
	.own = calendar_own,
	.is_gone = calendar_is_gone,
	.settled = calendar_settled,
	.world_bytes = sizeof(struct changes),
	.store = changes_store,
};

struct desk_calendar *job_calendar(const struct job *job, struct uuid id)
{
	return subject_find_live(subject_set_of(job->batch, &calendar_kind), &id);
}

/* --- its body -------------------------------------------------------------------------- */
/* The zone's files are read, so that what is kept can be computed with. */
static enum outcome refuse_unless_readable(struct job *job, const json_t *body)
{
	struct arena *arena = arena_new(1 << 16);
	struct calendar_fault fault;
	enum outcome outcome = JOB_DONE;

	if (!calendar_read(arena, body, &fault))
		outcome = job_refuse_at(job, fault.pointer, "%s", fault.detail);
	arena_free(&arena);
	return outcome;
}

static enum outcome put(struct job *job, json_t *body, const struct calendar_given *given)
{
	if (given->timezone.data)
		json_object_set_new(body, "timezone", json_stringn(given->timezone.data, given->timezone.len));
	if (!body_put(body, "weekly", given->weekly))
		return job_refuse_field(job, "weekly", "must be an object of weekdays, mon to sun");
	if (!body_put(body, "holidays", given->holidays))
		return job_refuse_field(job, "holidays", "must be a list of up to 400 days or rules");
	return refuse_unless_readable(job, body);
}

enum outcome calendar_put(struct job *job, struct desk_calendar *calendar, const struct calendar_given *given)
{
	json_t *body = body_open(calendar->body);
	enum outcome outcome = given->name.data ? refuse_name(job, &calendar->subject, given->name) : JOB_DONE;

	if (outcome == JOB_DONE)
		outcome = put(job, body, given);
	if (outcome != JOB_DONE) {
		json_decref(body);
		return outcome;
	}
	calendar->body = body_close(body, calendar->body, job_arena(job));
	if (given->name.data)
		calendar->name = given->name;
	return JOB_DONE;
}
