/* job.c - what a handler may say. See job.h. */
#include "workers/job.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "workers/batch.h"

int64_t job_now(const struct job *job)
{
	return job->batch->now_us;
}

int64_t job_time(const struct job *job)
{
	int64_t accepted = job->envelope.accepted_at;

	return accepted > 0 && accepted < job_now(job) ? accepted : job_now(job);
}

struct arena *job_arena(const struct job *job)
{
	return job->batch->arena;
}

static void set_refusal(struct job *job, enum problem_code code, const char *format, va_list args)
{
	char detail[256];

	vsnprintf(detail, sizeof detail, format, args);
	job->result = (struct result){
		.status = problem_texts[code].status, .code = code, .detail = text_copy(job_arena(job), text_of(detail))
	};
}

enum outcome job_refuse(struct job *job, enum problem_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_refusal(job, code, format, args);
	va_end(args);
	return JOB_REFUSED;
}

enum outcome job_refuse_field(struct job *job, const char *field, const char *format, ...)
{
	char member[FIELD_JSON_BYTES];
	va_list args;

	va_start(args, format);
	set_refusal(job, PROBLEM_VALIDATION_ERROR, format, args);
	va_end(args);
	field_json_name(field, member);
	job->result.pointer = text_of(arena_printf(job_arena(job), "/%s", member));
	return JOB_REFUSED;
}

enum outcome job_refuse_at(struct job *job, const char *pointer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_refusal(job, PROBLEM_VALIDATION_ERROR, format, args);
	va_end(args);
	job->result.pointer = text_copy(job_arena(job), text_of(pointer));
	return JOB_REFUSED;
}

enum outcome job_refuse_item(struct job *job, const char *field, int item, const char *format, ...)
{
	char member[FIELD_JSON_BYTES];
	va_list args;

	va_start(args, format);
	set_refusal(job, PROBLEM_VALIDATION_ERROR, format, args);
	va_end(args);
	field_json_name(field, member);
	job->result.pointer = text_of(arena_printf(job_arena(job), "/%s/%d", member, item));
	return JOB_REFUSED;
}

void job_ignore(struct job *job, const struct field *field)
{
	char member[FIELD_JSON_BYTES];
	struct text before = job->result.ignored;

	field_json_name(field->name, member);
	field_forget(field, job->fields);
	job->result.ignored = text_of(
	        before.len ? arena_printf(job_arena(job), "%.*s,\"%s\"]", (int)before.len - 1, before.data, member)
	                   : arena_printf(job_arena(job), "[\"%s\"]", member));
}

enum outcome job_die(struct job *job, const char *why)
{
	job->death = why;
	job->result = (struct result){ .status = problem_texts[PROBLEM_DEAD_LETTER].status,
		.code = PROBLEM_DEAD_LETTER,
		.detail = text_of("the command could not be applied and waits for an operator") };
	return JOB_DEAD;
}

void job_forget(struct job *job)
{
	job->events = NULL;
	job->events_end = &job->events;
	job->sent = NULL;
	job->sent_end = &job->sent;
	job->touched = NULL;
}

void job_emit(struct job *job, enum event_id id, const void *members, size_t bytes)
{
	job_emit_about(job, id, (struct uuid){ { 0 } }, 0, members, bytes);
}

void job_emit_about(
        struct job *job, enum event_id id, struct uuid subject_id, int64_t version, const void *members, size_t bytes)
{
	struct emitted *event = ARENA_NEW(job_arena(job), struct emitted);

	event->id = id;
	event->subject_id = subject_id;
	event->subject_version = version;
	event->members = memcpy(arena_alloc(job_arena(job), bytes), members, bytes);
	*job->events_end = event;
	job->events_end = &event->next;
}

static struct sent *add_sent(struct job *job, const void *fields, size_t bytes)
{
	struct sent *sent = ARENA_NEW(job_arena(job), struct sent);

	sent->fields = memcpy(arena_alloc(job_arena(job), bytes), fields, bytes);
	*job->sent_end = sent;
	job->sent_end = &sent->next;
	return sent;
}

void job_send(struct job *job, enum command_id id, struct uuid subject_id, const void *fields, size_t bytes)
{
	struct sent *sent = add_sent(job, fields, bytes);

	sent->id = id;
	sent->subject_id = subject_id;
}

void job_send_to(struct job *job, enum command_id id, const char *queue, const void *fields, size_t bytes)
{
	struct sent *sent = add_sent(job, fields, bytes);

	sent->id = id;
	sent->queue = queue;
}

void job_hand_on(struct job *job, enum work_id id, const char *queue, const void *members, size_t bytes)
{
	struct sent *sent = add_sent(job, members, bytes);

	sent->is_work = true;
	sent->work = id;
	sent->queue = queue;
}

struct uuid job_mint(const struct job *job, const char *label)
{
	return uuid_derive_at(job_now(job) / 1000, label, &job->envelope.id, 0);
}

const struct account *job_account(const struct job *job, struct uuid id)
{
	return actors_find(&job->batch->actors, &id);
}
