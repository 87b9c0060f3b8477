/* mailbox_update.c - "mailbox.update": what becomes of a mailbox's mail from now on, and the switches. Refuses an
 * address that another has. Emits mailbox.updated with what has changed.
 */
#include "workers/desk/mailbox.h"

static struct text_list changes(struct job *job, const struct desk_mailbox *before, const struct desk_mailbox *after)
{
	const struct subject_kind *kind = &mailbox_kind;
	struct text was, now;
	struct text_list changed = { ARENA_ARRAY(job_arena(job), struct text, (size_t)kind->column_count), 0 };

	for (int i = 0; i < kind->column_count; i++)
		if (column_differs(&kind->columns[i], before, after, job_arena(job), &was, &now))
			changed_also(&changed, kind->columns[i].name);
	return changed;
}

enum outcome mailbox_update(struct job *job, const struct mailbox_update *cmd)
{
	struct desk_mailbox *mailbox = job_mailbox(job, cmd->mailbox_id);
	struct desk_mailbox before = *mailbox;
	enum outcome outcome = mailbox_put(job, mailbox, &(struct mailbox_given)MAILBOX_GIVEN(cmd));
	struct text_list changed;

	if (outcome != JOB_DONE)
		return outcome;
	changed = changes(job, &before, mailbox);
	if (changed.count)
		EMIT(job, mailbox_updated, .changed = changed);
	return JOB_DONE;
}
