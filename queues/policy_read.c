/* policy_read.c - see policy_read.h. */
#include "queues/policy_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"

#define SECOND 1000000LL

enum { LONGEST_S = 10 * 366 * 86400, CRITERIA_MOST = 100, NAME_MOST = 100, TEXT_MOST = 255 };

struct reading {
	struct arena *arena;
	struct policy_fault *fault;
	struct sla_policy *policy;
};

static bool fault(struct reading *r, const char *detail, const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool fault(struct reading *r, const char *detail, const char *format, ...)
{
	va_list args;

	r->fault->detail = detail;
	va_start(args, format);
	vsnprintf(r->fault->pointer, sizeof r->fault->pointer, format, args);
	va_end(args);
	return false;
}

static struct text string_of(const json_t *json)
{
	return (struct text){ json_string_value(json), json_string_length(json) };
}

static bool is_known(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* An object with no members but these; where is its pointer. */
static bool knows_members(struct reading *r, const json_t *json, const char *const *names, const char *where)
{
	const char *name;
	json_t *value;

	if (!json_is_object(json))
		return fault(r, "must be an object", "%s", where);
	json_object_foreach((json_t *)json, name, value)
	{
		if (!is_known(name, names))
			return fault(r, "is no member of it", "%s/%.30s", where, name);
	}
	return true;
}

/* Absent (NULL or null) gives no items. */
static bool is_list(struct reading *r, const json_t *list, size_t most, const char *where)
{
	if (!list || json_is_null(list) || (json_is_array(list) && json_array_size(list) <= most))
		return true;
	return fault(r, "must be a list, and not a longer one", "%s", where);
}

/* Whole seconds from least up to ten years, as microseconds. */
static bool read_seconds(const json_t *json, int64_t least, int64_t *out_us)
{
	int64_t seconds = json_integer_value(json);

	if (!json_is_integer(json) || seconds < least || seconds > LONGEST_S)
		return false;
	*out_us = seconds * SECOND;
	return true;
}

/* --- criteria ---------------------------------------------------------------------------- */
static bool read_priorities(struct reading *r, const json_t *list)
{
	if (!is_list(r, list, ticket_priority_count, "/criteria/priority"))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		unsigned word =
		        word_find(string_of(json_array_get(list, i)), ticket_priority_words, ticket_priority_count);

		if (!word)
			return fault(r, "is no priority", "/criteria/priority/%zu", i);
		r->policy->criteria.priorities |= 1u << word;
	}
	return true;
}

static bool read_texts(struct reading *r, const json_t *list, struct text_list *out, const char *where)
{
	if (!is_list(r, list, CRITERIA_MOST, where))
		return false;
	out->items = ARENA_ARRAY(r->arena, struct text, json_array_size(list) + 1);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct text item = text_trim(string_of(json_array_get(list, i)));

		if (!item.len || item.len > TEXT_MOST)
			return fault(r, "must be a text of 1 to 255 bytes", "%s/%zu", where, i);
		out->items[out->count++] = text_copy(r->arena, item);
	}
	return true;
}

/* Accounts by their id, or everybody of a domain: @example.org. */
static bool read_requesters(struct reading *r, const json_t *list)
{
	struct sla_criteria *criteria = &r->policy->criteria;
	size_t count = json_array_size(list);

	if (!is_list(r, list, CRITERIA_MOST, "/criteria/requester"))
		return false;
	criteria->by_requester = count > 0;
	criteria->domains.items = ARENA_ARRAY(r->arena, struct text, count + 1);
	criteria->requesters = ARENA_ARRAY(r->arena, struct uuid, count + 1);
	for (size_t i = 0; i < count; i++) {
		struct text item = string_of(json_array_get(list, i));

		if (item.len > 1 && item.len <= TEXT_MOST && item.data[0] == '@')
			criteria->domains.items[criteria->domains.count++] =
			        text_copy(r->arena, (struct text){ item.data + 1, item.len - 1 });
		else if (uuid_parse(item, &criteria->requesters[criteria->requester_count]))
			criteria->requester_count++;
		else
			return fault(
			        r, "must be the id of an account, or @ and a domain", "/criteria/requester/%zu", i);
	}
	return true;
}

static bool read_criteria(struct reading *r, const json_t *json)
{
	static const char *const names[] = { "priority", "category", "tag", "requester", NULL };
	struct sla_criteria *criteria = &r->policy->criteria;

	if (!json)
		return true;
	return knows_members(r, json, names, "/criteria") && read_priorities(r, json_object_get(json, "priority")) &&
	       read_texts(r, json_object_get(json, "category"), &criteria->categories, "/criteria/category") &&
	       read_texts(r, json_object_get(json, "tag"), &criteria->tags, "/criteria/tag") &&
	       read_requesters(r, json_object_get(json, "requester"));
}

/* --- targets --------------------------------------------------------------------------------- */
static int find_target(const char *name)
{
	for (int i = 0; name && i < SLA_TARGETS; i++)
		if (strcmp(name, sla_target_names[i]) == 0)
			return i;
	return -1;
}

static bool read_budgets(struct reading *r, json_t *json, const char *word)
{
	unsigned priority = word_find(text_of(word), ticket_priority_words, ticket_priority_count);
	const char *name;
	json_t *value;

	if (!priority)
		return fault(r, "is no priority", "/targets/%.30s", word);
	if (!json_is_object(json))
		return fault(r, "must be an object", "/targets/%s", word);
	json_object_foreach(json, name, value)
	{
		int target = find_target(name);

		if (target < 0)
			return fault(r, "must be firstResponse, nextResponse or resolution", "/targets/%s/%.30s", word,
			        name);
		if (!json_is_null(value) && !read_seconds(value, 1, &r->policy->budget_us[priority][target]))
			return fault(r, "must be seconds, 1 to ten years, or null", "/targets/%s/%s", word, name);
	}
	return true;
}

static bool read_targets(struct reading *r, json_t *json)
{
	const char *word;
	json_t *value;

	if (!json_is_object(json))
		return fault(r, "must be an object of priorities, low to urgent", "/targets");
	json_object_foreach(json, word, value)
	{
		if (!read_budgets(r, value, word))
			return false;
	}
	return true;
}

/* --- warnings, reminders, closing ------------------------------------------------------------ */
static bool read_warnings(struct reading *r, const json_t *list)
{
	struct sla_policy *policy = r->policy;

	if (!is_list(r, list, SLA_WARNINGS, "/warnings"))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		int64_t percent = json_integer_value(json_array_get(list, i));

		if (percent <= (i ? policy->warnings[i - 1] : 0) || percent > 99)
			return fault(r, "must be percent, 1 to 99, each more than the one before", "/warnings/%zu", i);
		policy->warnings[policy->warning_count++] = (int)percent;
	}
	return true;
}

static bool read_reminders(struct reading *r, const json_t *list)
{
	struct sla_policy *policy = r->policy;

	if (!is_list(r, list, SLA_REMINDERS, "/reminders"))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		int64_t *us = &policy->reminders_us[policy->reminder_count];

		if (!read_seconds(json_array_get(list, i), 60, us) || (i && *us <= us[-1]))
			return fault(
			        r, "must be seconds, 60 or more, each more than the one before", "/reminders/%zu", i);
		policy->reminder_count++;
	}
	return true;
}

static bool read_closing(struct reading *r, const json_t *json)
{
	if (!json || json_is_null(json) || read_seconds(json, 60, &r->policy->auto_close_us))
		return true;
	return fault(r, "must be seconds, 60 or more, or null", "/autoCloseAfter");
}

/* --- escalations ------------------------------------------------------------------------------- */
/* "assignee", "role:manager", or the id of an account. */
static bool read_person(const json_t *json, struct sla_person *out)
{
	struct text t = string_of(json), role = TEXT("role:");

	*out = (struct sla_person){ SLA_NOBODY };
	if (text_equal(t, TEXT("assignee"))) {
		out->whom = SLA_ASSIGNEE;
	} else if (t.len && text_starts_with(t, role)) {
		out->whom = SLA_ROLE;
		out->role = word_find(
		        (struct text){ t.data + role.len, t.len - role.len }, account_role_words, account_role_count);
		return out->role && role_access(out->role) & STAFF;
	} else if (uuid_parse(t, &out->account_id)) {
		out->whom = SLA_ACCOUNT;
	}
	return out->whom != SLA_NOBODY;
}

static bool read_notified(struct reading *r, const json_t *list, struct sla_escalation *out, size_t nth)
{
	if (list && (!json_is_array(list) || json_array_size(list) > SLA_NOTIFIED))
		return fault(r, "must be a list of up to 8", "/escalations/%zu/notify", nth);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!read_person(json_array_get(list, i), &out->notify[out->notify_count++]))
			return fault(r, "must be assignee, role: and a role of staff, or the id of an account",
			        "/escalations/%zu/notify/%zu", nth, i);
	return true;
}

static bool read_assign_to(struct reading *r, const json_t *json, struct sla_escalation *out, size_t nth)
{
	if (!json || json_is_null(json) || (read_person(json, &out->assign_to) && out->assign_to.whom != SLA_ASSIGNEE))
		return true;
	return fault(r, "must be role: and a role of staff, the id of an account, or null", "/escalations/%zu/assignTo",
	        nth);
}

static bool read_escalation(struct reading *r, const json_t *json, size_t nth)
{
	static const char *const names[] = { "target", "after", "notify", "raisePriority", "assignTo", NULL };
	struct sla_escalation *out = &r->policy->escalations[r->policy->escalation_count++];
	const json_t *raise = json_object_get(json, "raisePriority");
	int target = find_target(json_string_value(json_object_get(json, "target")));
	char where[40];

	snprintf(where, sizeof where, "/escalations/%zu", nth);
	if (!knows_members(r, json, names, where))
		return false;
	if (target < 0)
		return fault(r, "must be firstResponse, nextResponse or resolution", "%s/target", where);
	out->target = (enum sla_target)target;
	if (!read_seconds(json_object_get(json, "after"), -LONGEST_S, &out->after_us))
		return fault(r, "must be seconds after the deadline, or (less than 0) before it", "%s/after", where);
	if (raise && !json_is_boolean(raise))
		return fault(r, "must be true or false", "%s/raisePriority", where);
	out->raise_priority = json_is_true(raise);
	return read_notified(r, json_object_get(json, "notify"), out, nth) &&
	       read_assign_to(r, json_object_get(json, "assignTo"), out, nth) &&
	       (out->notify_count || out->raise_priority || out->assign_to.whom != SLA_NOBODY ||
	               fault(r, "does nothing: notify, raisePriority or assignTo", "%s", where));
}

static bool read_escalations(struct reading *r, const json_t *list)
{
	if (!is_list(r, list, SLA_ESCALATIONS, "/escalations"))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!read_escalation(r, json_array_get(list, i), i))
			return false;
	return true;
}

static bool read_name(struct reading *r, const json_t *json)
{
	struct text name = text_trim(string_of(json));
	size_t chars;

	if (!json)
		return true;
	if (!name.len || !text_is_utf8(name, &chars) || chars > NAME_MOST)
		return fault(r, "must be a text of 1 to 100 characters", "/name");
	r->policy->name = text_copy(r->arena, name);
	return true;
}

static bool read_calendar_id(struct reading *r, const json_t *json)
{
	if (!json || json_is_null(json) || uuid_parse(string_of(json), &r->policy->calendar_id))
		return true;
	return fault(r, "must be the id of a calendar, or null", "/calendarId");
}

struct sla_policy *policy_read(struct arena *arena, const json_t *json, struct policy_fault *out_fault)
{
	static const char *const names[] = { "name", "calendarId", "criteria", "targets", "warnings", "escalations",
		"autoCloseAfter", "reminders", NULL };
	struct reading r = { arena, out_fault, ARENA_NEW(arena, struct sla_policy) };

	if (knows_members(&r, json, names, "") && read_name(&r, json_object_get(json, "name")) &&
	        read_calendar_id(&r, json_object_get(json, "calendarId")) &&
	        read_criteria(&r, json_object_get(json, "criteria")) &&
	        read_targets(&r, json_object_get(json, "targets")) &&
	        read_warnings(&r, json_object_get(json, "warnings")) &&
	        read_escalations(&r, json_object_get(json, "escalations")) &&
	        read_closing(&r, json_object_get(json, "autoCloseAfter")) &&
	        read_reminders(&r, json_object_get(json, "reminders")))
		return r.policy;
	return NULL;
}
