/* sla.c - the clocks of a ticket follow what becomes of it.
 *
 * After each decision the ticket's columns say in which status it is, how pressing, of what category; sla_follow brings
 * its life (queues/sla_life.h) to that point, chooses the policy that governs it from now on, and writes the columns
 * that lists sort and filter by. To call it twice is to call it once. What was said is told apart, because no column
 * has it: sla_reply, sla_ask.
 *
 * A first response is whatever sets first_response_at: staff says something in public, or takes the ticket to work,
 * which its owner is told. A snoozed ticket's clocks go on, because its owner knows nothing of that. What is closed is
 * judged by the policy that governed it then.
 */
#include "base/arena.h"
#include "base/instant.h"
#include "workers/ticket/model.h"

/* --- the policy ------------------------------------------------------------------------- */
static struct text owner_email(const struct job *job, const struct ticket *ticket)
{
	const struct account *owner = ticket->owner_email.len ? NULL : job_account(job, ticket->owner_id);

	return owner ? owner->email : ticket->owner_email;
}

static const struct sla_policy *choose(const struct job *job, const struct ticket *ticket)
{
	struct sla_subject subject = { ticket->priority, ticket->category, ticket->tags, ticket->owner_id,
		owner_email(job, ticket) };

	return book_choose(ticket_world(job->batch)->book, &subject);
}

static struct text policy_name(const struct job *job, const struct sla_policy *policy)
{
	if (!policy->version)
		return TEXT_NONE;
	return text_of(arena_printf(
	        job_arena(job), "%.*s, version %d", (int)policy->name.len, policy->name.data, policy->version));
}

/* Also another version of the same, or of its calendar. */
static void govern(struct job *job, struct ticket *ticket)
{
	struct clocks *clocks = &ticket->sla;
	const struct sla_policy *was = clocks->life.policy, *policy = choose(job, ticket);
	struct sla_life before = clocks->life;

	if (policy == was && ticket->priority == clocks->life.priority)
		return;
	sla_life_govern(&clocks->life, policy, ticket->priority, job_now(job));
	clocks_note(clocks, &before, job_now(job), job_arena(job));
	if (policy != was && (policy->version || was->version))
		history_add(job, ticket, "sla_policy", policy_name(job, was), policy_name(job, policy));
}

/* --- columns ---------------------------------------------------------------------------- */
static int64_t due_of(const struct deadline *clock)
{
	return clock->due_us == DEADLINE_NEVER ? 0 : clock->due_us;
}

static int64_t earliest(const struct sla_life *life)
{
	int64_t due = 0;

	for (int i = 0; i < SLA_TARGETS; i++) {
		int64_t this = life->clocks[i].since_us ? due_of(&life->clocks[i]) : 0;

		due = this && (!due || this < due) ? this : due;
	}
	return due;
}

struct text sla_instant(const struct job *job, int64_t us)
{
	char said[INSTANT_TEXT_BYTES];

	if (!us)
		return TEXT_NONE;
	instant_write(us, said);
	return text_copy(job_arena(job), text_of(said));
}

/* A deadline that has moved stands in the history; a column's own row tells of due_at. What was loaded has
 * milliseconds. */
static void set_due(struct job *job, struct ticket *ticket, const char *field, int64_t *column, int64_t due)
{
	due = due / 1000 * 1000;
	if (*column / 1000 * 1000 == due)
		return;
	if (ticket->version)
		history_add(job, ticket, field, sla_instant(job, *column), sla_instant(job, due));
	*column = due;
}

static void write_clocks(struct job *job, struct ticket *ticket)
{
	timers_follow(ticket);
	ticket->clocks = clocks_write(&ticket->sla, job_now(job), job_arena(job));
}

static void set_columns(struct job *job, struct ticket *ticket)
{
	const struct sla_life *life = &ticket->sla.life;
	enum sla_state state = clocks_state(&ticket->sla, job_now(job));

	ticket->policy_id = life->policy->id;
	ticket->policy_version = life->policy->version;
	ticket->due_at = due_of(&life->clocks[SLA_RESOLUTION]);
	set_due(job, ticket, "response_due_at", &ticket->response_due_at, due_of(&life->clocks[SLA_FIRST_RESPONSE]));
	set_due(job, ticket, "next_response_due_at", &ticket->next_response_due_at,
	        due_of(&life->clocks[SLA_NEXT_RESPONSE]));
	ticket->sla_due_at = earliest(life);
	ticket->sla_state = state ? text_of(sla_state_word(state)) : TEXT_NONE;
	write_clocks(job, ticket);
}

/* --- the life --------------------------------------------------------------------------- */
static struct clocks *clocks_of(struct job *job, struct ticket *ticket)
{
	if (!ticket->sla.life.policy)
		clocks_begin(ticket, choose(job, ticket), job_now(job), job_arena(job));
	return &ticket->sla;
}

void sla_reply(struct job *job, struct ticket *ticket)
{
	struct clocks *clocks = clocks_of(job, ticket);
	struct sla_life before = clocks->life;

	sla_life_reply(&clocks->life, job_now(job));
	clocks_note(clocks, &before, job_now(job), job_arena(job));
}

void sla_ask(struct job *job, struct ticket *ticket)
{
	struct clocks *clocks = clocks_of(job, ticket);
	struct sla_life before = clocks->life;

	sla_life_ask(&clocks->life, job_now(job));
	clocks_note(clocks, &before, job_now(job), job_arena(job));
}

void sla_follow(struct job *job, struct ticket *ticket)
{
	struct clocks *clocks = clocks_of(job, ticket);
	struct sla_life before;

	if (ticket->deleted_at) {
		write_clocks(job, ticket);
		return;
	}
	if (ticket->first_response_at && !clocks->life.has_response)
		sla_reply(job, ticket);
	if (ticket->status != TICKET_CLOSED)
		govern(job, ticket);
	before = clocks->life;
	sla_life_move(&clocks->life, ticket->status, job_now(job));
	clocks_note(clocks, &before, job_now(job), job_arena(job));
	if (ticket->status == TICKET_RESOLVED || ticket->status == TICKET_CLOSED)
		ticket->snoozed_until = 0;
	set_columns(job, ticket);
}
