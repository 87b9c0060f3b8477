/* decide.c - one job: access, handler, and what its outcome means for the batch.
 *
 * Who may is the catalogue's word (workers/access.h). A handler that refuses leaves no
 * trace: the profile is put back to where it was.
 */
#include "workers/access.h"
#include "workers/account/model.h"

/* A thunk for each command gives every handler one type. */
typedef enum outcome handler_fn(struct job *job, const void *fields);

#define COMMAND(id, ...)                                                                                               \
	static enum outcome run_##id(struct job *job, const void *fields)                                              \
	{                                                                                                              \
		return id(job, fields);                                                                                \
	}
#include "queues/account.def"

#define COMMAND(id, ...) [COMMAND_##id] = run_##id,
static handler_fn *const handlers[COMMAND_COUNT] = {
#include "queues/account.def"
};

const struct lane_model account_model = { account_load, account_loaded, account_decide, account_store };

struct uuid account_of(const struct job *job)
{
	const struct field *named = field_of_kind(&job->command->record, LOAD_ACCOUNT, FROM_PATH);

	return named ? *(struct uuid *)field_of(named, job->fields) : job->envelope.actor;
}

struct profile *job_profile(const struct job *job, struct uuid account_id)
{
	struct world *world = job->batch->world;

	for (int i = 0; i < world->profile_count; i++)
		if (uuid_equal(&world->profiles[i].account_id, &account_id))
			return &world->profiles[i];
	return NULL;
}

static enum outcome run(struct job *job, const struct profile *profile)
{
	bool owns = profile && uuid_equal(&profile->account_id, &job->envelope.actor);
	enum outcome outcome = access_check(job, SELF | (owns ? OWNER : 0), PROBLEM_INSUFFICIENT_PERMISSIONS);

	if (outcome == JOB_DONE && !profile)
		outcome = job_refuse(job, PROBLEM_NOT_FOUND, "there is no such account");
	return outcome == JOB_DONE ? handlers[job->command->id](job, job->fields) : outcome;
}

static void undo(struct job *job, struct profile *profile, const struct profile *before)
{
	if (profile)
		*profile = *before;
	job->events = NULL;
	job->events_end = &job->events;
}

void account_decide(struct job *job)
{
	struct profile *profile = job_profile(job, account_of(job)), before = { 0 };

	if (profile)
		before = *profile;
	job->outcome = run(job, profile);
	if (job->outcome != JOB_DONE) {
		undo(job, profile, &before);
		EMIT(job, command_refused, .command_type = text_of(job->command->record.type),
		        .code = text_of(problem_texts[job->result.code].word), .detail = job->result.detail);
	} else {
		if (profile_diff(&before, profile, NULL))
			profile->version++;
		job->result.status = 200;
		job->result.subject_id = profile->account_id;
		job->result.version = profile->version;
	}
	if (profile) {
		job->account_id = profile->account_id;
		job->account_version = profile->version;
	}
}
