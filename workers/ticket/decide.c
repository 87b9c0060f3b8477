/* decide.c - one job: access, handler, and what its outcome means for the batch.
 *
 * Who may is the catalogue's word (workers/access.h). A handler that refuses leaves
 * no trace: ticket and lists are put back to where they were.
 */
#include "workers/access.h"
#include "workers/ticket/model.h"

/* A thunk for each command gives every handler one type. */
typedef enum outcome handler_fn(struct job *job, const void *fields);

#define COMMAND(id, ...)                                                                                               \
	static enum outcome run_##id(struct job *job, const void *fields)                                              \
	{                                                                                                              \
		return id(job, fields);                                                                                \
	}
#include "queues/ticket.def"

#define COMMAND(id, ...) [COMMAND_##id] = run_##id,
static handler_fn *const handlers[COMMAND_COUNT] = {
#include "queues/ticket.def"
};

const struct lane_model ticket_model = { ticket_load, ticket_loaded, ticket_decide, ticket_store };

/* Deleted ones too. */
static struct ticket *find_ticket(const struct job *job, struct uuid id)
{
	struct world *world = job->batch->world;

	for (int i = 0; i < world->ticket_count; i++)
		if (uuid_equal(&world->tickets[i].id, &id))
			return &world->tickets[i];
	return NULL;
}

struct ticket *job_ticket(const struct job *job, struct uuid id)
{
	struct ticket *ticket = find_ticket(job, id);

	return ticket && !ticket->deleted ? ticket : NULL;
}

struct ticket *job_new_ticket(struct job *job, struct uuid id)
{
	struct world *world = job->batch->world;
	struct ticket *ticket = &world->tickets[world->ticket_count++];

	*ticket = (struct ticket){ .id = id, .status = TICKET_OPEN };
	ticket->number = text_of(arena_printf(
	        job_arena(job), "HD-%d-%06lld", job->batch->year, (long long)world->numbers[world->numbers_used++]));
	ticket->created_at = ticket->updated_at = job_time(job);
	return ticket;
}

struct comment *ticket_add_comment(
        struct job *job, struct ticket *ticket, struct uuid comment_id, struct text content, bool is_internal)
{
	struct world *world = job->batch->world;
	struct comment *comment = ARENA_NEW(job_arena(job), struct comment);

	comment->id = comment_id;
	comment->ticket_id = ticket->id;
	comment->seq = ++ticket->comment_count;
	comment->author_id = job->envelope.actor;
	comment->created_at = job_time(job);
	comment->content = content;
	comment->is_internal = is_internal;
	ticket->internal_count += is_internal;
	comment->command_id = job->envelope.id;
	LIST_ADD(world->comments, comment);
	history_add(job, ticket, is_internal ? "internal_comment" : "comment", TEXT_NONE,
	        uuid_text(job_arena(job), &comment_id));
	return comment;
}

struct comment *job_comment(const struct job *job, const struct ticket *ticket, struct uuid comment_id)
{
	struct world *world = job->batch->world;
	struct comment *found = NULL;

	for (int i = 0; i < world->stored_comment_count && !found; i++)
		if (uuid_equal(&world->stored_comments[i].id, &comment_id))
			found = &world->stored_comments[i];
	for (struct comment *c = world->comments.first; c && !found; c = c->next)
		if (uuid_equal(&c->id, &comment_id))
			found = c;
	return found && uuid_equal(&found->ticket_id, &ticket->id) ? found : NULL;
}

void ticket_edit_comment(struct job *job, struct comment *comment, struct text content)
{
	struct ticket *ticket = job_ticket(job, comment->ticket_id);

	comment->content = content;
	comment->edited = true;
	ticket->reworded = true;
	history_add(job, ticket, comment->is_internal ? "internal_comment" : "comment",
	        uuid_text(job_arena(job), &comment->id), uuid_text(job_arena(job), &comment->id));
}

/* --- who may ------------------------------------------------------------------- */
/* SELF of a ticket is who watches it: to all others it is another's, whatever the command would do. */
static unsigned own_of(const struct ticket *ticket, const struct uuid *actor)
{
	if (!ticket)
		return SELF;
	return (uuid_equal(&ticket->owner_id, actor) ? OWNER : 0) | (ticket_has_watcher(ticket, actor) ? SELF : 0);
}

static enum outcome refuse_unless_permitted(struct job *job, const struct ticket *ticket)
{
	return access_check(job, own_of(ticket, &job->envelope.actor),
	        ticket ? PROBLEM_TICKET_ACCESS_DENIED : PROBLEM_INSUFFICIENT_PERMISSIONS);
}

/* If-Match and a version in the body: what the client last saw. */
static enum outcome refuse_if_stale(struct job *job, const struct ticket *ticket)
{
	static const struct {
		const char *field;
		enum problem_code code;
	} seen[] = { { "if_match", PROBLEM_PRECONDITION_FAILED }, { "version", PROBLEM_VERSION_CONFLICT } };

	for (size_t i = 0; ticket && i < sizeof seen / sizeof *seen; i++) {
		const struct field *field = field_find(&job->command->record, text_of(seen[i].field));
		const int64_t *version = field ? field_of(field, job->fields) : NULL;

		if (version && *version && *version != ticket->version)
			return job_refuse(job, seen[i].code, "the ticket has version %lld, not %lld",
			        (long long)ticket->version, (long long)*version);
	}
	return JOB_DONE;
}

/* What was merged into another ticket is looked at, not worked on. The desk's own notes still find their way. */
static enum outcome refuse_if_merged(struct job *job, const struct ticket *ticket)
{
	char into[UUID_TEXT_BYTES];

	if (!ticket || uuid_is_none(&ticket->merged_into) || uuid_is_none(&job->envelope.actor))
		return JOB_DONE;
	uuid_format(&ticket->merged_into, into);
	return job_refuse(job, PROBLEM_MERGED, "merged into %s", into);
}

/* --- what it means ---------------------------------------------------------------- */
static const struct field *named_ticket(const struct command *command)
{
	const struct field *field = field_of_kind(&command->record, LOAD_TICKET, FROM_PATH);

	return field ? field : field_of_kind(&command->record, LOAD_TICKET, REQUIRED);
}

static const struct field *minted(const struct command *command)
{
	for (int i = 0; i < command->record.count; i++)
		if (command->record.fields[i].need == MINTED)
			return &command->record.fields[i];
	return NULL;
}

/* The key was used, longer ago than the inbox remembers: what it made is still there. */
static enum outcome refuse_if_taken(struct job *job, const struct ticket *ticket)
{
	const struct field *created = minted(job->command);
	const struct uuid *id = created ? field_of(created, job->fields) : NULL;

	if (created && created->kind->loader == LOAD_TICKET && find_ticket(job, *id))
		return job_refuse(job, PROBLEM_IDEMPOTENCY_KEY_REUSED, "the key has made a ticket before");
	if (created && created->kind->loader == LOAD_COMMENT && ticket && job_comment(job, ticket, *id))
		return job_refuse(job, PROBLEM_IDEMPOTENCY_KEY_REUSED, "the key has made a comment before");
	return JOB_DONE;
}

/* Where the lists stood before the handler ran. */
struct mark {
	struct world world;
	struct ticket ticket;
};

static void undo(struct job *job, struct ticket *ticket, const struct mark *mark)
{
	struct world *world = job->batch->world;

	if (ticket)
		*ticket = mark->ticket;
	*world = mark->world;
	*world->comments.end = NULL;
	*world->history.end = NULL;
	*world->counted.end = NULL;
	*world->links.end = NULL;
	job->events = NULL;
	job->events_end = &job->events;
	job->sent = NULL;
	job->sent_end = &job->sent;
}

static void refused(struct job *job, struct ticket *ticket)
{
	if (ticket) {
		job->ticket_id = ticket->id;
		job->ticket_version = ticket->version;
	}
	EMIT(job, command_refused, .command_type = text_of(job->command->record.type),
	        .code = text_of(problem_texts[job->result.code].word), .detail = job->result.detail);
}

/* before NULL: made by this job. */
static void settle(struct job *job, const struct ticket *before, struct ticket *ticket)
{
	if (!ticket_diff(job, before, ticket) && !job->events)
		return;
	ticket->version++;
	ticket->updated_at = job_now(job);
	counters_move(job, before, ticket);
}

static void done(struct job *job, struct ticket *ticket, const struct mark *mark)
{
	const struct field *created = minted(job->command);
	struct world *world = job->batch->world;
	struct ticket *subject = ticket;

	if (ticket->version)
		settle(job, &mark->ticket, ticket);
	for (int i = mark->world.ticket_count; i < world->ticket_count; i++) {
		subject = &world->tickets[i];
		settle(job, NULL, subject);
	}
	job->ticket_id = ticket->id;
	job->ticket_version = ticket->version;
	job->result.status = created ? 201 : 200;
	job->result.subject_id = created ? *(struct uuid *)field_of(created, job->fields) : ticket->id;
	job->result.version = subject->version;
}

void ticket_decide(struct job *job)
{
	const struct field *named = named_ticket(job->command);
	struct ticket *ticket = named ? job_ticket(job, *(struct uuid *)field_of(named, job->fields)) : NULL;
	struct mark mark = { .world = *(struct world *)job->batch->world };

	if (ticket)
		mark.ticket = *ticket;
	if (named && !ticket)
		job->outcome = job_refuse(job, PROBLEM_TICKET_NOT_FOUND, "there is no such ticket");
	else
		job->outcome = refuse_unless_permitted(job, ticket);
	if (job->outcome == JOB_DONE)
		job->outcome = refuse_if_stale(job, ticket);
	if (job->outcome == JOB_DONE)
		job->outcome = refuse_if_merged(job, ticket);
	if (job->outcome == JOB_DONE)
		job->outcome = refuse_if_taken(job, ticket);
	if (job->outcome == JOB_DONE)
		job->outcome = handlers[job->command->id](job, job->fields);
	if (job->outcome != JOB_DONE) {
		undo(job, ticket, &mark);
		refused(job, ticket);
		return;
	}
	if (!ticket)
		ticket = job_ticket(job, *(struct uuid *)field_of(minted(job->command), job->fields));
	done(job, ticket, &mark);
}
