/* attempt.c - begin, lock, load, decide, store, commit. See attempt.h.
 *
 * Each try starts from nothing: messages are read again into fresh jobs, because
 * a try that failed may have left anything in them.
 */
#include "workers/attempt.h"

#include <string.h>
#include "base/fault.h"
#include "base/log.h"
#include "queues/contract.h"
#include "workers/decide.h"

bool attempt_is_unknown(const struct lane_worker *worker, const struct message *message)
{
	const struct command *command = command_find(message->type);

	return !text_equal(message->content_type, TEXT(CONTENT_TYPE)) || !command ||
	       !subject_kind_of(worker->kinds, command->id);
}

#define YEARS_END_MS 253402300800000 /* the end of the year 9999: dates are written with four digits */

static void die_unread(struct job *job, const char *why)
{
	job->outcome = job_die(job, why);
}

/* An id after the year 9999. No column can hold its day, so there is no inbox row for it, not even a dead one. */
static bool is_out_of_time(const struct uuid *id)
{
	return uuid_version(id) == 7 && (int64_t)uuid_unix_ms(id) >= YEARS_END_MS;
}

static void read_job(struct attempt *a, struct job *job, const struct message *message)
{
	struct problems problems = { 0 };
	const char *why;

	*job = (struct job){ .batch = &a->batch, .message = message };
	job_forget(job);
	why = envelope_read(message, &job->envelope);
	if (why) {
		job->unkept = uuid_is_none(&job->envelope.id);
		if (job->unkept)
			job->envelope.type = message->type;
		die_unread(job, why);
		return;
	}
	job->span = span_begin(a->arena, job->envelope.traceparent, SPAN_CONSUMER, "apply %.*s",
	        (int)job->envelope.type.len, job->envelope.type.data);
	job->envelope.traceparent = span_context(job->span, job->envelope.traceparent);
	if (is_out_of_time(&job->envelope.id)) {
		job->unkept = true;
		die_unread(job, "its id is of no day");
		return;
	}
	if (a->death) {
		die_unread(job, a->death);
		return;
	}
	if (attempt_is_unknown(a->worker, message)) {
		die_unread(job, "unknown type: no worker of this version handles it");
		return;
	}
	job->command = command_find(message->type);
	job->set = subject_set_of(&a->batch, subject_kind_of(a->worker->kinds, job->command->id));
	job->fields = arena_alloc(a->arena, job->command->record.bytes);
	if (!contract_read(&job->command->record, message->body, FROM_MESSAGE, a->arena, job->fields, &problems))
		die_unread(job, arena_printf(a->arena, "the body breaks the contract: %s %s", problems.items[0].pointer,
		                        problems.items[0].detail));
}

/* A bit for the lane of each second subject that the job's command names. */
static unsigned second_lanes(const struct job *job)
{
	unsigned present = 0;

	for (int i = 0; job->command && job->fields && i < job->command->record.count; i++) {
		const struct field *field = &job->command->record.fields[i];

		if (field->kind->loader == LOAD_SECOND)
			present |= 1u << uuid_last_digit(field_of(field, job->fields));
	}
	return present;
}

/* The lanes to lock, ascending, each once, as an array literal: those of the messages, and those of second subjects.
 * All attempts lock in the same order, so two commands about the same two subjects cannot block each other. */
static struct text lanes_of(const struct attempt *a)
{
	unsigned present = 0;
	struct buffer out;

	if (a->worker->single)
		return TEXT("{0}");
	for (int i = 0; i < a->count; i++) {
		struct text queue = a->messages[i].queue;
		char digit = queue.len ? queue.data[queue.len - 1] : '0';

		present |= 1u << (digit <= '9' ? digit - '0' : digit - 'a' + 10);
		present |= second_lanes(&a->batch.jobs[i]);
	}
	buffer_init(&out, a->arena, 64);
	buffer_string(&out, "{");
	for (int lane = 0; lane < LANE_COUNT; lane++)
		if (present & (1u << lane))
			buffer_printf(&out, "%s%d", out.len > 1 ? "," : "", lane);
	buffer_string(&out, "}");
	return buffer_view(&out);
}

static void begin(struct attempt *a)
{
	arena_reset(a->arena);
	a->batch = (struct batch){ .arena = a->arena,
		.db = a->db,
		.count = a->count,
		.kept = a->kept,
		.lane_prefix = a->worker->queue_prefix };
	subject_sets_init(&a->batch, a->worker->kinds);
	a->batch.jobs = ARENA_ARRAY(a->arena, struct job, (size_t)a->count);
	for (int i = 0; i < a->count; i++)
		read_job(a, &a->batch.jobs[i], &a->messages[i]);
	db_begin(a->db);
	db_send(a->db, QUERY_lane_lock, P_TEXT(lanes_of(a)), P_TEXT(text_of(a->worker->queue_prefix)));
}

/* Nobody waits for what the desk asks of itself: a refusal would be seen by nobody, and what the command hands on would
 * be lost. */
static void refuse_openly(struct job *job)
{
	if (job->outcome == JOB_REFUSED && uuid_is_none(&job->envelope.actor))
		job->outcome = job_die(job, arena_printf(job_arena(job), "the desk's own command is refused: %.*s",
		                                    (int)job->result.detail.len, job->result.detail.data));
}

static void decide_all(struct attempt *a)
{
	for (int i = 0; i < a->count; i++) {
		struct job *job = &a->batch.jobs[i];

		log_context(job->envelope.correlation_id, &job->envelope.id,
		        traceparent_trace_id(job->envelope.traceparent));
		if (job->answered || job->outcome == JOB_DEAD)
			continue;
		fault_poison(job->envelope.body);
		decide(job);
		refuse_openly(job);
	}
	log_context_clear();
}

enum db_fault attempt_try(struct attempt *a)
{
	begin(a);
	batch_load(&a->batch);
	subjects_load(&a->batch);
	if (!db_sync(a->db))
		return db_fault(a->db);
	batch_loaded(&a->batch);
	subjects_loaded(&a->batch);
	decide_all(a);
	batch_settle_doubles(&a->batch);
	batch_store(&a->batch);
	subjects_store(&a->batch);
	if (a->suspect && !a->batch.jobs[0].unkept)
		db_send(a->db, QUERY_suspect_clear, P_UUID(&a->batch.jobs[0].envelope.id));
	fault_point("lane.committing");
	if (!db_commit(a->db))
		return db_fault(a->db);
	fault_point("lane.committed");
	return DB_FINE;
}

enum db_fault attempt_suspect(struct attempt *a, int *out_starts)
{
	struct envelope envelope;
	struct db_result *starts;

	*out_starts = 0;
	if (envelope_read(&a->messages[0], &envelope))
		return DB_FINE; /* dead anyway, without being run */
	db_begin(a->db);
	starts = db_send(a->db, QUERY_suspect_start, P_UUID(&envelope.id));
	if (!db_commit(a->db))
		return db_fault(a->db);
	*out_starts = (int)db_int(starts, 0, 0);
	return DB_FINE;
}

enum db_fault attempt_acquit(struct db *db, const struct uuid *command_id)
{
	db_begin(db);
	db_send(db, QUERY_suspect_acquit, P_UUID(command_id));
	return db_commit(db) ? DB_FINE : db_fault(db);
}
