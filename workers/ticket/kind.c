/* kind.c - the row that makes a ticket a subject: its columns, its queries, and what it adds to a decision. */
#include "workers/ticket/model.h"

#define HANDLED "queues/ticket.def"
#include "workers/handlers.h"

#define ROWS_OF struct ticket
static const struct column columns[] = {
#include "sql/columns/ticket.def"
};

struct subject_set *ticket_set(const struct batch *batch)
{
	return subject_set_of(batch, &ticket_kind);
}

struct ticket_world *ticket_world(const struct batch *batch)
{
	return ticket_set(batch)->world;
}

struct ticket *job_ticket(const struct job *job, struct uuid id)
{
	return subject_find_live(ticket_set(job->batch), &id);
}

struct text ticket_name(const struct job *job, const struct ticket *ticket)
{
	char id[UUID_TEXT_BYTES];

	uuid_format(&ticket->id, id);
	return text_of(arena_printf(job_arena(job), "%.*s (%s)", (int)ticket->number.len, ticket->number.data, id));
}

struct ticket *job_new_ticket(struct job *job, struct uuid id)
{
	struct ticket_world *world = ticket_world(job->batch);
	struct ticket *ticket = subject_new(job->set, &id);

	ticket->status = TICKET_OPEN;
	ticket->number = text_of(arena_printf(
	        job_arena(job), "HD-%d-%06lld", job->batch->year, (long long)world->numbers[world->numbers_used++]));
	ticket->created_at = ticket->updated_at = ticket->public_updated_at = job_time(job);
	return ticket;
}

/* --- what a ticket adds to the frame -------------------------------------------- */
/* SELF of a ticket are those who watch it. */
static unsigned ticket_own(const void *subject, const struct uuid *actor)
{
	const struct ticket *ticket = subject;

	return (uuid_equal(&ticket->owner_id, actor) ? OWNER : 0) | (ticket_has_watcher(ticket, actor) ? SELF : 0);
}

static bool ticket_is_deleted(const void *subject)
{
	return ((const struct ticket *)subject)->deleted_at != 0;
}

/* The version that an owner is shown counts only the changes that an owner sees. */
static int64_t ticket_shown_version(const struct job *job, const void *subject)
{
	const struct ticket *ticket = subject;

	return !job->actor || account_is_agent(job->actor) ? ticket->version : ticket->public_version;
}

/* Who has no access to the ticket that his own was merged into may go on here. */
static bool goes_on_apart(const struct job *job, const struct ticket *ticket)
{
	bool adds = job->command->id == COMMAND_ticket_comment || job->command->id == COMMAND_file_upload;

	return adds && uuid_equal(&ticket->owner_id, &job->envelope.actor) && merging_is_apart(ticket);
}

/* Who opens a merged ticket may read it, but not work on it. The desk's own notes are still added. */
enum outcome ticket_refuse_merged(struct job *job, const struct ticket *ticket)
{
	if (uuid_is_none(&ticket->merged_into) || uuid_is_none(&job->envelope.actor) ||
	        job->command->id == COMMAND_ticket_unmerge || goes_on_apart(job, ticket))
		return JOB_DONE;
	return job_refuse(
	        job, PROBLEM_MERGED, "merged into %.*s", (int)ticket->living_end.len, ticket->living_end.data);
}

/* The key was used, longer ago than the inbox remembers: the comment it made is still there. */
static enum outcome refuse_if_said(struct job *job, const struct ticket *ticket)
{
	const struct field *created = field_of_kind(&job->command->record, LOAD_COMMENT, MINTED);

	if (created && job_comment(job, ticket, *(struct uuid *)field_of(created, job->fields)))
		return job_refuse(job, PROBLEM_IDEMPOTENCY_KEY_REUSED, "the key has made a comment before");
	return JOB_DONE;
}

static enum outcome ticket_refuse(struct job *job, const void *subject)
{
	enum outcome outcome = ticket_refuse_merged(job, subject);

	return outcome == JOB_DONE ? refuse_if_said(job, subject) : outcome;
}

/* What the desk asks of itself about a ticket that was deleted is done: there is nothing to do. */
static bool ticket_wants_gone(const struct job *job)
{
	return job->command->id == COMMAND_ticket_tick || job->command->id == COMMAND_ticket_recompute ||
	       job->command->id == COMMAND_ticket_hand_over;
}

static void ticket_follow(struct job *job, void *subject)
{
	sla_follow(job, subject);
}

/* Where a job writes another description. ticket.assign and ticket.merge want what is read with it. */
static bool ticket_reads_apart(const struct job *job)
{
	const struct ticket_update *update = job->fields;

	return job->command->id == COMMAND_ticket_assign || job->command->id == COMMAND_ticket_merge ||
	       (job->command->id == COMMAND_ticket_update && update->description.data);
}

bool ticket_may_grow(const struct job *job)
{
	return job->command->id == COMMAND_ticket_comment || job->command->id == COMMAND_ticket_receive;
}

static int ticket_makes(const struct job *job)
{
	return ticket_may_grow(job);
}

static void ticket_changed(
        struct job *job, const void *subject, const struct column *column, struct text was, struct text now)
{
	history_add(job, subject, column->told_as, was, now);
}

static bool owner_sees_a_change(const struct ticket_world *before, const struct ticket *ticket)
{
	for (const struct history *h = *before->history.end; h; h = h->next)
		if (uuid_equal(&h->ticket_id, &ticket->id) && history_is_public(h->field))
			return true;
	return false;
}

static void ticket_settled(struct job *job, const void *before, void *subject, const void *world_before)
{
	struct ticket *ticket = subject;

	if (owner_sees_a_change(world_before, ticket)) {
		ticket->public_version++;
		ticket->public_updated_at = ticket->updated_at;
	}
	counters_move(job, before, ticket);
}

static void ticket_rewound(void *world)
{
	struct ticket_world *w = world;

	*w->comments.end = NULL;
	*w->history.end = NULL;
	*w->counted.end = NULL;
	*w->links.end = NULL;
	*w->earlier.end = NULL;
}

const struct subject_kind ticket_kind = {
	.name = "ticket",
	.bytes = sizeof(struct ticket),
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.handlers = handlers,
	.loader = LOAD_TICKET,
	.beside = LOAD_FILE,
	.not_found = PROBLEM_TICKET_NOT_FOUND,
	.denied = PROBLEM_TICKET_ACCESS_DENIED,
	.load = QUERY_ticket_load,
	.insert = QUERY_ticket_insert,
	.update = QUERY_ticket_update,
	.update_apart = QUERY_ticket_update_apart,
	.own = ticket_own,
	.is_gone = ticket_is_deleted,
	.wants_gone = ticket_wants_gone,
	.shown_version = ticket_shown_version,
	.refuse = ticket_refuse,
	.may_make = ticket_makes,
	.reads_apart = ticket_reads_apart,
	.follow = ticket_follow,
	.changed = ticket_changed,
	.settled = ticket_settled,
	.world_bytes = sizeof(struct ticket_world),
	.begin_load = ticket_begin_load,
	.end_load = ticket_end_load,
	.rewound = ticket_rewound,
	.store = ticket_store,
};
