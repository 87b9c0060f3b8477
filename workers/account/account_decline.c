/* account_decline.c - "account.decline": no more mail of a topic, by one click in a mail (RFC 8058).
 *
 * A topic that nobody can decline is refused; so is nothing else: whoever clicks twice has what he wants.
 *
 * Emits profile.preferences_changed.
 */
#include "queues/preferences.h"
#include "workers/account/account.h"

enum outcome account_decline(struct job *job, const struct account_decline *cmd)
{
	struct profile *profile = job_profile(job, job->envelope.actor);
	const char *word = notification_topic_word(cmd->topic);
	struct text *changed = ARENA_NEW(job_arena(job), struct text);
	json_t *json, *wishes;

	if (topics[cmd->topic].must)
		return job_refuse_field(job, "topic", "cannot be declined");
	*changed = TEXT("notifications");
	json = profile_preferences(profile);
	wishes = json_object_get(json, "notifications");
	if (!wishes)
		json_object_set_new(json, "notifications", wishes = json_object());
	if (!json_object_get(wishes, word))
		json_object_set_new(wishes, word, json_object());
	json_object_set_new(json_object_get(wishes, word), "email", json_string("off"));
	if (profile_choose(job, profile, json))
		EMIT(job, account_preferences_changed, .changed = { changed, 1 });
	return JOB_DONE;
}
