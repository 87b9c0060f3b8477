/* webhook_kind.c - the row that makes a webhook a subject, and what is read of a command about one.
 *
 * A URL is http or https with a host and no user; where it leads is looked at by the webhook worker, each time, because
 * names change their addresses.
 */
#include <curl/curl.h>
#include <string.h>
#include "workers/desk/webhook.h"

#define HANDLED "queues/webhook.def"
#include "workers/handlers.h"

#define ROWS_OF struct desk_webhook
static const struct column columns[] = {
#include "sql/columns/webhook.def"
};

static unsigned webhook_own(const void *subject, const struct uuid *actor)
{
	(void)subject;
	(void)actor;
	return 0;
}

static bool webhook_is_gone(const void *subject)
{
	return ((const struct desk_webhook *)subject)->deleted_at != 0;
}

const struct subject_kind webhook_kind = {
	.name = "webhook",
	.bytes = sizeof(struct desk_webhook),
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.handlers = handlers,
	.loader = LOAD_WEBHOOK,
	.loads_all = true,
	.not_found = PROBLEM_NOT_FOUND,
	.denied = PROBLEM_INSUFFICIENT_PERMISSIONS,
	.load = QUERY_webhook_load,
	.insert = QUERY_webhook_insert,
	.update = QUERY_webhook_update,
	.update_apart = NO_QUERY,
	.own = webhook_own,
	.is_gone = webhook_is_gone,
};

struct desk_webhook *job_webhook(const struct job *job, struct uuid id)
{
	return subject_find_live(subject_set_of(job->batch, &webhook_kind), &id);
}

void webhook_renew_secret(struct desk_webhook *webhook, int64_t previous_until_us)
{
	webhook->previous_generation = previous_until_us ? webhook->generation : 0;
	webhook->previous_until = previous_until_us;
	webhook->generation = webhook->version + 1;
}

/* --- the URL --------------------------------------------------------------------------- */
static bool has_part(CURLU *url, CURLUPart part)
{
	char *found = NULL;
	bool has = curl_url_get(url, part, &found, 0) == CURLUE_OK && found && *found;

	curl_free(found);
	return has;
}

static bool is_of_the_web(CURLU *url)
{
	char *scheme = NULL;
	bool is = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	          (!strcmp(scheme, "https") || !strcmp(scheme, "http"));

	curl_free(scheme);
	return is;
}

static enum outcome refuse_url(struct job *job, struct text given)
{
	const char *why = NULL;
	CURLU *url = curl_url();

	if (curl_url_set(url, CURLUPART_URL, text_dup(job_arena(job), given), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
	        !is_of_the_web(url) || !has_part(url, CURLUPART_HOST))
		why = "must be a URL, like https://hooks.example.org/guichet";
	else if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
		why = "must not hold a user or a password";
	curl_url_cleanup(url);
	return why ? job_refuse_field(job, "url", "%s", why) : JOB_DONE;
}

/* --- what is wanted -------------------------------------------------------------------- */
static bool is_pattern(struct text pattern)
{
	if (text_equal(pattern, TEXT("*")) || event_find(pattern))
		return true;
	if (pattern.len < 3 || memcmp(pattern.data + pattern.len - 2, ".*", 2) != 0)
		return false;
	pattern.len--; /* the object and its dot */
	for (int i = 0; i < EVENT_COUNT; i++)
		if (text_starts_with(text_of(events[i].type), pattern))
			return true;
	return false;
}

static enum outcome refuse_events(struct job *job, struct text_list wanted)
{
	if (wanted.items && !wanted.count)
		return job_refuse_field(job, "events", "must name an event at least");
	for (int i = 0; i < wanted.count; i++)
		if (!is_pattern(wanted.items[i]))
			return job_refuse_item(
			        job, "events", i, "is no event: a type, like ticket.created, or ticket.*, or *");
	return JOB_DONE;
}

#define FILTER_MOST 20

static bool is_list_of_texts(const json_t *list)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		if (!json_is_string(item))
			return false;
	}
	return json_array_size(list) >= 1 && json_array_size(list) <= FILTER_MOST;
}

static const char *filter_fault(const json_t *filter)
{
	static const char *const members[] = { "priority", "category", "tag", "ticketId" };
	size_t known = 0;

	if (!json_is_object(filter))
		return "must be an object of lists";
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const json_t *list = json_object_get(filter, members[i]);

		known += list != NULL;
		if (list && !is_list_of_texts(list))
			return "each of its members must be a list of 1 to 20 texts";
	}
	return known == json_object_size(filter) ? NULL : "may hold priority, category, tag and ticketId alone";
}

static enum outcome put_filter(struct job *job, struct desk_webhook *webhook, struct text given)
{
	json_t *filter = json_loadb(given.data, given.len, JSON_REJECT_DUPLICATES, NULL);
	const char *why = filter_fault(filter);

	if (why) {
		json_decref(filter);
		return job_refuse_field(job, "filter", "%s", why);
	}
	webhook->filter = body_close(filter, webhook->filter, job_arena(job));
	return JOB_DONE;
}

enum outcome webhook_put(struct job *job, struct desk_webhook *webhook, const struct webhook_given *given)
{
	enum outcome outcome = given->url.data ? refuse_url(job, given->url) : JOB_DONE;

	if (outcome == JOB_DONE)
		outcome = refuse_events(job, given->events);
	if (outcome == JOB_DONE && given->filter.data)
		outcome = put_filter(job, webhook, given->filter);
	if (outcome != JOB_DONE)
		return outcome;
	if (given->url.data)
		webhook->url = given->url;
	if (given->events.items)
		webhook->events = given->events;
	if (given->note.data)
		webhook->note = given->note.len ? given->note : TEXT_NONE;
	if (given->ordered)
		webhook->ordered = given->ordered == FLAG_TRUE;
	return JOB_DONE;
}
