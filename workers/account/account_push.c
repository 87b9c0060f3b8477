/* account_push.c - which browsers of a person are told by web push: the member "push" of the preferences, a list of
 * what PushManager.subscribe() gave each.
 *
 * "account.push_subscribe" refuses what is no https URL, and keys that cannot be used. "account.push_end" is asked by
 * the person, and refused where there is no such browser; "account.push_expire" by the webhook worker, to which the
 * push service has said 404 or 410, any number of times.
 *
 * Emits profile.push_subscribed and profile.push_ended.
 */
#include "base/base64url.h"
#include "base/instant.h"
#include "queues/p256.h"
#include "workers/account/account.h"

#define PUSH_MOST 20
#define AUTH_BYTES 16

static enum outcome refuse_unusable(struct job *job, const struct account_push_subscribe *cmd)
{
	uint8_t key[P256_PUBLIC_BYTES], auth[AUTH_BYTES];

	if (!text_starts_with(cmd->endpoint, TEXT("https://")) && !text_starts_with(cmd->endpoint, TEXT("http://")))
		return job_refuse_field(job, "endpoint", "must be the URL of a push service");
	if (!base64url_read(cmd->p256dh, key, sizeof key) || !p256_is_point(key))
		return job_refuse_field(job, "p256dh", "must be a key on the curve P-256, 65 bytes in base64url");
	if (!base64url_read(cmd->auth, auth, sizeof auth))
		return job_refuse_field(job, "auth", "must be 16 bytes in base64url");
	return JOB_DONE;
}

static struct text member(const json_t *one, const char *name)
{
	return text_of(json_string_value(json_object_get(one, name)));
}

/* Takes away those whose member says that; how many. */
static int drop(json_t *list, const char *name, struct text value)
{
	int dropped = 0;

	for (size_t i = json_array_size(list); i-- > 0;)
		if (text_equal(member(json_array_get(list, i), name), value)) {
			json_array_remove(list, i);
			dropped++;
		}
	return dropped;
}

static void put(json_t *one, const char *name, struct text value)
{
	json_object_set_new(one, name, json_stringn(value.data, value.len));
}

static json_t *browser_of(struct job *job, const struct account_push_subscribe *cmd)
{
	char now[INSTANT_TEXT_BYTES];
	json_t *one = json_object();

	instant_write(job_now(job), now);
	put(one, "id", uuid_text(job_arena(job), &cmd->push_id));
	put(one, "endpoint", cmd->endpoint);
	put(one, "p256dh", cmd->p256dh);
	put(one, "auth", cmd->auth);
	put(one, "createdAt", text_of(now));
	return one;
}

enum outcome account_push_subscribe(struct job *job, const struct account_push_subscribe *cmd)
{
	struct profile *profile = job_profile(job, job->envelope.actor);
	enum outcome outcome = refuse_unusable(job, cmd);
	json_t *json, *list;

	if (outcome != JOB_DONE)
		return outcome;
	json = profile_preferences(profile);
	list = json_object_get(json, "push");
	if (!list)
		json_object_set_new(json, "push", list = json_array());
	drop(list, "endpoint", cmd->endpoint);
	while (json_array_size(list) >= PUSH_MOST)
		json_array_remove(list, 0);
	json_array_append_new(list, browser_of(job, cmd));
	profile_choose(job, profile, json);
	EMIT(job, account_push_subscribed, .push_id = cmd->push_id);
	return JOB_DONE;
}

/* False: there is no such browser. */
static bool end(struct job *job, struct uuid account, struct uuid push)
{
	struct profile *profile = job_profile(job, account);
	json_t *json = profile_preferences(profile);

	drop(json_object_get(json, "push"), "id", uuid_text(job_arena(job), &push));
	if (!profile_choose(job, profile, json))
		return false;
	EMIT(job, account_push_ended, .push_id = push);
	return true;
}

enum outcome account_push_end(struct job *job, const struct account_push_end *cmd)
{
	return end(job, job->envelope.actor, cmd->push_id)
	               ? JOB_DONE
	               : job_refuse(job, PROBLEM_NOT_FOUND, "there is no such subscription");
}

enum outcome account_push_expire(struct job *job, const struct account_push_expire *cmd)
{
	end(job, cmd->account_id, cmd->push_id);
	return JOB_DONE;
}
