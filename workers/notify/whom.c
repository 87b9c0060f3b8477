/* whom.c - who is told of an event. See notify.h.
 *
 * All rules about who must not be told stand here; the fields of a mail decide nothing.
 */
#include "workers/notify/notify.h"

static bool is_actor(const struct told *told)
{
	return uuid_equal(&told->to->id, &told->arrival->envelope.actor);
}

static bool is_tied(const struct telling *telling, const struct told *told)
{
	const struct person *to = told->to;
	struct uuid wanted;

	if (!(telling->to & to->tie))
		return false;
	if (to->tie == TIE_NAMED) {
		wanted = arrival_id(told->arrival, telling->to & TIE_FORMER ? "oldAssigneeId" : "assigneeId");
		return uuid_equal(&to->id, &wanted);
	}
	return told->ticket && uuid_equal(&to->ticket_id, &told->ticket->id);
}

/* Internal by the event or by the comment's row: one of the two is enough. */
static bool is_internal(const struct told *told)
{
	const json_t *data = json_object_get(told->arrival->body, "data");

	return json_is_true(json_object_get(data, "isInternal")) || (told->comment && told->comment->internal);
}

bool whom_concerns(const struct telling *telling, const struct told *told)
{
	return told->to->active && is_tied(telling, told) && (telling->to_actor_too || !is_actor(told)) &&
	       (told->to->staff || !is_internal(told));
}
