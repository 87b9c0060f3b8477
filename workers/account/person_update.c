/* person_update.c - "account.update": what is known of a person changes; by the person itself, or by an administrator.
 *
 * What is not given stays; what is given empty goes. Refused when there is no such time zone (zones.c). The role is an
 * administrator's to give (people.c).
 *
 * Emits profile.updated, and user.role_changed.
 */
#include "workers/account/account.h"

static void assign(struct text *column, struct text given)
{
	if (given.data)
		*column = given;
}

enum outcome person_update(struct job *job, const struct person_update *cmd)
{
	struct profile *profile = job_profile(job, cmd->account_id);
	struct profile before = *profile;

	if (cmd->timezone.data && !zones_have(job, cmd->timezone))
		return job_refuse_field(job, "timezone", "is not the name of a time zone, like Europe/Paris");
	if (cmd->role && people_give_role(job, profile, cmd->role) != JOB_DONE)
		return JOB_REFUSED;

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
