/* webhook_delete.c - "webhook.delete": nothing more is sent there, not even what waits; what was sent stays to be read
 * for its time. Emits webhook.deleted.
 */
#include "workers/desk/webhook.h"

enum outcome webhook_delete(struct job *job, const struct webhook_delete *cmd)
{
	job_webhook(job, cmd->webhook_id)->deleted_at = job_now(job);
	EMIT(job, webhook_deleted);
	return JOB_DONE;
}
