/* timers.c - what a ticket is woken for: a row of timers for each kind of it (0020_time.sql).
 *
 * All is computed from the ticket as it is, so a row says no more than when it is worth looking; who looks is
 * ticket_tick.c. Written are the rows that differ from those the ticket was loaded with.
 */
#include "base/arena.h"
#include "workers/ticket/model.h"

static void sooner(int64_t *next, int64_t at)
{
	if (at && at != DEADLINE_NEVER && (!*next || at < *next))
		*next = at;
}

/* The next warning, breach or escalation that has not been told. */
static int64_t next_of_clock(const struct clocks *clocks, enum sla_target target)
{
	const struct deadline *clock = &clocks->life.clocks[target];
	const struct clock_mark *mark = &clocks->marks[target];
	const struct sla_policy *policy = clocks->life.policy;
	int64_t next = 0;

	if (deadline_state(clock) != DEADLINE_RUNNING)
		return 0;
	for (int i = 0; i < policy->warning_count && !mark->breached; i++)
		if (policy->warnings[i] > mark->warned)
			sooner(&next, clocks_warning_at(clocks, target, policy->warnings[i]));
	if (!mark->breached)
		sooner(&next, clock->due_us);
	for (int i = 0; i < policy->escalation_count; i++)
		if (clocks_awaits(clocks, target, &policy->escalations[i]))
			sooner(&next, clocks_escalation_at(clocks, &policy->escalations[i]));
	return next;
}

static int64_t next_of_clocks(const struct clocks *clocks)
{
	int64_t next = 0;

	for (int i = 0; i < SLA_TARGETS; i++)
		sooner(&next, next_of_clock(clocks, i));
	return next;
}

/* In the calendar's open time: nobody is reminded at midnight, or on a Sunday. */
static int64_t next_reminder(const struct clocks *clocks)
{
	const struct sla_policy *policy = clocks->life.policy;
	int64_t at;

	if (!clocks->waiting_since_us || clocks->reminded >= policy->reminder_count)
		return 0;
	at = clocks->waiting_since_us + policy->reminders_us[clocks->reminded];
	at = at > clocks->put_off_us ? at : clocks->put_off_us;
	return calendar_add(policy->calendar, at, 0, &at) ? at : 0;
}

/* What comes from a column counts its milliseconds: it has no more when it is loaded again. */
int64_t timers_wanted(const struct ticket *ticket, enum timer_kind kind)
{
	const struct sla_policy *policy = ticket->sla.life.policy;

	if (ticket->deleted_at || !policy)
		return 0;
	switch (kind) {
	case TIMER_SLA:
		return next_of_clocks(&ticket->sla);
	case TIMER_CLOSE:
		return ticket->status == TICKET_RESOLVED && ticket->resolved_at && policy->auto_close_us
		               ? ticket->resolved_at / 1000 * 1000 + policy->auto_close_us
		               : 0;
	case TIMER_REMIND:
		return next_reminder(&ticket->sla);
	case TIMER_WAKE:
		return ticket->snoozed_until / 1000 * 1000;
	default:
		return 0;
	}
}

void timers_follow(struct ticket *ticket)
{
	for (enum timer_kind kind = TIMER_SLA; kind < timer_kind_count; kind++)
		ticket->sla.due_us[kind] = timers_wanted(ticket, kind);
}

/* --- store ------------------------------------------------------------------------------ */
/* Never before it is due: a row has milliseconds. */
static int64_t rounded_up(int64_t us)
{
	return (us + 999) / 1000 * 1000;
}

static void write_timer(struct batch *batch, const struct ticket *ticket, enum timer_kind kind, struct rows *rows)
{
	int64_t due = rounded_up(ticket->sla.due_us[kind]);
	struct buffer *out = rows_begin(rows);

	buffer_json_member(out, "kind", text_of(timer_kind_word(kind)));
	rows_uuid(out, "subject", &ticket->id);
	rows_time(out, "due_at", due);
	buffer_json_member_int(out, "version",
	        ticket->sla.fired_version >= ticket->version ? ticket->sla.fired_version + 1 : ticket->version);
	buffer_json_member_int(out, "rank", ticket->priority);
	rows_end(rows);
	if (due && (!batch->timer_us || due < batch->timer_us))
		batch->timer_us = due;
}

void timers_store(struct batch *batch)
{
	static const struct clocks none;
	const struct subject_set *set = ticket_set(batch);
	struct rows rows;

	rows_init(&rows, batch->arena);
	for (int i = 0; i < set->count; i++) {
		const struct ticket *ticket = subject_at(set, i);
		const struct ticket *loaded = i < set->loaded_count ? (struct ticket *)set->loaded + i : NULL;
		const struct clocks *before = loaded ? &loaded->sla : &none;

		for (enum timer_kind kind = TIMER_SLA; kind < timer_kind_count; kind++)
			if (ticket->sla.due_us[kind] != before->due_us[kind] ||
			        (ticket->sla.due_us[kind] && ticket->sla.fired & 1u << kind))
				write_timer(batch, ticket, kind, &rows);
	}
	if (rows.count)
		db_send(batch->db, QUERY_timers_store, P_TEXT(rows_done(&rows)));
}
