/* mailbox_delete.c - "mailbox.delete": mail to it is refused from now on; what came stays. Emits mailbox.deleted. */
#include "workers/desk/mailbox.h"

enum outcome mailbox_delete(struct job *job, const struct mailbox_delete *cmd)
{
	struct desk_mailbox *mailbox = job_mailbox(job, cmd->mailbox_id);

	mailbox->deleted_at = job_now(job);
	EMIT(job, mailbox_deleted, .address = mailbox->address);
	return JOB_DONE;
}
