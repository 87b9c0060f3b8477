/* notice_send.c - "notice.send": somebody of the staff, or a part of Guichet, tells one person something.
 *
 * Refused when the recipient is no active account. By which channels it arrives is the recipient's choice.
 *
 * Emits notice.sent: notify tells the recipient.
 */
#include "workers/account/account.h"

enum outcome notice_send(struct job *job, const struct notice_send *cmd)
{
	struct uuid recipient = notice_recipient(job, cmd->recipient);
	struct desk_notice *notice;

	if (uuid_is_none(&recipient))
		return job_refuse_field(job, "recipient", "is no active account");
	notice = subject_new(job->set, &cmd->notice_id);
	notice->sender_id = job->envelope.actor;
	notice->recipient_id = recipient;
	notice->kind = cmd->type.data ? cmd->type : TEXT("");
	notice->headline = cmd->subject;
	notice->content = cmd->content;
	notice->data = cmd->data;
	notice->priority = cmd->priority ? cmd->priority : NOTICE_NORMAL;
	EMIT(job, notice_sent, .recipient_id = recipient, .type = cmd->type, .priority = notice->priority);
	return JOB_DONE;
}
