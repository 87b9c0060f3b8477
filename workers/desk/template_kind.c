/* template_kind.c - the row that makes the texts a subject: one for all templates and the brand. Each change is kept as
 * a version of what it changed, so that a template's history is its own.
 */
#include <stdlib.h>
#include <string.h>
#include "templates/sample.h"
#include "workers/desk/template.h"

#define HANDLED "queues/template.def"
#include "workers/handlers.h"

#define TEXTS_BYTES (512 * 1024) /* of all that is edited together */

#define ROWS_OF struct desk_texts
static const struct column columns[] = {
#include "sql/columns/texts.def"
};

static const struct uuid the_texts = { { 0, 0, 0, 0, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, 2 } };

struct text_change {
	const char *name, *language;
	struct text parts;
	int64_t version, changed_at;
	struct uuid actor;
	struct text_change *next;
};

struct texts_world {
	struct text_change *last;
	struct db_result *rows; /* versions that commands go back to */
};

static unsigned texts_own(const void *subject, const struct uuid *actor)
{
	(void)subject;
	(void)actor;
	return 0;
}

static bool texts_are_gone(const void *subject)
{
	(void)subject;
	return false;
}

/* --- versions ------------------------------------------------------------------------ */
static int64_t version_wanted(const struct job *job)
{
	const struct template_revert *revert = job->fields;

	return job->command && job->command->id == COMMAND_template_revert && revert ? revert->to : 0;
}

static void texts_begin_load(struct batch *batch, void *world)
{
	struct buffer versions;
	int count = 0;

	buffer_init(&versions, batch->arena, 64);
	for (int i = 0; i < batch->count; i++)
		if (version_wanted(&batch->jobs[i]))
			buffer_printf(
			        &versions, "%s%lld", count++ ? "," : "[", (long long)version_wanted(&batch->jobs[i]));
	buffer_string(&versions, "]");
	if (count)
		((struct texts_world *)world)->rows =
		        db_send(batch->db, QUERY_text_versions_load, P_TEXT(buffer_view(&versions)));
}

static void texts_settled(struct job *job, const void *before, void *subject, const void *world_before)
{
	const struct desk_texts *texts = subject;
	struct text_change *change = ((struct texts_world *)job->set->world)->last;

	(void)before;
	(void)world_before;
	change->version = texts->version;
	change->changed_at = texts->updated_at;
}

static void texts_store(struct batch *batch, void *world)
{
	const struct text_change *change = ((struct texts_world *)world)->last;
	struct rows rows;

	if (!change)
		return;
	rows_init(&rows, batch->arena);
	for (; change; change = change->next) {
		struct buffer *out = rows_begin(&rows);

		buffer_json_member_int(out, "version", change->version);
		buffer_json_member(out, "name", text_of(change->name));
		buffer_json_member(out, "language", text_of(change->language));
		buffer_json_member_raw(out, "parts", change->parts);
		rows_time(out, "changed_at", change->changed_at);
		rows_uuid(out, "changed_by", &change->actor);
		rows_end(&rows);
	}
	db_send(batch->db, QUERY_text_versions_insert, P_TEXT(rows_done(&rows)));
}

const struct subject_kind template_kind = {
	.name = "template",
	.bytes = sizeof(struct desk_texts),
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.handlers = handlers,
	.loader = LOAD_TEXTS,
	.unnamed = &the_texts,
	.loads_all = true,
	.not_found = PROBLEM_NOT_FOUND,
	.denied = PROBLEM_INSUFFICIENT_PERMISSIONS,
	.load = QUERY_texts_load,
	.insert = NO_QUERY,
	.update = QUERY_texts_update,
	.update_apart = NO_QUERY,
	.own = texts_own,
	.is_gone = texts_are_gone,
	.settled = texts_settled,
	.world_bytes = sizeof(struct texts_world),
	.begin_load = texts_begin_load,
	.store = texts_store,
};

struct desk_texts *job_texts(const struct job *job)
{
	return subject_find(job->set, &the_texts);
}

/* --- what is edited ------------------------------------------------------------------- */
const struct template *template_named(struct text name, enum language language)
{
	return template_find_exactly(name, text_of(language_word(language ? language : LANGUAGE_FR)));
}

json_t *template_parts(const struct desk_texts *texts, const struct template *template)
{
	json_t *body = body_open(texts->body);
	json_t *parts = json_object_get(
	        json_object_get(json_object_get(body, "templates"), template->name), template->language);

	parts = parts ? json_deep_copy(parts) : json_object();
	json_decref(body);
	return parts;
}

json_t *template_parts_at(const struct job *job, const struct template *template, int64_t version)
{
	const struct db_result *rows = ((const struct texts_world *)job->set->world)->rows;

	for (int i = 0; rows && i < db_rows(rows); i++) {
		struct text parts = db_text(rows, i, 3);

		if (db_int(rows, i, 0) == version && text_equal(db_text(rows, i, 1), text_of(template->name)) &&
		        text_equal(db_text(rows, i, 2), text_of(template->language)))
			return json_loadb(parts.data, parts.len, 0, NULL);
	}
	return NULL;
}

/* The member of an object, which is made when it is not there. */
static json_t *member(json_t *object, const char *name)
{
	json_t *found = json_object_get(object, name);

	if (!found) {
		found = json_object();
		json_object_set_new(object, name, found);
	}
	return found;
}

static void note(struct job *job, const char *name, const char *language, const json_t *parts)
{
	struct texts_world *world = job->set->world;
	struct text_change *change = ARENA_NEW(job_arena(job), struct text_change);
	char *dumped = json_dumps(parts, JSON_COMPACT);

	*change = (struct text_change){ name, language, text_copy(job_arena(job), text_of(dumped)),
		.actor = job->envelope.actor, .next = world->last };
	world->last = change;
	free(dumped);
}

/* The body with the parts in it; both are given back. */
static enum outcome keep(struct job *job, json_t *body, const char *name, const char *language, json_t *parts)
{
	struct desk_texts *texts = job_texts(job);

	note(job, name, language, parts);
	texts->body = body_close(body, texts->body, job_arena(job));
	json_decref(parts);
	return texts->body.len <= TEXTS_BYTES
	               ? JOB_DONE
	               : job_refuse(job, PROBLEM_LIMIT_REACHED, "all edited texts together have %d KiB at most",
	                         TEXTS_BYTES / 1024);
}

static enum outcome refuse_unless_good(struct job *job, const struct template *template, const json_t *parts)
{
	struct template_fault fault;
	char pointer[16];

	if (sample_tries(template, parts, job_arena(job), &fault))
		return JOB_DONE;
	snprintf(pointer, sizeof pointer, "/%s", template_part_words[fault.part]);
	return job_refuse_at(job, pointer, "line %d, column %d: %s", fault.at.line, fault.at.column, fault.at.why);
}

static struct text_list changes(const json_t *before, const json_t *after, struct arena *arena)
{
	char *was = json_dumps(before, JSON_COMPACT), *is = json_dumps(after, JSON_COMPACT);
	struct text_list changed = body_changes(text_of(was), text_of(is), arena);

	free(was);
	free(is);
	return changed;
}

enum outcome template_keep(struct job *job, const struct template *template, json_t *parts)
{
	const struct desk_texts *texts = job_texts(job);
	json_t *before = template_parts(texts, template), *body;
	struct text_list changed = changes(before, parts, job_arena(job));
	enum outcome outcome = refuse_unless_good(job, template, parts);

	json_decref(before);
	if (outcome != JOB_DONE || !changed.count) {
		json_decref(parts);
		return outcome;
	}
	body = body_open(texts->body);
	json_object_set(member(member(body, "templates"), template->name), template->language, parts);
	outcome = keep(job, body, template->name, template->language, parts);
	if (outcome == JOB_DONE)
		EMIT(job, template_updated, .name = text_of(template->name),
		        .language = word_find(text_of(template->language), language_words, language_count),
		        .changed = changed);
	return outcome;
}

enum outcome template_keep_brand(struct job *job, json_t *brand)
{
	const struct desk_texts *texts = job_texts(job);
	json_t *body = body_open(texts->body);
	struct text_list changed = changes(member(body, "brand"), brand, job_arena(job));
	enum outcome outcome;

	if (!changed.count) {
		json_decref(body);
		json_decref(brand);
		return JOB_DONE;
	}
	json_object_set(body, "brand", brand);
	outcome = keep(job, body, "brand", "", brand);
	if (outcome == JOB_DONE)
		EMIT(job, template_branded, .changed = changed);
	return outcome;
}
