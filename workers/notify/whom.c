/* whom.c - who is told of an event. See notify.h.
 *
 * All rules about who must not be told stand here; the fields of a mail decide nothing.
 */
#include "base/arena.h"
#include "workers/notify/notify.h"

static bool is_actor(const struct told *told)
{
	return uuid_equal(&told->to->id, &told->arrival->envelope.actor);
}

/* Staff alone: how well promises are kept is the desk's own business. */
static bool is_called(const struct told *told)
{
	const struct person *to = told->to;

	if (!to->staff)
		return false;
	if (to->tie == TIE_ASSIGNEE)
		return arrival_calls(told->arrival, TEXT("assignee"));
	return arrival_calls(told->arrival, uuid_text(told->arena, &to->id)) ||
	       arrival_calls(told->arrival,
	               text_of(arena_printf(told->arena, "role:%.*s", (int)to->role.len, to->role.data)));
}

/* --- new tickets ---------------------------------------------------------------------- */
static bool has_tag(struct text tags, struct text tag)
{
	json_t *list = json_loadb(tags.data, tags.len, 0, NULL);
	bool found = false;

	for (size_t i = 0; i < json_array_size(list) && !found; i++)
		found = text_equal_nocase(text_of(json_string_value(json_array_get(list, i))), tag);
	json_decref(list);
	return found;
}

static bool fits(const struct subscription *wanted, const struct told_ticket *ticket)
{
	return (!wanted->category.len || text_equal_nocase(wanted->category, ticket->category)) &&
	       (!wanted->priority || text_equal(text_of(ticket_priority_word(wanted->priority)), ticket->priority)) &&
	       (!wanted->tag.len || (ticket->tags.len && has_tag(ticket->tags, wanted->tag)));
}

bool whom_has_subscribed(const struct person *person, const struct told_ticket *ticket)
{
	const struct preferences *chosen = person->preferences;

	for (int i = 0; ticket && chosen && i < chosen->subscription_count; i++)
		if (fits(&chosen->subscriptions[i], ticket))
			return true;
	return false;
}

bool whom_somebody_has_subscribed(const struct known *known, const struct told_ticket *ticket)
{
	for (int i = 0; i < known->people_count; i++)
		if (known->people[i].tie == TIE_STAFF && whom_has_subscribed(&known->people[i], ticket))
			return true;
	return false;
}

/* Everybody of the staff, but who has asked for other tickets. */
static bool may_take(const struct told *told)
{
	return told->ticket && !told->ticket->assigned && told->to->staff && arrival_seeks_somebody(told->arrival) &&
	       (whom_has_subscribed(told->to, told->ticket) || !told->to->preferences ||
	               !told->to->preferences->subscription_count);
}

static bool is_mentioned(const struct told *told)
{
	return told->ticket && told->comment && uuid_equal(&told->to->ticket_id, &told->ticket->id) &&
	       uuid_equal(&told->to->comment_id, &told->comment->id);
}

static struct uuid named_by(const struct telling *telling, const struct told *told)
{
	if (telling->to & TIE_ADDRESSED)
		return arrival_id(told->arrival, "recipientId");
	return arrival_id(told->arrival, telling->to & TIE_FORMER ? "oldAssigneeId" : "assigneeId");
}

static bool is_tied(const struct telling *telling, const struct told *told)
{
	const struct person *to = told->to;
	struct uuid wanted;

	if (!(telling->to & to->tie) || (telling->to & TIE_CALLED && !is_called(told)))
		return false;
	if (to->tie == TIE_STAFF)
		return may_take(told);
	if (to->tie == TIE_MENTIONED)
		return is_mentioned(told);
	if (to->tie == TIE_NAMED && telling->to & TIE_LISTED)
		return arrival_lists(told->arrival, to->id);
	if (to->tie == TIE_NAMED && telling->to & TIE_CALLED)
		return true;
	if (to->tie == TIE_NAMED) {
		wanted = named_by(telling, told);
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

const char *whom_rule(const struct telling *telling, const struct told *told)
{
	switch (told->to->tie) {
	case TIE_OWNER:
		return "owner";
	case TIE_ASSIGNEE:
		return "assignee";
	case TIE_WATCHER:
		return "watcher";
	case TIE_APART:
		return "owner of a ticket that was merged into it";
	case TIE_MENTIONED:
		return "mentioned";
	case TIE_STAFF:
		return whom_has_subscribed(told->to, told->ticket) ? "subscribed" : "staff";
	default:
		break;
	}
	if (telling->to & TIE_ADDRESSED)
		return "addressed";
	if (telling->to & TIE_CALLED)
		return "called by the policy";
	if (telling->to & TIE_LISTED)
		return "had the file";
	return telling->to & TIE_FORMER ? "former assignee" : "new assignee";
}
