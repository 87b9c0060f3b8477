/* webhook_stop.c - "webhook.stop": the endpoint said 410, so the webhook rests until an administrator looks. Nothing
 * when it has another URL by now. Emits webhook.stopped.
 */
#include "workers/desk/webhook.h"

enum outcome webhook_stop(struct job *job, const struct webhook_stop *cmd)
{
	struct desk_webhook *webhook = job_webhook(job, cmd->webhook_id);

	if (!webhook->active || !text_equal(webhook->url, cmd->url))
		return JOB_DONE;
	webhook->active = false;
	webhook->stopped_by = TEXT("410 Gone");
	EMIT(job, webhook_stopped);
	return JOB_DONE;
}
