/* notification_kind.c - the row that makes a notification a subject of its recipient's commands. What was told to
 * others, by another channel or not yet is not there.
 */
#include "workers/account/account.h"

#define HANDLED "queues/notification.def"
#include "workers/handlers.h"

#define ROWS_OF struct notification
static const struct column columns[] = {
#include "sql/columns/notification.def"
};

static unsigned notification_own(const void *subject, const struct uuid *actor)
{
	return uuid_equal(&((const struct notification *)subject)->recipient_id, actor) ? OWNER | SELF : 0;
}

static bool notification_is_gone(const void *subject)
{
	const struct notification *notification = subject;

	return notification->deleted_at || !text_equal(notification->channel, TEXT("in_app")) ||
	       !text_equal(notification->state, TEXT("told"));
}

const struct subject_kind notification_kind = {
	.name = "notification",
	.bytes = sizeof(struct notification),
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.handlers = handlers,
	.loader = LOAD_NOTIFICATION,
	.not_found = PROBLEM_NOT_FOUND,
	.denied = PROBLEM_NOT_FOUND,
	.load = QUERY_notification_load,
	.insert = NO_QUERY,
	.update = QUERY_notification_update,
	.update_apart = NO_QUERY,
	.own = notification_own,
	.is_gone = notification_is_gone,
};

struct notification *job_notification(const struct job *job, struct uuid id)
{
	return subject_find_live(subject_set_of(job->batch, &notification_kind), &id);
}
