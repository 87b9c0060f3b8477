/* ticket_tick.c - "ticket.tick": something about the ticket was due; comes from the timer worker.
 *
 * What is due is seen from the ticket as it is now, and done once, whichever timer it was: one that fired for what has
 * moved on does nothing, and of several that are late the first does it all. Lateness of more than a second stands in
 * the history. Whatever happened, timers says afterwards what comes next.
 *
 *   sla     a warning, a breach, levels of escalation (escalation.c)
 *   close   a resolved ticket that nobody has opened again is closed
 *   remind  its user, who has not answered; not while the calendar is closed
 *   wake    it was snoozed until now
 *
 * Emits ticket.sla_warned, ticket.sla_breached, ticket.escalated, ticket.auto_closed, ticket.reminded, ticket.woken.
 */
#include "base/arena.h"
#include "base/instant.h"
#include "workers/ticket/model.h"

#define LATE_US 1000000LL

/* Rows of timers that have fired, or may have: they are written anew if they are still wanted. */
static void forget_fired(struct job *job, struct ticket *ticket, const struct ticket_tick *cmd)
{
	for (enum timer_kind kind = TIMER_SLA; kind < timer_kind_count; kind++)
		if (kind == cmd->kind || (ticket->sla.due_us[kind] && ticket->sla.due_us[kind] <= job_now(job)))
			ticket->sla.fired |= 1u << kind;
	if (cmd->timer_version > ticket->sla.fired_version)
		ticket->sla.fired_version = cmd->timer_version;
}

static bool is_due(const struct job *job, const struct ticket *ticket, enum timer_kind kind)
{
	int64_t at = timers_wanted(ticket, kind);

	return at && at <= job_now(job);
}

static bool close_resolved(struct job *job, struct ticket *ticket)
{
	enum ticket_status before = ticket->status;

	if (!is_due(job, ticket, TIMER_CLOSE) || ticket_move(job, ticket, TICKET_CLOSED) != JOB_DONE)
		return false;
	EMIT(job, ticket_auto_closed, .old_status = before, .new_status = ticket->status);
	return true;
}

/* Of several reminders that are late one is sent. */
static bool remind(struct job *job, struct ticket *ticket)
{
	struct clocks *clocks = &ticket->sla;

	if (!is_due(job, ticket, TIMER_REMIND))
		return false;
	clocks->put_off_us = job_now(job);
	if (!is_due(job, ticket, TIMER_REMIND))
		return false; /* the calendar is closed */
	while (clocks->reminded < clocks->life.policy->reminder_count &&
	        clocks->waiting_since_us + clocks->life.policy->reminders_us[clocks->reminded] <= job_now(job))
		clocks->reminded++;
	history_add(job, ticket, "reminded", TEXT_NONE, text_of(arena_printf(job_arena(job), "%d", clocks->reminded)));
	EMIT(job, ticket_reminded, .reminder = clocks->reminded);
	return true;
}

static bool wake(struct job *job, struct ticket *ticket)
{
	if (!is_due(job, ticket, TIMER_WAKE))
		return false;
	EMIT(job, ticket_woken, .until = sla_instant(job, ticket->snoozed_until));
	ticket->snoozed_until = 0;
	return true;
}

static void tell_lateness(struct job *job, const struct ticket *ticket, const struct ticket_tick *cmd)
{
	int64_t due;

	if (instant_read(cmd->due_at, &due) && job_now(job) - due > LATE_US)
		history_add(job, ticket, "late", TEXT_NONE,
		        text_of(arena_printf(job_arena(job), "%s: %.3f s", timer_kind_word(cmd->kind),
		                (double)(job_now(job) - due) / 1e6)));
}

enum outcome ticket_tick(struct job *job, const struct ticket_tick *cmd)
{
	struct ticket *ticket = subject_find(ticket_set(job->batch), &cmd->ticket_id);
	bool acted;

	forget_fired(job, ticket, cmd);
	sla_follow(job, ticket);
	if (ticket->deleted_at)
		return JOB_DONE;
	acted = close_resolved(job, ticket);
	acted = remind(job, ticket) || acted;
	acted = wake(job, ticket) || acted;
	acted = escalation_act(job, ticket) || acted;
	if (acted)
		tell_lateness(job, ticket, cmd);
	return JOB_DONE;
}
