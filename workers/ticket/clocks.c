/* clocks.c - see clocks.h. */
#include "workers/ticket/clocks.h"

#include <jansson.h>
#include <string.h>
#include "base/arena.h"
#include "workers/ticket/ticket.h"

#define SECOND 1000000LL
#define HOURS_MOST 64

/* --- read ------------------------------------------------------------------------------- */
static struct text text_at(const json_t *json, const char *name)
{
	return text_of(json_string_value(json_object_get(json, name)));
}

static int64_t number_at(const json_t *json, const char *name)
{
	return json_integer_value(json_object_get(json, name));
}

static enum ticket_status status_at(const json_t *json, const char *name)
{
	return (enum ticket_status)word_find(text_at(json, name), ticket_status_words, ticket_status_count);
}

static const struct sla_policy *read_policy(const json_t *json, const struct book *book, struct arena *arena)
{
	struct sla_policy *wanted = ARENA_NEW(arena, struct sla_policy);
	const struct sla_policy *known;

	uuid_parse(text_at(json, "policyId"), &wanted->id);
	uuid_parse(text_at(json, "calendarId"), &wanted->calendar_id);
	wanted->version = (int)number_at(json, "policyVersion");
	wanted->calendar_version = (int)number_at(json, "calendarVersion");
	known = book_policy(book, wanted);
	wanted->calendar = book_calendar(book, &wanted->calendar_id, wanted->calendar_version);
	return known ? known : wanted;
}

static void read_clock(const json_t *json, struct deadline *clock, struct clock_mark *mark)
{
	const json_t *escalated = json_object_get(json, "escalated");

	*clock = (struct deadline){ number_at(json, "budget"), number_at(json, "used"), number_at(json, "since"),
		number_at(json, "due"), number_at(json, "met") };
	*mark = (struct clock_mark){ .begun_us = number_at(json, "begun"),
		.brought_us = number_at(json, "brought"),
		.stopped_us = number_at(json, "stopped"),
		.stopped_by = status_at(json, "stoppedBy"),
		.warned = (int)number_at(json, "warned"),
		.breached = json_is_true(json_object_get(json, "breached")),
		.escalated = escalated != NULL,
		.escalated_us = json_integer_value(escalated) };
}

void clocks_read(struct text text, const struct book *book, struct arena *arena, struct clocks *out)
{
	json_t *json = text.len ? json_loadb(text.data, text.len, 0, NULL) : NULL;
	const json_t *timers = json_object_get(json, "timers");

	*out = (struct clocks){ 0 };
	if (json) {
		out->life.policy = read_policy(json, book, arena);
		out->life.priority = (enum ticket_priority)word_find(
		        text_at(json, "priority"), ticket_priority_words, ticket_priority_count);
		out->life.status = status_at(json, "status");
		out->life.has_response = json_is_true(json_object_get(json, "hasResponse"));
		out->life.is_asked = json_is_true(json_object_get(json, "isAsked"));
		out->waiting_since_us = number_at(json, "waitingSince");
		out->reminded = (int)number_at(json, "reminded");
		out->put_off_us = number_at(json, "putOff");
	}
	for (int i = 0; i < SLA_TARGETS; i++)
		read_clock(json_object_get(json, sla_target_names[i]), &out->life.clocks[i], &out->marks[i]);
	for (int i = 1; i < timer_kind_count; i++)
		out->due_us[i] = number_at(timers, timer_kind_words[i]);
	json_decref(json);
}

/* --- write ------------------------------------------------------------------------------ */
static void write_number(struct buffer *out, const char *name, int64_t number)
{
	if (number)
		buffer_json_member_int(out, name, number);
}

static void write_flag(struct buffer *out, const char *name, bool flag)
{
	if (flag)
		buffer_json_member_bool(out, name, true);
}

static void write_clock(const struct clocks *clocks, enum sla_target target, int64_t now_us, struct buffer *out)
{
	const struct deadline *clock = &clocks->life.clocks[target];
	const struct clock_mark *mark = &clocks->marks[target];

	if (deadline_state(clock) == DEADLINE_NONE)
		return;
	buffer_json_name(out, sla_target_names[target]);
	buffer_string(out, "{");
	buffer_json_member(out, "state", text_of(sla_state_word(clocks_state_of(clocks, target, now_us))));
	write_number(out, "budget", clock->budget_us);
	write_number(out, "used", clock->used_us);
	write_number(out, "since", clock->since_us);
	write_number(out, "due", clock->due_us == DEADLINE_NEVER ? 0 : clock->due_us);
	write_number(out, "met", clock->met_us);
	write_number(out, "begun", mark->begun_us);
	write_number(out, "brought", mark->brought_us);
	write_number(out, "stopped", mark->stopped_us);
	if (mark->stopped_us)
		buffer_json_member(out, "stoppedBy", text_of(ticket_status_word(mark->stopped_by)));
	write_number(out, "warned", mark->warned);
	write_flag(out, "breached", mark->breached);
	if (mark->escalated)
		buffer_json_member_int(out, "escalated", mark->escalated_us);
	buffer_string(out, "}");
}

static void write_timers(const struct clocks *clocks, struct buffer *out)
{
	buffer_json_name(out, "timers");
	buffer_string(out, "{");
	for (int i = 1; i < timer_kind_count; i++)
		write_number(out, timer_kind_words[i], clocks->due_us[i]);
	buffer_string(out, "}");
}

/* From when the first of the running clocks runs to the last deadline; false: none runs. */
static bool is_running(const struct sla_life *life, int64_t *out_from, int64_t *out_to)
{
	*out_from = *out_to = 0;
	for (int i = 0; i < SLA_TARGETS; i++) {
		const struct deadline *clock = &life->clocks[i];

		if (deadline_state(clock) != DEADLINE_RUNNING || clock->due_us == DEADLINE_NEVER)
			continue;
		*out_from = *out_from && *out_from < clock->since_us ? *out_from : clock->since_us;
		*out_to = *out_to > clock->due_us ? *out_to : clock->due_us;
	}
	return *out_from != 0;
}

/* A list of more than HOURS_MOST ends early: then what is left is not shown beyond. */
static void write_hours(const struct sla_life *life, struct buffer *out)
{
	int64_t at, end, until;

	if (uuid_is_none(&life->policy->calendar_id) || !is_running(life, &at, &end))
		return;
	buffer_json_name(out, "hours");
	buffer_string(out, "[");
	for (int n = 0; at < end && n < HOURS_MOST; at = until) {
		bool open = calendar_is_open(life->policy->calendar, at, end, &until);

		if (open)
			buffer_printf(out, "%s[%lld.%06lld,%lld.%06lld]", n++ ? "," : "", (long long)(at / SECOND),
			        (long long)(at % SECOND), (long long)(until / SECOND), (long long)(until % SECOND));
		if (until <= at)
			break;
	}
	buffer_string(out, "]");
}

struct text clocks_write(const struct clocks *clocks, int64_t now_us, struct arena *arena)
{
	const struct sla_life *life = &clocks->life;
	const struct sla_policy *policy = life->policy;
	struct buffer out;

	buffer_init(&out, arena, 512);
	buffer_string(&out, "{");
	rows_uuid(&out, "policyId", &policy->id);
	write_number(&out, "policyVersion", policy->version);
	rows_uuid(&out, "calendarId", &policy->calendar_id);
	write_number(&out, "calendarVersion", policy->calendar_version);
	buffer_json_member(&out, "priority", text_of(ticket_priority_word(life->priority)));
	buffer_json_member(&out, "status", text_of(ticket_status_word(life->status)));
	write_flag(&out, "hasResponse", life->has_response);
	write_flag(&out, "isAsked", life->is_asked);
	write_number(&out, "waitingSince", clocks->waiting_since_us);
	write_number(&out, "reminded", clocks->reminded);
	write_number(&out, "putOff", clocks->put_off_us);
	for (int i = 0; i < SLA_TARGETS; i++)
		write_clock(clocks, i, now_us, &out);
	write_timers(clocks, &out);
	write_hours(life, &out);
	buffer_string(&out, "}");
	return buffer_view(&out);
}

/* --- states ----------------------------------------------------------------------------- */
enum sla_state clocks_state_of(const struct clocks *clocks, enum sla_target target, int64_t now_us)
{
	const struct deadline *clock = &clocks->life.clocks[target];
	const struct clock_mark *mark = &clocks->marks[target];

	switch (deadline_state(clock)) {
	case DEADLINE_NONE:
		return sla_state_absent;
	case DEADLINE_MET:
		return deadline_is_missed(clock, now_us) ? SLA_BREACHED : SLA_MET;
	case DEADLINE_PAUSED:
		return mark->breached ? SLA_BREACHED : SLA_PAUSED;
	default:
		return mark->breached ? SLA_BREACHED : mark->warned ? SLA_WARNED : SLA_RUNNING;
	}
}

enum sla_state clocks_state(const struct clocks *clocks, int64_t now_us)
{
	enum sla_state worst = sla_state_absent;

	for (int i = 0; i < SLA_TARGETS; i++) {
		enum sla_state state = clocks_state_of(clocks, i, now_us);

		worst = state > worst ? state : worst;
	}
	return worst;
}

/* --- what comes next --------------------------------------------------------------------- */
int64_t clocks_warning_at(const struct clocks *clocks, enum sla_target target, int percent)
{
	const struct deadline *clock = &clocks->life.clocks[target];

	return deadline_when(clock, clocks->life.policy->calendar, clock->budget_us * percent / 100);
}

int64_t clocks_escalation_at(const struct clocks *clocks, const struct sla_escalation *escalation)
{
	const struct deadline *clock = &clocks->life.clocks[escalation->target];

	return deadline_when(clock, clocks->life.policy->calendar, clock->budget_us + escalation->after_us);
}

bool clocks_awaits(const struct clocks *clocks, enum sla_target target, const struct sla_escalation *escalation)
{
	const struct clock_mark *mark = &clocks->marks[target];

	return escalation->target == target && (!mark->escalated || escalation->after_us > mark->escalated_us);
}

/* --- stretches -------------------------------------------------------------------------- */
static void add_span(struct clocks *clocks, struct span span, struct arena *arena)
{
	struct span *added = ARENA_NEW(arena, struct span);

	*added = span;
	added->next = clocks->spans;
	clocks->spans = added;
}

/* The clock of the next response starts anew with each question. */
static bool begins(const struct deadline *before, const struct deadline *clock, enum sla_target target)
{
	if (deadline_state(clock) == DEADLINE_NONE)
		return false;
	return deadline_state(before) == DEADLINE_NONE ||
	       (target == SLA_NEXT_RESPONSE && before->met_us && !clock->met_us);
}

/* What was told of a deadline that has moved away holds no more, and may be told again. */
static void forget_untrue(struct clocks *clocks, enum sla_target target, int64_t now_us)
{
	const struct deadline *clock = &clocks->life.clocks[target];
	const struct calendar *calendar = clocks->life.policy->calendar;
	struct clock_mark *mark = &clocks->marks[target];
	int64_t used = deadline_used(clock, calendar, now_us);

	if (mark->warned && used < clock->budget_us / 100 * mark->warned)
		mark->warned = 0;
	if (!deadline_is_missed(clock, now_us))
		mark->breached = false;
	if (mark->escalated && used < clock->budget_us + mark->escalated_us)
		mark->escalated = false;
}

/* Between was and what the clock is now it has run, or stood still, until now. */
static void end_stretch(struct clocks *clocks, const struct sla_life *before, enum sla_target target, int64_t now_us,
        struct arena *arena)
{
	const struct deadline *was = &before->clocks[target], *clock = &clocks->life.clocks[target];
	const struct clock_mark *mark = &clocks->marks[target];
	struct span span = { .target = target, .to_us = now_us, .policy = before->policy };

	if (was->since_us && clock->since_us != was->since_us) {
		span.worked = true;
		span.why = clocks->life.status;
		span.from_us = was->since_us;
		span.worked_us = clock->used_us - was->used_us;
	} else if (!was->since_us && (clock->since_us || (clock->met_us && !was->met_us))) {
		span.why = mark->stopped_by;
		span.from_us = mark->stopped_us;
	}
	if (span.from_us && span.from_us < now_us)
		add_span(clocks, span, arena);
}

static void note_clock(struct clocks *clocks, const struct sla_life *before, enum sla_target target, int64_t now_us,
        struct arena *arena)
{
	const struct deadline *was = &before->clocks[target], *clock = &clocks->life.clocks[target];
	struct clock_mark *mark = &clocks->marks[target];
	bool begun = begins(was, clock, target), has_stopped = was->since_us || (clock->met_us && !was->met_us);

	if (deadline_state(clock) == DEADLINE_NONE) {
		*mark = (struct clock_mark){ 0 };
		return;
	}
	if (begun)
		*mark = (struct clock_mark){ .begun_us = now_us };
	else
		end_stretch(clocks, before, target, now_us, arena);
	if (clock->since_us) {
		mark->stopped_us = 0;
	} else if (begun || has_stopped) {
		mark->stopped_us = now_us;
		mark->stopped_by = clocks->life.status;
	}
	if (before->policy != clocks->life.policy || before->priority != clocks->life.priority)
		forget_untrue(clocks, target, now_us);
}

void clocks_note(struct clocks *clocks, const struct sla_life *before, int64_t now_us, struct arena *arena)
{
	bool waits = clocks->life.status == TICKET_WAITING_USER;

	for (int i = 0; i < SLA_TARGETS; i++)
		note_clock(clocks, before, i, now_us, arena);
	if (!waits)
		clocks->waiting_since_us = 0;
	if (!waits || !clocks->waiting_since_us)
		clocks->put_off_us = clocks->reminded = 0;
	if (waits && !clocks->waiting_since_us)
		clocks->waiting_since_us = now_us;
}

/* --- a ticket of before, or a new one ---------------------------------------------------- */
static int64_t done_at(const struct ticket *ticket, int64_t now_us)
{
	int64_t at = ticket->resolved_at ? ticket->resolved_at : ticket->closed_at;

	return at ? at : now_us;
}

void clocks_begin(struct ticket *ticket, const struct sla_policy *policy, int64_t now_us, struct arena *arena)
{
	struct clocks *clocks = &ticket->sla;
	struct sla_life before = { 0 };
	bool done = ticket->status == TICKET_RESOLVED || ticket->status == TICKET_CLOSED;

	sla_life_begin(&clocks->life, policy, ticket->priority, TICKET_OPEN, ticket->created_at);
	clocks_note(clocks, &before, ticket->created_at, arena);
	before = clocks->life;
	if (ticket->first_response_at) {
		sla_life_reply(&clocks->life, ticket->first_response_at);
		clocks_note(clocks, &before, ticket->first_response_at, arena);
		before = clocks->life;
	}
	sla_life_move(&clocks->life, ticket->status, done ? done_at(ticket, now_us) : now_us);
	clocks_note(clocks, &before, done ? done_at(ticket, now_us) : now_us, arena);
}
