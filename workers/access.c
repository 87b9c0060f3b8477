/* access.c - see access.h. */
#include "workers/access.h"

static enum outcome refuse_fields(struct job *job, unsigned bits)
{
	for (int i = 0; i < job->command->record.count; i++) {
		const struct field *field = &job->command->record.fields[i];

		if ((field->who & bits) || !field_is_present(field, job->fields))
			continue;
		if (!job->envelope.lenient)
			return job_refuse(
			        job, PROBLEM_INSUFFICIENT_PERMISSIONS, "your role may not set %s", field->name);
		job_ignore(job, field);
	}
	return JOB_DONE;
}

enum outcome access_check(struct job *job, unsigned own, enum problem_code denied)
{
	bool desk = uuid_is_none(&job->envelope.actor);
	unsigned bits = desk ? SERVICE : own;

	if (!desk && (!job->actor || !job->actor->active))
		return job_refuse(job, PROBLEM_AUTH_ACCOUNT_DISABLED, "the account is unknown or disabled");
	if (!desk)
		bits |= role_access(job->actor->role);
	if (!(job->command->access & bits))
		return job_refuse(job, denied, "you may not do this");
	return refuse_fields(job, bits);
}
