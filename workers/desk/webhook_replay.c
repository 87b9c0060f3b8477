/* webhook_replay.c - "webhook.replay": what was delivered or given up is sent again, one delivery or all that fit.
 * Refused when nothing says which, and for what is on its way anyhow. Emits webhook.replayed, by which the webhook
 * worker goes.
 */
#include "workers/desk/webhook.h"

enum outcome webhook_replay(struct job *job, const struct webhook_replay *cmd)
{
	if (uuid_is_none(&cmd->delivery_id) && !cmd->state && !cmd->event.data && !cmd->from.data && !cmd->until.data)
		return job_refuse_field(job, "delivery_id", "or state, event, from or until must say which");
	if (cmd->state == DELIVERY_WAITING || cmd->state == DELIVERY_SENDING)
		return job_refuse_field(job, "state", "must be delivered or failed");
	EMIT(job, webhook_replayed, .delivery_id = cmd->delivery_id, .state = cmd->state, .event = cmd->event,
	        .from = cmd->from, .until = cmd->until);
	return JOB_DONE;
}
