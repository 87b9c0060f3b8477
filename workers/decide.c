/* decide.c - the frame of a decision, the same for every kind of subject. See decide.h.
 *
 *   find ─► permit ─► stale? ─► refused as it is? ─► taken? ─► handler ─► compare ─► version ─► result
 *                                                                │
 *                                                refused ─► undo ◄
 *
 * Who may is the catalogue's word (access.h). What a kind adds to the frame are the hooks of its row (subject.h). A
 * handler that refuses leaves no trace: its subject, those it touched, the subjects it made, the worlds of all kinds,
 * its events and what it sent are put back to where they were.
 */
#include "workers/decide.h"

#include <string.h>
#include "workers/access.h"
#include "workers/subject.h"

/* How things stood before the handler ran. */
struct mark {
	struct subject *subject; /* a copy, or NULL: the job has none yet */
	struct subject *second;  /* a copy of the other that the command names, or NULL */
	void **worlds;           /* copies, one for each set of the batch */
	int count;               /* of the subjects in the job's set */
};

static void *copy(struct arena *arena, const void *from, size_t bytes)
{
	return from ? memcpy(arena_alloc(arena, bytes + 1), from, bytes) : NULL;
}

static struct mark set_mark(const struct job *job, const void *subject, const void *second)
{
	const struct subject_kind *kind = job->set->kind;
	const struct batch *batch = job->batch;
	struct arena *arena = job_arena(job);
	struct mark mark = { copy(arena, subject, kind->bytes), copy(arena, second, kind->bytes),
		ARENA_ARRAY(arena, void *, (size_t)batch->set_count), job->set->count };

	for (int i = 0; i < batch->set_count; i++)
		mark.worlds[i] = copy(arena, batch->sets[i].world, batch->sets[i].kind->world_bytes);
	return mark;
}

static void undo(struct job *job, void *subject, void *second, const struct mark *mark)
{
	const struct subject_kind *kind = job->set->kind;

	if (subject)
		memcpy(subject, mark->subject, kind->bytes);
	if (second)
		memcpy(second, mark->second, kind->bytes);
	for (const struct touched *t = job->touched; t; t = t->next)
		memcpy(t->subject, t->before, t->set->kind->bytes);
	for (int i = 0; i < job->batch->set_count; i++) {
		const struct subject_set *set = &job->batch->sets[i];

		memcpy(set->world, mark->worlds[i], set->kind->world_bytes);
		if (set->kind->rewound)
			set->kind->rewound(set->world);
	}
	job->set->count = mark->count;
	job_forget(job);
}

/* --- may it be done? ------------------------------------------------------------ */
static enum outcome refuse_unless_permitted(struct job *job, const void *subject)
{
	const struct subject_kind *kind = job->set->kind;

	if (!subject)
		return access_check(job, SELF, PROBLEM_INSUFFICIENT_PERMISSIONS);
	return access_check(job, kind->own(subject, &job->envelope.actor), kind->denied);
}

static int64_t shown_version(const struct job *job, const struct subject *subject)
{
	const struct subject_kind *kind = job->set->kind;

	return kind->shown_version ? kind->shown_version(job, subject) : subject->version;
}

/* If-Match and a version in the body: what the client last saw. */
static enum outcome refuse_if_stale(struct job *job, const struct subject *subject)
{
	static const struct {
		const char *field;
		enum problem_code code;
	} seen[] = { { "if_match", PROBLEM_PRECONDITION_FAILED }, { "version", PROBLEM_VERSION_CONFLICT } };

	for (size_t i = 0; subject && i < sizeof seen / sizeof *seen; i++) {
		const struct field *field = field_find(&job->command->record, text_of(seen[i].field));
		const int64_t *version = field ? field_of(field, job->fields) : NULL;

		if (version && *version && *version != shown_version(job, subject))
			return job_refuse(job, seen[i].code, "the %s has version %lld, not %lld", job->set->kind->name,
			        (long long)shown_version(job, subject), (long long)*version);
	}
	return JOB_DONE;
}

static const struct field *minted(const struct command *command)
{
	for (int i = 0; i < command->record.count; i++)
		if (command->record.fields[i].need == MINTED)
			return &command->record.fields[i];
	return NULL;
}

/* The id of what the command creates, a subject or a part of one; NULL: it creates nothing. */
static const struct uuid *minted_id(const struct job *job)
{
	const struct field *field = minted(job->command);

	return field ? field_of(field, job->fields) : NULL;
}

/* The key was used, longer ago than the inbox remembers: what it made is still there. */
static enum outcome refuse_if_taken(struct job *job)
{
	const struct field *created = minted(job->command);

	if (created && created->kind->loader == job->set->kind->loader && subject_find(job->set, minted_id(job)))
		return job_refuse(
		        job, PROBLEM_IDEMPOTENCY_KEY_REUSED, "the key has made a %s before", job->set->kind->name);
	return JOB_DONE;
}

static enum outcome refuse_if_missing(struct job *job, const void *subject)
{
	return subject ? JOB_DONE
	               : job_refuse(job, job->set->kind->not_found, "there is no such %s", job->set->kind->name);
}

/* Of a subject that the command names: first whether it is there, then whether the actor may. Of the actor's own: the
 * other way round, because an unknown actor has none. */
static enum outcome run_handler(struct job *job, void *subject, bool is_named)
{
	const struct subject_kind *kind = job->set->kind;
	enum outcome outcome = is_named ? refuse_if_missing(job, subject) : JOB_DONE;

	if (outcome == JOB_DONE)
		outcome = refuse_unless_permitted(job, subject);
	if (outcome == JOB_DONE && kind->is_actors_own)
		outcome = refuse_if_missing(job, subject);
	if (outcome == JOB_DONE)
		outcome = refuse_if_stale(job, subject);
	if (outcome == JOB_DONE && subject && kind->refuse)
		outcome = kind->refuse(job, subject);
	if (outcome == JOB_DONE)
		outcome = refuse_if_taken(job);
	return outcome == JOB_DONE ? kind->handlers[job->command->id](job, job->fields) : outcome;
}

/* --- what it means --------------------------------------------------------------- */
/* A long text that comes with a new subject makes no line of history. */
static int tell_changes(struct job *job, const struct subject_kind *kind, const void *before, const void *subject)
{
	struct text was, now;
	int differing = 0;

	for (int i = 0; i < kind->column_count; i++) {
		const struct column *column = &kind->columns[i];

		if (column->told == TOLD_NOBODY || !column_differs(column, before, subject, job_arena(job), &was, &now))
			continue;
		differing++;
		if (kind->changed && (before || column->written != WRITTEN_APART))
			kind->changed(job, subject, column, was, now);
	}
	return differing;
}

static bool is_told_of(const struct job *job, const struct subject *subject, bool is_own)
{
	for (const struct emitted *event = job->events; event; event = event->next)
		if (uuid_equal(&event->subject_id, &subject->id) || (is_own && uuid_is_none(&event->subject_id)))
			return true;
	return false;
}

static void rise(struct job *job, const struct subject_set *set, const void *before, struct subject *subject,
        const struct mark *mark)
{
	subject->version++;
	subject->updated_at = job_now(job);
	if (set->kind->settled)
		set->kind->settled(job, before, subject, mark->worlds[set - job->batch->sets]);
}

/* before NULL: made by this job. is_own: the subject that the command is about. */
static void settle(struct job *job, const void *before, struct subject *subject, const struct mark *mark, bool is_own)
{
	if (job->set->kind->follow)
		job->set->kind->follow(job, subject);
	if (tell_changes(job, job->set->kind, before, subject) || !before || is_told_of(job, subject, is_own))
		rise(job, job->set, before, subject, mark);
}

static void settle_touched(struct job *job, const struct mark *mark)
{
	for (const struct touched *t = job->touched; t; t = t->next) {
		if (t->set->kind->follow)
			t->set->kind->follow(job, t->subject);
		tell_changes(job, t->set->kind, t->before, t->subject);
		rise(job, t->set, t->before, t->subject, mark);
	}
}

static void is_about(struct job *job, const struct subject *subject)
{
	job->subject_id = subject->id;
	job->subject_version = subject->version;
}

static void conclude(struct job *job, struct subject *subject, struct subject *second, const struct mark *mark)
{
	const struct uuid *created = minted_id(job);
	const struct subject *shown = subject;

	if (subject)
		settle(job, mark->subject, subject, mark, true);
	if (second)
		settle(job, mark->second, second, mark, false);
	for (int i = mark->count; i < job->set->count; i++) {
		struct subject *made = subject_at(job->set, i);

		settle(job, NULL, made, mark, !subject);
		if (created && uuid_equal(created, &made->id))
			shown = made;
	}
	settle_touched(job, mark);
	is_about(job, subject ? subject : shown);
	job->result.status = created ? 201 : 200;
	job->result.subject_id = created ? *created : subject->id;
	job->result.version = shown_version(job, shown);
}

static void refused(struct job *job, const struct subject *subject)
{
	if (subject)
		is_about(job, subject);
	EMIT(job, command_refused, .command_type = text_of(job->command->record.type),
	        .code = text_of(problem_texts[job->result.code].word), .detail = job->result.detail);
}

static bool names_by_silence(const struct job *job, const struct field *named)
{
	return !named && job->set->kind->unnamed && !minted(job->command);
}

static void *find_subject(const struct job *job, const struct field *named)
{
	if (named && job->set->kind->wants_gone && job->set->kind->wants_gone(job))
		return subject_find(job->set, field_of(named, job->fields));
	if (named)
		return subject_find_live(job->set, field_of(named, job->fields));
	if (names_by_silence(job, named))
		return subject_find_live(job->set, job->set->kind->unnamed);
	return job->set->kind->is_actors_own ? subject_find_live(job->set, &job->envelope.actor) : NULL;
}

/* The other subject that the command names, whose lane is locked too; NULL: it names none, or there is none. */
static void *find_second(const struct job *job, const void *subject)
{
	for (int i = 0; i < job->command->record.count; i++) {
		const struct field *field = &job->command->record.fields[i];

		if (field->kind->loader == LOAD_SECOND) {
			void *second = subject_find_live(job->set, field_of(field, job->fields));

			return second == subject ? NULL : second;
		}
	}
	return NULL;
}

void decide(struct job *job)
{
	const struct field *named = subject_field(job->set->kind, job->command);
	void *subject = find_subject(job, named), *second = find_second(job, subject);
	struct mark mark = set_mark(job, subject, second);

	job->outcome = run_handler(job, subject, named || names_by_silence(job, named));
	if (job->outcome == JOB_DONE) {
		conclude(job, subject, second, &mark);
		return;
	}
	undo(job, subject, second, &mark);
	refused(job, subject);
}
