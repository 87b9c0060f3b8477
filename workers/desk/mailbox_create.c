/* mailbox_create.c - "mailbox.create": one more address that mail may be sent to. Refuses one that there is. Emits
 * mailbox.created.
 */
#include "workers/desk/mailbox.h"

enum outcome mailbox_create(struct job *job, const struct mailbox_create *cmd)
{
	enum outcome outcome = refuse_one_more(job);
	struct desk_mailbox *mailbox;

	if (outcome != JOB_DONE)
		return outcome;
	mailbox = subject_new(job->set, &cmd->mailbox_id);
	mailbox->strangers = STRANGERS_WAIT;
	mailbox->answers = mailbox->commands = mailbox->active = true;
	outcome = mailbox_put(job, mailbox, &(struct mailbox_given)MAILBOX_GIVEN(cmd));
	if (outcome == JOB_DONE)
		EMIT(job, mailbox_created, .address = mailbox->address);
	return outcome;
}
