/* notification_delete.c - "notification.delete": its recipient wants to see it no more; the record of who was told what
 * stays. */
#include "workers/account/account.h"

enum outcome notification_delete(struct job *job, const struct notification_delete *cmd)
{
	job_notification(job, cmd->notification_id)->deleted_at = job_now(job);
	return JOB_DONE;
}
