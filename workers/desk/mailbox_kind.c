/* mailbox_kind.c - the row that makes a mailbox a subject, and what is read of a command about one. */
#include "workers/desk/mailbox.h"

#include <string.h>

#define HANDLED "queues/mailbox.def"
#include "workers/handlers.h"

#define ROWS_OF struct desk_mailbox
static const struct column columns[] = {
#include "sql/columns/mailbox.def"
};

static unsigned mailbox_own(const void *subject, const struct uuid *actor)
{
	(void)subject;
	(void)actor;
	return 0;
}

static bool mailbox_is_gone(const void *subject)
{
	return ((const struct desk_mailbox *)subject)->deleted_at != 0;
}

const struct subject_kind mailbox_kind = {
	.name = "mailbox",
	.bytes = sizeof(struct desk_mailbox),
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.handlers = handlers,
	.loader = LOAD_MAILBOX,
	.loads_all = true,
	.not_found = PROBLEM_NOT_FOUND,
	.denied = PROBLEM_INSUFFICIENT_PERMISSIONS,
	.load = QUERY_mailbox_load,
	.insert = QUERY_mailbox_insert,
	.update = QUERY_mailbox_update,
	.update_apart = NO_QUERY,
	.own = mailbox_own,
	.is_gone = mailbox_is_gone,
};

struct desk_mailbox *job_mailbox(const struct job *job, struct uuid id)
{
	return subject_find_live(subject_set_of(job->batch, &mailbox_kind), &id);
}

static void put_text(struct text *line, struct text given)
{
	if (given.data)
		*line = given;
}

static void put_flag(bool *flag, enum flag given)
{
	if (given)
		*flag = given == FLAG_TRUE;
}

enum outcome mailbox_put(struct job *job, struct desk_mailbox *mailbox, const struct mailbox_given *given)
{
	if (given->address.len && memchr(given->address.data, '+', given->address.len))
		return job_refuse_field(
		        job, "address", "can have no +: behind it is what leads an answer to its ticket");
	if (given->address.data && refuse_name(job, (const struct subject *)mailbox, given->address) != JOB_DONE)
		return JOB_REFUSED;
	put_text(&mailbox->address, given->address);
	put_text(&mailbox->name, given->name);
	put_text(&mailbox->category, given->category);
	put_text(&mailbox->signature, given->signature);
	if (given->language)
		mailbox->language = given->language;
	if (given->priority)
		mailbox->priority = given->priority;
	if (given->strangers)
		mailbox->strangers = given->strangers;
	put_flag(&mailbox->answers, given->answers);
	put_flag(&mailbox->watch_copied, given->watch_copied);
	put_flag(&mailbox->trust_reply_to, given->trust_reply_to);
	put_flag(&mailbox->commands, given->commands);
	put_flag(&mailbox->active, given->active);
	return JOB_DONE;
}
