/* account_update_preferences.c - "account.update_preferences": what somebody wants to be told, by which channel and
 * when.
 *
 * What is not given stays. Refused, with a pointer to it: what is no topic, no channel, no wish or no time, a topic
 * that nobody can decline (queues/preferences.h), and a time zone that there is not.
 *
 * Emits profile.preferences_changed, and profile.updated for language, time zone and theme.
 */
#include <stdio.h>
#include <string.h>
#include "queues/preferences.h"
#include "workers/account/account.h"

/* How older clients say it of a channel: {"email": false}. */
static void put_channel(json_t *wishes, const char *channel, bool on)
{
	for (int topic = 1; topic < notification_topic_count; topic++) {
		json_t *of_topic;

		if (topics[topic].must)
			continue;
		of_topic = json_object_get(wishes, topics[topic].word);
		if (!of_topic)
			json_object_set_new(wishes, topics[topic].word, of_topic = json_object());
		json_object_set_new(of_topic, channel, json_string(on ? "on" : "off"));
	}
}

static void put_wishes(json_t *json, json_t *given)
{
	json_t *wishes = json_object_get(json, "notifications"), *value;
	const char *name;

	if (!wishes)
		json_object_set_new(json, "notifications", wishes = json_object());
	json_object_foreach(given, name, value)
	{
		json_t *before = json_object_get(wishes, name);

		if (json_is_boolean(value) &&
		        word_find(text_of(name), notification_channel_words, notification_channel_count))
			put_channel(wishes, name, json_is_true(value));
		else if (json_is_object(before) && json_is_object(value))
			json_object_update(before, value);
		else
			json_object_set(wishes, name, value);
	}
}

/* Takes the member over as it is given; an empty text takes it away. False: it is no object. */
static bool put(json_t *json, const char *member, struct text given)
{
	json_t *value = given.len ? json_loadb(given.data, given.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	bool good = !given.len || json_is_object(value);

	if (given.data && !given.len)
		json_object_del(json, member);
	else if (good && value && strcmp(member, "notifications") == 0)
		put_wishes(json, value);
	else if (good && value)
		json_object_set(json, member, value);
	json_decref(value);
	return good;
}

static enum outcome refuse(struct job *job, json_t *json, const char *pointer, const char *why)
{
	json_decref(json);
	return job_refuse_at(job, pointer, "%s", why);
}

static enum outcome choose(struct job *job, struct profile *profile, const struct account_update_preferences *cmd)
{
	const struct {
		const char *member;
		struct text given;
	} members[] = { { "notifications", cmd->notifications }, { "quietHours", cmd->quiet_hours },
		{ "digest", cmd->digest } };
	struct account_preferences_changed told = { .changed = { ARENA_ARRAY(job_arena(job), struct text, 3), 0 } };
	char pointer[PREFERENCES_POINTER_BYTES];
	json_t *json = profile_preferences(profile);
	struct preferences read;
	const char *why;

	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		if (!put(json, members[i].member, members[i].given)) {
			snprintf(pointer, sizeof pointer, "/%s", members[i].member);
			return refuse(job, json, pointer, "must be an object");
		}
		if (members[i].given.data)
			told.changed.items[told.changed.count++] = text_of(members[i].member);
	}
	why = preferences_read(json, &read, pointer);
	if (why)
		return refuse(job, json, pointer, why);
	if (profile_choose(job, profile, json))
		job_emit(job, EVENT_account_preferences_changed, &told, sizeof told);
	return JOB_DONE;
}

enum outcome account_update_preferences(struct job *job, const struct account_update_preferences *cmd)
{
	struct profile *profile = job_profile(job, job->envelope.actor);
	struct profile before = *profile;
	enum outcome outcome;

	if (cmd->timezone.data && !zones_have(job, cmd->timezone))
		return job_refuse_field(job, "timezone", "is not the name of a time zone, like Europe/Paris");
	outcome = choose(job, profile, cmd);
	if (outcome != JOB_DONE)
		return outcome;
	if (cmd->timezone.data)
		profile->timezone = cmd->timezone;
	if (cmd->language)
		profile->language = text_of(language_word(cmd->language));
	if (cmd->theme)
		profile->theme = text_of(theme_word(cmd->theme));
	profile_tell_update(job, &before, profile);
	return JOB_DONE;
}
