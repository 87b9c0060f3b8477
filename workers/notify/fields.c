/* fields.c - the tellings, and what each puts into its template. See notify.h.
 *
 * Statuses and priorities are written as the protocol's words: the mail worker says them in
 * the reader's language. Only what is composed here (additionalChanges, times) is in it already.
 */
#include "base/instant.h"
#include "workers/notify/notify.h"

#include <string.h>
#include <time.h>
#include "templates/words.h"

#define NOTHING TEXT("—") /* a dash, in any language */

static struct text utc(int64_t unix_us, bool english, struct arena *arena)
{
	time_t seconds = (time_t)(unix_us / 1000000);
	char said[40];
	struct tm t;

	if (!unix_us)
		return TEXT_NONE;
	gmtime_r(&seconds, &t);
	strftime(said, sizeof said, english ? "%Y-%m-%d %H:%M UTC" : "%d/%m/%Y %H:%M UTC", &t);
	return text_copy(arena, text_of(said));
}

struct text fields_due(const struct told *told)
{
	bool english = text_equal(told->to->language, TEXT("en"));

	for (int i = 0; i < told->known->time_count; i++) {
		const struct local_time *time = &told->known->times[i];
		struct text said = english ? time->said : time->said_fr;

		if (uuid_equal(&time->ticket_id, &told->ticket->id) && text_equal(time->timezone, told->to->timezone))
			return text_of(arena_printf(told->arena, "%.*s %.*s", (int)said.len, said.data,
			        (int)time->timezone.len, time->timezone.data));
	}
	return utc(told->ticket->due_at, english, told->arena);
}

/* Whoever has split it off may have said that its owner need not be told. */
static bool created_fields(const struct told *told, struct buffer *out)
{
	if (json_is_false(json_object_get(json_object_get(told->arrival->body, "data"), "notify")))
		return false;
	buffer_json_member(out, "userName", told->to->name);
	buffer_json_member(out, "ticketNumber", arrival_data(told->arrival, "number"));
	buffer_json_member(out, "title", arrival_data(told->arrival, "title"));
	buffer_json_member(out, "priority", arrival_data(told->arrival, "priority"));
	buffer_json_member(out, "category", arrival_data(told->arrival, "category"));
	buffer_json_member(out, "ticketId", arrival_text(told->arrival, "ticketId"));
	return true;
}

/* Of what came by mail nothing is repeated: who has written it may have given somebody else's address. */
static bool received_fields(const struct told *told, struct buffer *out)
{
	buffer_json_member(out, "ticketNumber", arrival_data(told->arrival, "number"));
	buffer_json_member(out, "ticketId", arrival_text(told->arrival, "ticketId"));
	return true;
}

static bool assigned_fields(const struct told *told, struct buffer *out)
{
	const struct told_ticket *ticket = told->ticket;
	const struct person *owner = ticket ? known_person(told->known, ticket->id, TIE_OWNER) : NULL;

	if (!ticket)
		return false;
	buffer_json_member(out, "adminName", told->to->name);
	buffer_json_member(out, "ticketNumber", ticket->number);
	buffer_json_member(out, "title", ticket->title);
	buffer_json_member(out, "priority", ticket->priority);
	buffer_json_member(out, "dueTime", fields_due(told));
	buffer_json_member(out, "userName", owner ? owner->name : TEXT_NONE);
	return true;
}

/* --- changes ---------------------------------------------------------------------- */
/* Writes both fields or neither: without them the template leaves the line out, because the status is unchanged. */
static bool status_fields(const struct told *told, struct buffer *out)
{
	struct text was = arrival_data(told->arrival, "oldStatus"), is = arrival_data(told->arrival, "newStatus");

	if (!was.len || !is.len || text_equal(was, is))
		return false;
	buffer_json_member(out, "oldStatus", was);
	buffer_json_member(out, "newStatus", is);
	return true;
}

static bool has_changed(const struct told *told, const char *column)
{
	const json_t *changed = json_object_get(json_object_get(told->arrival->body, "data"), "changed");

	for (size_t i = 0; i < json_array_size(changed); i++)
		if (text_equal(text_of(json_string_value(json_array_get(changed, i))), text_of(column)))
			return true;
	return false;
}

static struct text priority_now(const struct told *told)
{
	struct text language = told->to->language;
	struct text was = words_translate(TEXT("priority"), arrival_data(told->arrival, "oldPriority"), language);
	struct text is = words_translate(TEXT("priority"), arrival_data(told->arrival, "newPriority"), language);

	return text_of(arena_printf(told->arena, "%.*s → %.*s", (int)was.len, was.data, (int)is.len, is.data));
}

static struct text title_now(const struct told *told)
{
	return told->ticket->title;
}

static struct text category_now(const struct told *told)
{
	return told->ticket->category;
}

static struct text assignee_now(const struct told *told)
{
	const struct person *assignee = known_person(told->known, told->ticket->id, TIE_ASSIGNEE);

	return assignee ? assignee->name : TEXT_NONE;
}

static struct text due_now(const struct told *told)
{
	return fields_due(told);
}

static struct text description_now(const struct told *told)
{
	return words_translate(TEXT("label"), TEXT("edited"), told->to->language);
}

/* What a user may know of a change beside the status; the other columns are staff's. */
static const struct {
	const char *column;
	struct text (*now)(const struct told *told);
} shown[] = {
	{ "priority", priority_now },
	{ "title", title_now },
	{ "category", category_now },
	{ "assignee_id", assignee_now },
	{ "due_at", due_now },
	{ "description", description_now },
};

static struct text additional_changes(const struct told *told)
{
	struct buffer lines;

	buffer_init(&lines, told->arena, 128);
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		struct text now;

		if (!has_changed(told, shown[i].column))
			continue;
		now = shown[i].now(told);
		buffer_string(&lines, lines.len ? "\n- " : "- ");
		buffer_text(&lines, words_translate(TEXT("label"), text_of(shown[i].column), told->to->language));
		buffer_string(&lines, ": ");
		buffer_text(&lines, now.len ? now : NOTHING);
	}
	return buffer_view(&lines);
}

/* A change of what only staff sees makes no mail. */
static bool updated_fields(const struct told *told, struct buffer *out)
{
	struct text changes, said = told->comment ? told->comment->content : TEXT_NONE;
	bool moved;

	if (!told->ticket)
		return false;
	buffer_json_member(out, "userName", told->to->name);
	buffer_json_member(out, "ticketNumber", told->ticket->number);
	buffer_json_member(out, "title", told->ticket->title);
	moved = status_fields(told, out);
	if (moved && text_equal(arrival_data(told->arrival, "newStatus"), TEXT("resolved")) &&
	        told->ticket->resolution.len)
		buffer_json_member(out, "resolution", told->ticket->resolution);
	changes = additional_changes(told);
	if (changes.len)
		buffer_json_member(out, "additionalChanges", changes);
	if (said.len)
		buffer_json_member(out, "comment", said);
	return moved || changes.len || said.len;
}

static bool commented_fields(const struct told *told, struct buffer *out)
{
	const struct person *author = known_person(told->known, told->arrival->envelope.actor, TIE_NAMED);

	if (!told->ticket || !told->comment)
		return false;
	buffer_json_member(out, "userName", told->to->name);
	buffer_json_member(out, "ticketNumber", told->ticket->number);
	buffer_json_member(out, "title", told->ticket->title);
	buffer_json_member(out, "authorName", author ? author->name : TEXT("Guichet"));
	status_fields(told, out);
	buffer_json_member(out, "comment", told->comment->content);
	return true;
}

/* What was said there in public, by the name of the reader's own ticket. */
static bool apart_fields(const struct told *told, struct buffer *out)
{
	if (!told->comment)
		return false;
	buffer_json_member(out, "userName", told->to->name);
	buffer_json_member(out, "ticketNumber", told->to->own_number);
	buffer_json_member(out, "title", told->to->own_title);
	buffer_json_member(out, "comment", told->comment->content);
	return true;
}

static bool is_by_owner(const struct told *told)
{
	const struct person *owner = told->ticket ? known_person(told->known, told->ticket->id, TIE_OWNER) : NULL;

	return owner && uuid_equal(&owner->id, &told->arrival->envelope.actor);
}

/* For who works on it. */
static bool changed_fields(const struct told *told, struct buffer *out)
{
	const struct person *author = known_person(told->known, told->arrival->envelope.actor, TIE_NAMED);
	struct text changes;
	bool moved;

	if (!told->ticket)
		return false;
	buffer_json_member(out, "userName", told->to->name);
	buffer_json_member(out, "ticketNumber", told->ticket->number);
	buffer_json_member(out, "title", told->ticket->title);
	buffer_json_member(out, "authorName", author ? author->name : TEXT("Guichet"));
	moved = status_fields(told, out);
	changes = additional_changes(told);
	if (changes.len)
		buffer_json_member(out, "additionalChanges", changes);
	if (told->comment)
		buffer_json_member(out, "comment", told->comment->content);
	return moved || changes.len || told->comment;
}

static bool owners_fields(const struct told *told, struct buffer *out)
{
	return is_by_owner(told) && changed_fields(told, out);
}

static bool taken_over_fields(const struct told *told, struct buffer *out)
{
	const struct person *author = known_person(told->known, told->arrival->envelope.actor, TIE_NAMED);
	const struct person *assignee = known_person(told->known, arrival_id(told->arrival, "assigneeId"), TIE_NAMED);

	if (!told->ticket)
		return false;
	buffer_json_member(out, "adminName", told->to->name);
	buffer_json_member(out, "ticketNumber", told->ticket->number);
	buffer_json_member(out, "title", told->ticket->title);
	buffer_json_member(out, "authorName", author ? author->name : TEXT("Guichet"));
	buffer_json_member(out, "assigneeName", assignee ? assignee->name : TEXT_NONE);
	return true;
}

/* The note has a line for each language (workers/mail/outcome.c). */
static bool undelivered_fields(const struct told *told, struct buffer *out)
{
	struct text note = told->comment ? told->comment->content : TEXT_NONE;
	const char *end = note.len ? memchr(note.data, '\n', note.len) : NULL;

	if (!told->ticket || !note.len)
		return false;
	if (end && text_equal(told->to->language, TEXT("en")))
		note = (struct text){ end + 1, note.len - (size_t)(end + 1 - note.data) };
	else if (end)
		note.len = (size_t)(end - note.data);
	buffer_json_member(out, "userName", told->to->name);
	buffer_json_member(out, "ticketNumber", told->ticket->number);
	buffer_json_member(out, "title", told->ticket->title);
	buffer_json_member(out, "comment", note);
	return true;
}

/* Whoever only downloaded it is told of the file alone. What nobody could have been shown is told to the uploader at
 * once. */
static bool infected_fields(const struct told *told, struct buffer *out)
{
	const json_t *data = json_object_get(told->arrival->body, "data");
	struct uuid uploader = arrival_id(told->arrival, "uploadedBy");

	if (!told->ticket && !json_is_true(json_object_get(data, "wasShown")))
		return false;
	buffer_json_member(out, "userName", told->to->name);
	buffer_json_member(out, "fileName", arrival_data(told->arrival, "name"));
	buffer_json_member(out, "signature", arrival_data(told->arrival, "signature"));
	if (told->ticket && (told->to->tie == TIE_ASSIGNEE || uuid_equal(&told->to->id, &uploader)))
		buffer_json_member(out, "ticketNumber", told->ticket->number);
	return true;
}

/* --- deadlines -------------------------------------------------------------------- */
/* Of that clock, not of the ticket. */
static struct text deadline_of(const struct told *told)
{
	int64_t at = 0;

	instant_read(arrival_data(told->arrival, "dueAt"), &at);
	return utc(at, text_equal(told->to->language, TEXT("en")), told->arena);
}

static struct text number_of(const struct told *told, const char *member)
{
	const json_t *number = json_object_get(json_object_get(told->arrival->body, "data"), member);

	return text_of(arena_printf(told->arena, "%lld", (long long)json_integer_value(number)));
}

static bool reminded_fields(const struct told *told, struct buffer *out)
{
	if (!told->ticket)
		return false;
	buffer_json_member(out, "userName", told->to->name);
	buffer_json_member(out, "ticketNumber", told->ticket->number);
	buffer_json_member(out, "title", told->ticket->title);
	return true;
}

static bool breached_fields(const struct told *told, struct buffer *out)
{
	if (!reminded_fields(told, out))
		return false;
	buffer_json_member(out, "priority", told->ticket->priority);
	buffer_json_member(out, "target", arrival_data(told->arrival, "target"));
	buffer_json_member(out, "deadline", deadline_of(told));
	return true;
}

static bool warned_fields(const struct told *told, struct buffer *out)
{
	if (!breached_fields(told, out))
		return false;
	buffer_json_member(out, "percent", number_of(told, "percent"));
	return true;
}

static bool escalated_fields(const struct told *told, struct buffer *out)
{
	const struct person *assignee = known_person(told->known, arrival_id(told->arrival, "assigneeId"), TIE_NAMED);

	if (!breached_fields(told, out))
		return false;
	buffer_json_member(out, "level", number_of(told, "level"));
	buffer_json_member(out, "assigneeName", assignee ? assignee->name : TEXT_NONE);
	return true;
}

/* --- what waits for somebody, and what somebody has to say -------------------------- */
static bool new_fields(const struct told *told, struct buffer *out)
{
	const struct person *owner = told->ticket ? known_person(told->known, told->ticket->id, TIE_OWNER) : NULL;

	if (!told->ticket)
		return false;
	buffer_json_member(out, "userName", told->to->name);
	buffer_json_member(out, "ticketNumber", told->ticket->number);
	buffer_json_member(out, "title", told->ticket->title);
	buffer_json_member(out, "priority", told->ticket->priority);
	buffer_json_member(out, "category", told->ticket->category);
	buffer_json_member(out, "dueTime", fields_due(told));
	buffer_json_member(out, "ownerName", owner ? owner->name : TEXT_NONE);
	return true;
}

static bool message_fields(const struct told *told, struct buffer *out)
{
	if (!told->notice)
		return false;
	buffer_json_member(out, "userName", told->to->name);
	buffer_json_member(out, "comment", told->notice->content);
	return true;
}

/* --- what the monitor calls wrong ------------------------------------------------------ */
static bool is_alert(const struct told *told)
{
	return text_starts_with(told->arrival->envelope.type, TEXT("alert."));
}

static struct text in_language(const struct told *told, const char *english, const char *french)
{
	return arrival_data(told->arrival, text_equal(told->to->language, TEXT("en")) ? english : french);
}

struct text fields_alert(const struct told *told)
{
	return is_alert(told) ? in_language(told, "message", "french") : TEXT_NONE;
}

struct text fields_alert_name(const struct told *told)
{
	struct text name = arrival_data(told->arrival, "name"), target = arrival_data(told->arrival, "target");

	if (!is_alert(told))
		return TEXT_NONE;
	return text_of(arena_printf(
	        told->arena, "%.*s %.*s", (int)name.len, name.data, (int)target.len, target.len ? target.data : ""));
}

static bool alert_fields(const struct told *told, struct buffer *out)
{
	buffer_json_member(out, "userName", told->to->name);
	buffer_json_member(out, "severity", arrival_data(told->arrival, "severity"));
	buffer_json_member(out, "message", fields_alert(told));
	buffer_json_member(out, "todo", in_language(told, "todo", "frenchTodo"));
	return true;
}

static bool alert_over_fields(const struct told *told, struct buffer *out)
{
	buffer_json_member(out, "userName", told->to->name);
	buffer_json_member(out, "seconds", number_of(told, "seconds"));
	return true;
}

const struct telling tellings[] = {
	{ "ticket.created", TOPIC_TICKET_CREATED, "ticket_created", TIE_OWNER, true, created_fields },
	{ "ticket.received", TOPIC_TICKET_CREATED, "ticket_received", TIE_OWNER, true, received_fields },
	{ "ticket.assigned", TOPIC_TICKET_ASSIGNED, "ticket_assigned", TIE_NAMED, false, assigned_fields },
	{ "ticket.updated", TOPIC_TICKET_UPDATED, "ticket_updated", TIE_OWNER, false, updated_fields },
	{ "ticket.closed", TOPIC_TICKET_UPDATED, "ticket_updated", TIE_OWNER, false, updated_fields },
	{ "ticket.reopened", TOPIC_TICKET_UPDATED, "ticket_updated", TIE_OWNER, false, updated_fields },
	{ "ticket.commented", TOPIC_MENTIONED, "ticket_mentioned", TIE_MENTIONED, false, commented_fields },
	{ "ticket.commented", TOPIC_TICKET_COMMENTED, "ticket_updated", TIE_OWNER, false, updated_fields },
	{ "ticket.commented", TOPIC_TICKET_COMMENTED, "ticket_commented", TIE_ASSIGNEE | TIE_WATCHER, false,
	        commented_fields },
	{ "ticket.commented", TOPIC_TICKET_COMMENTED, "ticket_updated", TIE_APART, false, apart_fields },
	{ "ticket.assigned", TOPIC_TICKET_ASSIGNED, "ticket_taken_over", TIE_NAMED | TIE_FORMER, false,
	        taken_over_fields },
	{ "ticket.reopened", TOPIC_TICKET_UPDATED, "ticket_changed", TIE_ASSIGNEE, false, changed_fields },
	{ "ticket.updated", TOPIC_TICKET_UPDATED, "ticket_changed", TIE_ASSIGNEE, false, owners_fields },
	{ "ticket.comment_edited", TOPIC_TICKET_UPDATED, "ticket_changed", TIE_ASSIGNEE, false, owners_fields },
	{ "ticket.noted", TOPIC_UNDELIVERED, "ticket_undelivered", TIE_ASSIGNEE, false, undelivered_fields },
	{ "file.infected", TOPIC_FILE_INFECTED, "file_infected", TIE_ASSIGNEE | TIE_NAMED | TIE_LISTED, true,
	        infected_fields },
	{ "ticket.sla_warned", TOPIC_SLA, "ticket_sla_warned", TIE_ASSIGNEE, false, warned_fields },
	{ "ticket.sla_breached", TOPIC_SLA, "ticket_sla_breached", TIE_ASSIGNEE, false, breached_fields },
	{ "ticket.escalated", TOPIC_SLA, "ticket_escalated", TIE_CALLED | TIE_NAMED | TIE_ASSIGNEE, false,
	        escalated_fields },
	{ "ticket.reminded", TOPIC_REMINDER, "ticket_reminded", TIE_OWNER, false, reminded_fields },
	{ "ticket.auto_closed", TOPIC_TICKET_UPDATED, "ticket_updated", TIE_OWNER, false, updated_fields },
	{ "ticket.created", TOPIC_TICKET_NEW, "ticket_new", TIE_STAFF, false, new_fields },
	{ "ticket.assigned", TOPIC_TICKET_NEW, "ticket_new", TIE_STAFF, false, new_fields },
	{ "alert.fired", TOPIC_ALERT, "alert", TIE_CALLED | TIE_NAMED, true, alert_fields },
	{ "alert.resolved", TOPIC_ALERT, "alert_over", TIE_CALLED | TIE_NAMED, true, alert_over_fields },
	{ "notice.sent", TOPIC_MESSAGE, "message", TIE_NAMED | TIE_ADDRESSED, true, message_fields },
};
const int telling_count = sizeof(tellings) / sizeof(tellings[0]);
