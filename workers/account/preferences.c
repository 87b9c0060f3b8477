/* preferences.c - the chosen part of a profile: the JSON of its column notifications (queues/preferences.h). */
#include <stdlib.h>
#include "workers/account/account.h"

json_t *profile_preferences(const struct profile *profile)
{
	json_t *json = profile->notifications.len
	                       ? json_loadb(profile->notifications.data, profile->notifications.len, 0, NULL)
	                       : NULL;

	return json_is_object(json) ? json : json_object();
}

bool profile_choose(struct job *job, struct profile *profile, json_t *json)
{
	json_t *before = profile_preferences(profile);
	bool differs = !json_equal(before, json);

	if (differs) {
		char *dumped = json_dumps(json, JSON_COMPACT);

		profile->notifications = text_copy(job_arena(job), text_of(dumped));
		free(dumped);
	}
	json_decref(before);
	json_decref(json);
	return differs;
}
