/* file_kind.c - the row that makes a file a subject: its columns, its queries, and who may work on it. */
#include "workers/ticket/model.h"

#define HANDLED "queues/file.def"
#include "workers/handlers.h"

#define ROWS_OF struct file
static const struct column columns[] = {
#include "sql/columns/file.def"
};

struct subject_set *file_set(const struct batch *batch)
{
	return subject_set_of(batch, &file_kind);
}

static unsigned file_own(const void *subject, const struct uuid *actor)
{
	return uuid_equal(&((const struct file *)subject)->uploaded_by, actor) ? OWNER : 0;
}

static bool file_is_gone(const void *subject)
{
	const struct file *file = subject;

	return file->deleted_at || file->place == PLACE_GONE;
}

static bool file_wants_gone(const struct job *job)
{
	return job->command->id == COMMAND_file_restore || job->command->id == COMMAND_file_refuse;
}

/* Who has uploaded it must see it still: sql/functions/file_verdict.sql has the same rule. */
static enum outcome file_refuse_hidden(struct job *job, const void *subject)
{
	const struct file *file = subject;
	const struct ticket *ticket = file_ticket(job, file);

	if (uuid_is_none(&job->envelope.actor))
		return JOB_DONE;
	if ((ticket && ticket->deleted_at) || (file->is_internal && !account_is_agent(job->actor)))
		return job_refuse(job, PROBLEM_FILE_NOT_FOUND, "there is no such file");
	if (ticket && !account_is_agent(job->actor) && !uuid_equal(&ticket->owner_id, &job->envelope.actor))
		return job_refuse(job, PROBLEM_INSUFFICIENT_PERMISSIONS, "you may not do this");
	return JOB_DONE;
}

/* --- the access log ------------------------------------------------------------------ */
void file_world_init(struct file_world *world)
{
	LIST_INIT(world->logs);
}

static void file_begin_load(struct batch *batch, void *world)
{
	(void)batch;
	file_world_init(world);
}

/* What a ticket's command does with a file is in the history of the ticket. */
static void file_settled(struct job *job, const void *before, void *subject, const void *world_before)
{
	static const char *const done_as[COMMAND_COUNT] = { [COMMAND_file_upload] = "UPLOAD",
		[COMMAND_file_update] = "UPDATE",
		[COMMAND_file_delete] = "DELETE",
		[COMMAND_file_restore] = "RESTORE" };
	struct file_world *world = file_set(job->batch)->world;
	struct file_log *log;

	(void)before;
	(void)world_before;
	if (!done_as[job->command->id])
		return;
	log = ARENA_NEW(job_arena(job), struct file_log);
	*log = (struct file_log){ ((struct file *)subject)->id, done_as[job->command->id], job, NULL };
	LIST_ADD(world->logs, log);
}

static void file_rewound(void *world)
{
	*((struct file_world *)world)->logs.end = NULL;
}

static void file_store(struct batch *batch, void *world)
{
	struct rows rows;

	rows_init(&rows, batch->arena);
	for (const struct file_log *log = ((struct file_world *)world)->logs.first; log; log = log->next) {
		struct buffer *out = rows_begin(&rows);

		rows_uuid(out, "file_id", &log->file_id);
		rows_uuid(out, "user_id", &log->job->envelope.actor);
		buffer_json_member(out, "action", text_of(log->action));
		buffer_json_member(out, "origin", log->job->envelope.origin);
		rows_time(out, "created_at", job_now(log->job));
		rows_end(&rows);
	}
	if (rows.count)
		db_send(batch->db, QUERY_file_log_insert, P_TEXT(rows_done(&rows)));
}

/* What file_load says behind the columns. */
static void file_end_load(struct batch *batch, void *world)
{
	struct subject_set *set = file_set(batch);

	(void)world;
	for (int i = 0; i < set->loaded_count; i++)
		((struct file *)subject_at(set, i))->is_internal =
		        db_bool(set->rows, i, SUBJECT_FIRST_COLUMN + set->kind->column_count);
}

const struct subject_kind file_kind = {
	.name = "file",
	.bytes = sizeof(struct file),
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.handlers = handlers,
	.loader = LOAD_FILE,
	.beside = LOAD_COMMENT,
	.not_found = PROBLEM_FILE_NOT_FOUND,
	.denied = PROBLEM_INSUFFICIENT_PERMISSIONS,
	.load = QUERY_file_load,
	.insert = QUERY_file_insert,
	.update = QUERY_file_update,
	.update_apart = NO_QUERY,
	.own = file_own,
	.is_gone = file_is_gone,
	.wants_gone = file_wants_gone,
	.refuse = file_refuse_hidden,
	.settled = file_settled,
	.world_bytes = sizeof(struct file_world),
	.begin_load = file_begin_load,
	.end_load = file_end_load,
	.rewound = file_rewound,
	.store = file_store,
};
