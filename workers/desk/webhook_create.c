/* webhook_create.c - "webhook.create": one more URL that events are sent to. Refuses a URL that is none or holds a
 * password, events that there are not, and a filter that says something else. Emits webhook.created.
 */
#include "workers/desk/webhook.h"

enum outcome webhook_create(struct job *job, const struct webhook_create *cmd)
{
	struct webhook_given given = WEBHOOK_GIVEN(cmd);
	enum outcome outcome = refuse_one_more(job);
	struct desk_webhook *webhook;

	if (outcome != JOB_DONE)
		return outcome;
	if (!given.filter.data)
		given.filter = TEXT("{}");
	webhook = subject_new(job->set, &cmd->webhook_id);
	webhook->active = true;
	webhook_renew_secret(webhook, 0);
	outcome = webhook_put(job, webhook, &given);
	if (outcome == JOB_DONE)
		EMIT(job, webhook_created, .events = webhook->events);
	return outcome;
}
