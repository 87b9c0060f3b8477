/* webhook_rotate.c - "webhook.rotate": another secret, beside which the one before signs for a time, so that who checks
 * signatures can change over. Emits webhook.rotated.
 */
#include "base/instant.h"
#include "workers/desk/webhook.h"

#define OVERLAP_S (24 * 3600)

enum outcome webhook_rotate(struct job *job, const struct webhook_rotate *cmd)
{
	struct desk_webhook *webhook = job_webhook(job, cmd->webhook_id);
	int64_t until_us = job_now(job) + (cmd->overlap ? cmd->overlap : OVERLAP_S) * 1000000;
	char until[INSTANT_TEXT_BYTES];

	webhook_renew_secret(webhook, until_us);
	instant_write(until_us, until);
	EMIT(job, webhook_rotated, .until = text_copy(job_arena(job), text_of(until)));
	return JOB_DONE;
}
