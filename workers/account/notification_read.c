/* notification_read.c - "notification.read": its recipient has seen it. The first time counts. */
#include "workers/account/account.h"

enum outcome notification_read(struct job *job, const struct notification_read *cmd)
{
	struct notification *notification = job_notification(job, cmd->notification_id);

	if (!notification->read_at)
		notification->read_at = job_time(job);
	return JOB_DONE;
}
