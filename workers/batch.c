/* batch.c - what every lane loads and stores around its own things.
 *
 * Load: the database's clock, the actors, and the inbox. A job
 * whose id is in the inbox is answered from there: same fingerprint, the first
 * result; another one, IDEMPOTENCY_KEY_REUSED; a dead one is free to run again.
 * Store: inbox, dead letters, outbox.
 */
#include "workers/batch.h"
#include "workers/dead_letter.h"
#include "workers/outbox.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "workers/dead_letter.h"
#include "workers/subject.h"

#define DAY_MS (24 * 3600 * 1000LL)

/* The results of one attempt's common loads, in the order they were sent. */
struct loading {
	struct db_result *clock, *inbox;
};

static bool has_day(const struct uuid *id)
{
	return uuid_version(id) == 7;
}

static void write_day(struct buffer *out, const struct uuid *id)
{
	char text[CLOCK_TEXT_BYTES];

	if (!has_day(id)) {
		buffer_json_member(out, "day", TEXT_NONE);
		return;
	}
	clock_format(uuid_unix_ms(id) * 1000, text);
	buffer_json_member(out, "day", (struct text){ text, 10 });
}

/* The ids to look for, and the days of those that have one. */
struct wanted {
	struct id_set dated, keyed;
	struct buffer days; /* {2026-11-21,2026-11-22} */
};

static void add_day(struct batch *batch, int until, struct buffer *days)
{
	int64_t day = uuid_unix_ms(&batch->jobs[until].envelope.id) / DAY_MS;
	char text[CLOCK_TEXT_BYTES];

	for (int i = 0; i < until; i++) {
		const struct uuid *id = &batch->jobs[i].envelope.id;

		if (!batch->jobs[i].unkept && has_day(id) && uuid_unix_ms(id) / DAY_MS == day)
			return;
	}
	clock_format(day * DAY_MS * 1000, text);
	buffer_string(days, days->len > 1 ? "," : "");
	buffer_append(days, text, 10);
}

static struct db_result *load_inbox(struct batch *batch)
{
	struct wanted wanted = { 0 };

	buffer_init(&wanted.days, batch->arena, 64);
	buffer_string(&wanted.days, "{");
	for (int i = 0; i < batch->count; i++) {
		const struct job *job = &batch->jobs[i];

		if (job->unkept)
			continue;
		if (has_day(&job->envelope.id))
			add_day(batch, i, &wanted.days);
		id_set_add(has_day(&job->envelope.id) ? &wanted.dated : &wanted.keyed, batch->arena, job->envelope.id);
	}
	buffer_string(&wanted.days, "}");
	return db_send(batch->db, QUERY_inbox_load, P_TEXT(buffer_view(&wanted.days)),
	        P_TEXT(id_set_literal(&wanted.dated, batch->arena)),
	        P_TEXT(id_set_literal(&wanted.keyed, batch->arena)));
}

void batch_load(struct batch *batch)
{
	struct loading *loading = ARENA_NEW(batch->arena, struct loading);

	loading->clock = db_send_params(batch->db, QUERY_lane_clock, 0, NULL);
	actors_load(batch);
	loading->inbox = load_inbox(batch);
	batch->loading = loading;
}

/* The stored problem is {"detail":...,"pointer":...}. */
static void read_problem(struct job *job, struct text stored)
{
	json_t *problem = stored.len ? json_loadb(stored.data, stored.len, 0, NULL) : NULL;
	const char *detail = json_string_value(json_object_get(problem, "detail"));
	const char *pointer = json_string_value(json_object_get(problem, "pointer"));

	job->result.detail = detail ? text_copy(job_arena(job), text_of(detail)) : TEXT_NONE;
	if (json_object_get(problem, "ignored")) {
		char *ignored = json_dumps(json_object_get(problem, "ignored"), JSON_COMPACT);

		job->result.ignored = text_copy(job_arena(job), text_of(ignored));
		free(ignored);
	}
	job->result.pointer = pointer ? text_copy(job_arena(job), text_of(pointer)) : TEXT_NONE;
	json_decref(problem);
}

static void answer_from_inbox(struct job *job, const struct db_result *rows, int row)
{
	uint8_t fp[FINGERPRINT_BYTES];

	if (text_equal(db_text(rows, row, 1), TEXT("dead")))
		return;
	job->answered = true;
	if (!text_unhex(db_text(rows, row, 6), fp, sizeof fp) || memcmp(fp, job->envelope.fp, sizeof fp) != 0) {
		job->outcome = job_refuse(job, PROBLEM_IDEMPOTENCY_KEY_REUSED, "the key was used with another request");
		return;
	}
	job->outcome = text_equal(db_text(rows, row, 1), TEXT("done")) ? JOB_DONE : JOB_REFUSED;
	job->result = (struct result){ .status = (int)db_int(rows, row, 2),
		.code = problem_find(db_text(rows, row, 3)),
		.subject_id = db_uuid(rows, row, 4),
		.version = db_int(rows, row, 5) };
	read_problem(job, db_text(rows, row, 7));
}

/* A command whose id is older than the inbox keeps is never applied: nobody could tell whether it was applied before.
 * An id from the future is fine: some clock was wrong, and the inbox has a place for its day too. */
static bool is_kept(const struct job *job)
{
	return !has_day(&job->envelope.id) ||
	       uuid_unix_ms(&job->envelope.id) / DAY_MS >= job_now(job) / 1000 / DAY_MS - 30;
}

static void find_double(struct batch *batch, struct job *job)
{
	for (struct job *first = batch->jobs; first < job; first++) {
		if (first->double_of || !uuid_equal(&first->envelope.id, &job->envelope.id))
			continue;
		job->double_of = first;
		job->answered = true;
		return;
	}
}

void batch_loaded(struct batch *batch)
{
	const struct loading *loading = batch->loading;

	batch->now_us = db_int(loading->clock, 0, 0);
	batch->year = (int)db_int(loading->clock, 0, 1);
	actors_loaded(batch);
	for (int i = 0; i < batch->count; i++) {
		struct job *job = &batch->jobs[i];

		if (!job->unkept && !is_kept(job)) {
			job->unkept = true;
			job->outcome = job_die(job, "its id is older than the inbox keeps");
		}
		job->actor = uuid_is_none(&job->envelope.actor) ? NULL : job_account(job, job->envelope.actor);
		for (int row = 0; row < db_rows(loading->inbox); row++) {
			struct uuid id = db_uuid(loading->inbox, row, 0);

			if (uuid_equal(&id, &job->envelope.id))
				answer_from_inbox(job, loading->inbox, row);
		}
		if (!job->answered && !job->unkept)
			find_double(batch, job);
	}
}

void batch_settle_doubles(struct batch *batch)
{
	for (int i = 0; i < batch->count; i++) {
		struct job *job = &batch->jobs[i];
		const struct job *first = job->double_of;

		if (!first)
			continue;
		job->outcome = first->outcome;
		job->result = first->result;
		if (memcmp(first->envelope.fp, job->envelope.fp, FINGERPRINT_BYTES) != 0)
			job->outcome = job_refuse(
			        job, PROBLEM_IDEMPOTENCY_KEY_REUSED, "the key was used with another request");
	}
}

/* --- store ------------------------------------------------------------------- */
static void write_inbox_row(const struct job *job, struct rows *rows)
{
	const struct result *r = &job->result;
	struct buffer *out = rows_begin(rows);
	char fp[2 * FINGERPRINT_BYTES + 1];

	text_hex(job->envelope.fp, FINGERPRINT_BYTES, fp);
	write_day(out, &job->envelope.id);
	rows_uuid(out, "command_id", &job->envelope.id);
	buffer_json_member(out, "state",
	        job->outcome == JOB_DONE ? TEXT("done") : (job->outcome == JOB_DEAD ? TEXT("dead") : TEXT("refused")));
	buffer_json_member(out, "type", job->envelope.type);
	buffer_json_member_int(out, "status", r->status);
	buffer_json_member(out, "code", text_of(problem_texts[r->code].word));
	rows_uuid(out, "subject_id", &r->subject_id);
	if (r->version)
		buffer_json_member_int(out, "version", r->version);
	rows_uuid(out, "actor_id", &job->envelope.actor);
	buffer_json_member(out, "fp", text_of(fp));
	if (r->detail.len || r->ignored.len) {
		buffer_json_name(out, "problem");
		buffer_string(out, "{");
		if (r->detail.len)
			buffer_json_member(out, "detail", r->detail);
		if (r->ignored.len)
			buffer_json_member_raw(out, "ignored", r->ignored);
		if (r->pointer.len)
			buffer_json_member(out, "pointer", r->pointer);
		buffer_string(out, "}");
	}
	rows_end(rows);
}

static struct said said_of(const struct job *job, const char *what, uint32_t n)
{
	return (struct said){ .id = uuid_derive_at(job_now(job) / 1000, what, &job->envelope.id, n),
		.now_us = job_now(job),
		.correlation_id = job->envelope.correlation_id,
		.traceparent = job->envelope.traceparent,
		.origin = job->envelope.origin,
		.actor = job->envelope.actor,
		.role = job->actor ? job->actor->role : account_role_absent,
		.command_id = job->envelope.id };
}

/* What an event is about: the subject of the command, or another of its kind. */
static void set_subject(struct said *said, const struct job *job, const struct emitted *event)
{
	bool others = !uuid_is_none(&event->subject_id);

	said->subject = job->set->kind->name;
	said->subject_id = others ? event->subject_id : job->subject_id;
	said->subject_version = others ? event->subject_version : job->subject_version;
}

static void write_events(const struct job *job, struct rows *rows)
{
	uint32_t n = 0;

	for (const struct emitted *event = job->events; event; event = event->next) {
		struct said said = said_of(job, "event", n++);

		set_subject(&said, job, event);
		outbox_event(rows_begin(rows), &said, event->id, event->members);
		rows_end(rows);
	}
}

static struct text queue_of(const struct job *job, const struct sent *sent)
{
	if (sent->queue)
		return text_of(sent->queue);
	return lane_queue(job_arena(job), job->batch->lane_prefix, uuid_last_digit(&sent->subject_id));
}

static void write_sent(const struct job *job, struct rows *rows)
{
	uint32_t n = 0;

	for (const struct sent *sent = job->sent; sent; sent = sent->next) {
		struct said said = said_of(job, "sent", n++);

		if (sent->is_work)
			outbox_work(rows_begin(rows), &said, sent->work, sent->fields, queue_of(job, sent));
		else
			outbox_command(rows_begin(rows), &said, sent->id, sent->fields, queue_of(job, sent));
		rows_end(rows);
	}
}

void batch_store(struct batch *batch)
{
	struct rows inbox, outbox, dead;

	rows_init(&inbox, batch->arena);
	rows_init(&outbox, batch->arena);
	rows_init(&dead, batch->arena);
	for (int i = 0; i < batch->count; i++) {
		const struct job *job = &batch->jobs[i];

		if (job->answered)
			continue;
		if (!job->unkept)
			write_inbox_row(job, &inbox);
		write_events(job, &outbox);
		write_sent(job, &outbox);
		if (job->outcome == JOB_DEAD)
			dead_letter_write(&dead, job->message, text_of(job->death));
	}
	if (inbox.count)
		db_send(batch->db, QUERY_inbox_store, P_TEXT(rows_done(&inbox)), P_INT(inbox.count));
	if (dead.count)
		db_send(batch->db, QUERY_dead_letter_store, P_TEXT(rows_done(&dead)));
	if (outbox.count)
		db_send(batch->db, QUERY_outbox_store, P_TEXT(rows_done(&outbox)));
}

void batch_result_json(const struct job *job, struct buffer *out)
{
	char fp[2 * FINGERPRINT_BYTES + 1];

	text_hex(job->envelope.fp, FINGERPRINT_BYTES, fp);
	buffer_string(out, "{");
	rows_uuid(out, "commandId", &job->envelope.id);
	buffer_json_member(out, "fp", text_of(fp));
	buffer_json_member(out, "correlationId", job->envelope.correlation_id);
	buffer_json_member_int(out, "status", job->result.status);
	buffer_json_member(out, "code", text_of(problem_texts[job->result.code].word));
	buffer_json_member(out, "detail", job->result.detail);
	buffer_json_member(out, "pointer", job->result.pointer);
	if (job->result.ignored.len)
		buffer_json_member_raw(out, "ignored", job->result.ignored);
	rows_uuid(out, "subjectId", &job->result.subject_id);
	buffer_json_member_int(out, "version", job->result.version);
	buffer_string(out, "}");
}
