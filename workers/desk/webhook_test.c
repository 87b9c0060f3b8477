/* webhook_test.c - "webhook.test": one event for this webhook alone, whatever it subscribes to. Refused while it rests.
 * Emits webhook.tested, which the webhook worker sends.
 */
#include "workers/desk/webhook.h"

enum outcome webhook_test(struct job *job, const struct webhook_test *cmd)
{
	if (!job_webhook(job, cmd->webhook_id)->active)
		return job_refuse_field(job, "webhook_id", "is not active");
	EMIT(job, webhook_tested);
	return JOB_DONE;
}
