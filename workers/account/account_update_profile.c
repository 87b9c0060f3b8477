/* account_update_profile.c - "account.update_profile": somebody says something else about themselves.
 *
 * What is not given stays; what is given empty goes. Refused when there is no such time zone (zones.c).
 *
 * Emits profile.updated with the names of what changed.
 */
#include "workers/account/account.h"

static void assign(struct text *column, struct text given)
{
	if (given.data)
		*column = given;
}

enum outcome account_update_profile(struct job *job, const struct account_update_profile *cmd)
{
	struct profile *profile = job_profile(job, job->envelope.actor);
	struct profile before = *profile;

	if (cmd->timezone.data && !zones_have(job, cmd->timezone))
		return job_refuse_field(job, "timezone", "is not the name of a time zone, like Europe/Paris");

	assign(&profile->first_name, cmd->first_name);
	assign(&profile->last_name, cmd->last_name);
	assign(&profile->phone, cmd->phone);
	assign(&profile->department, cmd->department);
	assign(&profile->job_title, cmd->job_title);
	assign(&profile->bio, cmd->bio);
	assign(&profile->timezone, cmd->timezone);
	if (cmd->language)
		profile->language = text_of(language_word(cmd->language));
	if (cmd->theme)
		profile->theme = text_of(theme_word(cmd->theme));
	profile_tell_update(job, &before, profile);
	return JOB_DONE;
}
