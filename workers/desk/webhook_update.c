/* webhook_update.c - "webhook.update": another URL, other events, a rest, and its end. What waits to be sent goes by
 * what is said now. Emits webhook.updated with what has changed, of which a URL is no part: it may be a secret.
 */
#include "workers/desk/webhook.h"

static bool lists_are_equal(struct text_list a, struct text_list b)
{
	for (int i = 0; i < a.count && i < b.count; i++)
		if (!text_equal(a.items[i], b.items[i]))
			return false;
	return a.count == b.count;
}

static struct text_list changes(struct job *job, const struct desk_webhook *before, const struct desk_webhook *after)
{
	struct text_list changed = { ARENA_ARRAY(job_arena(job), struct text, 6), 0 };

	if (!text_equal(before->url, after->url))
		changed_also(&changed, "url");
	if (!lists_are_equal(before->events, after->events))
		changed_also(&changed, "events");
	if (!text_equal(before->filter, after->filter))
		changed_also(&changed, "filter");
	if (before->ordered != after->ordered)
		changed_also(&changed, "ordered");
	if (before->active != after->active)
		changed_also(&changed, "active");
	if (!text_equal(before->note, after->note))
		changed_also(&changed, "note");
	return changed;
}

enum outcome webhook_update(struct job *job, const struct webhook_update *cmd)
{
	struct desk_webhook *webhook = job_webhook(job, cmd->webhook_id);
	struct desk_webhook before = *webhook;
	enum outcome outcome = webhook_put(job, webhook, &(struct webhook_given)WEBHOOK_GIVEN(cmd));
	struct text_list changed;

	if (outcome != JOB_DONE)
		return outcome;
	if (cmd->active)
		webhook->active = cmd->active == FLAG_TRUE;
	if (webhook->active)
		webhook->stopped_by = TEXT("");
	changed = changes(job, &before, webhook);
	if (changed.count)
		EMIT(job, webhook_updated, .changed = changed);
	return JOB_DONE;
}
