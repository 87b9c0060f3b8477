/* subject.c - the subjects of a batch: found, loaded, created, stored. See subject.h.
 *
 * Store writes state, not operations: each changed subject once, whatever the commands were, against the version that
 * was loaded.
 */
#include "workers/subject.h"

#include <stdlib.h>
#include <string.h>

void *subject_at(const struct subject_set *set, int place)
{
	return set->items + (size_t)place * set->kind->bytes;
}

void *subject_find(const struct subject_set *set, const struct uuid *id)
{
	for (int i = 0; i < set->count; i++) {
		struct subject *subject = subject_at(set, i);

		if (uuid_equal(&subject->id, id))
			return subject;
	}
	return NULL;
}

void *subject_find_live(const struct subject_set *set, const struct uuid *id)
{
	void *subject = subject_find(set, id);

	return subject && set->kind->is_gone && set->kind->is_gone(subject) ? NULL : subject;
}

void *subject_new(struct subject_set *set, const struct uuid *id)
{
	struct subject *subject;

	if (set->count == set->capacity)
		abort(); /* a handler has made more than its command mints */
	subject = subject_at(set, set->count++);
	memset(subject, 0, set->kind->bytes);
	subject->id = *id;
	return subject;
}

void subject_touch(struct job *job, struct subject_set *set, void *subject)
{
	struct touched *touched = job->touched;

	while (touched && touched->subject != subject)
		touched = touched->next;
	if (touched)
		return;
	touched = ARENA_NEW(job_arena(job), struct touched);
	*touched = (struct touched){ set, subject, arena_alloc(job_arena(job), set->kind->bytes), job->touched };
	memcpy(touched->before, subject, set->kind->bytes);
	job->touched = touched;
}

/* --- what is there ------------------------------------------------------------- */
void subject_sets_init(struct batch *batch, const struct subject_kind *const *kinds)
{
	batch->set_count = 0;
	while (kinds[batch->set_count])
		batch->set_count++;
	batch->sets = ARENA_ARRAY(batch->arena, struct subject_set, (size_t)batch->set_count);
	for (int i = 0; i < batch->set_count; i++) {
		batch->sets[i].kind = kinds[i];
		batch->sets[i].world = arena_alloc(batch->arena, kinds[i]->world_bytes + 1);
	}
}

void subject_set_room(struct subject_set *set, struct arena *arena, int capacity)
{
	set->capacity = capacity;
	set->items = arena_alloc(arena, set->kind->bytes * (size_t)capacity + 1);
}

struct subject_set *subject_set_of(const struct batch *batch, const struct subject_kind *kind)
{
	for (int i = 0; i < batch->set_count; i++)
		if (batch->sets[i].kind == kind)
			return &batch->sets[i];
	return NULL;
}

const struct subject_kind *subject_kind_of(const struct subject_kind *const *kinds, enum command_id command)
{
	for (; *kinds; kinds++)
		if ((*kinds)->handlers[command])
			return *kinds;
	return NULL;
}

const struct field *subject_field(const struct subject_kind *kind, const struct command *command)
{
	const struct field *field = field_of_kind(&command->record, kind->loader, FROM_PATH);

	return field ? field : field_of_kind(&command->record, kind->loader, REQUIRED);
}

/* --- load ---------------------------------------------------------------------- */
static bool has_apart(const struct subject_kind *kind)
{
	for (int i = 0; i < kind->column_count; i++)
		if (kind->columns[i].written == WRITTEN_APART)
			return true;
	return false;
}

/* An id that is minted from a fresh command id is new; one that is derived from an
 * Idempotency-Key may have been used before the inbox forgot the key. */
static bool may_be_there(const struct job *job, const struct field *field)
{
	return field->need != MINTED || uuid_version(&job->envelope.id) != 7;
}

/* The ids of a field that names subjects of this loader, one or a list. */
static void add_field(const struct job *job, const struct field *field, struct arena *arena, struct id_set *ids)
{
	const struct text_list *list = field_of(field, job->fields);
	struct uuid id;

	if (field->kind->shape != SHAPE_LIST) {
		id_set_add(ids, arena, *(struct uuid *)field_of(field, job->fields));
		return;
	}
	for (int i = 0; i < list->count; i++)
		if (uuid_parse(list->items[i], &id))
			id_set_add(ids, arena, id);
}

static void add_named(const struct job *job, enum loader loader, struct arena *arena, struct id_set *ids)
{
	for (int i = 0; i < job->command->record.count && loader != LOAD_NOTHING; i++) {
		const struct field *field = &job->command->record.fields[i];

		if (field->kind->loader == loader && may_be_there(job, field))
			add_field(job, field, arena, ids);
	}
}

static void add_own(const struct job *job, struct arena *arena, struct id_set *ids)
{
	const struct subject_kind *kind = job->set->kind;

	add_named(job, LOAD_SECOND, arena, ids);
	if (kind->is_actors_own && !subject_field(kind, job->command))
		id_set_add(ids, arena, job->envelope.actor);
}

static void add_apart(const struct job *job, struct arena *arena, struct id_set *ids)
{
	const struct field *field = subject_field(job->set->kind, job->command);

	if (field && job->set->kind->reads_apart && job->set->kind->reads_apart(job))
		id_set_add(ids, arena, *(struct uuid *)field_of(field, job->fields));
}

/* What is wanted of one kind. */
struct wanted {
	struct id_set ids, apart, beside;
};

/* A command may name subjects of another kind than its own. */
static void want(struct subject_set *set, const struct job *job, struct arena *arena, struct wanted *out)
{
	const struct subject_kind *kind = set->kind;

	add_named(job, kind->loader, arena, &out->ids);
	add_named(job, kind->beside, arena, &out->beside);
	if (job->set != set)
		return;
	add_own(job, arena, &out->ids);
	add_apart(job, arena, &out->apart);
	set->capacity += field_of_kind(&job->command->record, kind->loader, MINTED) != NULL;
	set->capacity += kind->may_make ? kind->may_make(job) : 0;
}

static void load_set(struct batch *batch, struct subject_set *set)
{
	struct wanted wanted = { 0 };
	struct db_param params[3];
	int count = 0;

	for (int i = 0; i < batch->count; i++)
		if (batch->jobs[i].command)
			want(set, &batch->jobs[i], batch->arena, &wanted);
	params[count++] = P_TEXT(id_set_literal(&wanted.ids, batch->arena));
	if (has_apart(set->kind))
		params[count++] = P_TEXT(id_set_literal(&wanted.apart, batch->arena));
	if (set->kind->beside != LOAD_NOTHING)
		params[count++] = P_TEXT(id_set_literal(&wanted.beside, batch->arena));
	if (wanted.ids.count || wanted.beside.count || set->kind->loads_all)
		set->rows = db_send_params(batch->db, set->kind->load, count, params);
	if (set->kind->begin_load)
		set->kind->begin_load(batch, set->world);
}

void subjects_load(struct batch *batch)
{
	for (int i = 0; i < batch->set_count; i++)
		load_set(batch, &batch->sets[i]);
}

static void read_subject(struct subject_set *set, int row, struct arena *arena)
{
	struct uuid id = db_uuid(set->rows, row, 0);
	struct subject *subject = subject_new(set, &id);

	subject->version = subject->loaded_version = db_int(set->rows, row, 1);
	for (int i = 0; i < set->kind->column_count; i++)
		column_read(&set->kind->columns[i], set->rows, row, SUBJECT_FIRST_COLUMN + i, arena, subject);
}

/* Room for all that can come, so that a subject never moves in memory. */
static void read_set(struct batch *batch, struct subject_set *set)
{
	int found = set->rows ? db_rows(set->rows) : 0;

	subject_set_room(set, batch->arena, found + set->capacity);
	for (int i = 0; i < found; i++)
		read_subject(set, i, batch->arena);
	set->loaded_count = set->count;
	set->loaded = arena_alloc(batch->arena, set->kind->bytes * (size_t)set->count + 1);
	memcpy(set->loaded, set->items, set->kind->bytes * (size_t)set->count);
	if (set->kind->end_load)
		set->kind->end_load(batch, set->world);
}

void subjects_loaded(struct batch *batch)
{
	for (int i = 0; i < batch->set_count; i++)
		read_set(batch, &batch->sets[i]);
}

/* --- compare -------------------------------------------------------------------- */
struct text_list subject_changes(
        const struct subject_kind *kind, const void *before, const void *after, struct arena *arena)
{
	struct text_list changed = { ARENA_ARRAY(arena, struct text, (size_t)kind->column_count), 0 };
	struct text was, now;

	for (int i = 0; i < kind->column_count; i++)
		if (kind->columns[i].told != TOLD_NOBODY &&
		        column_differs(&kind->columns[i], before, after, arena, &was, &now))
			changed.items[changed.count++] = text_of(kind->columns[i].told_as);
	return changed;
}

/* --- store ---------------------------------------------------------------------- */
static void write_subject(const struct subject_kind *kind, const struct subject *subject, struct rows *rows)
{
	struct buffer *out = rows_begin(rows);
	bool is_new = !subject->loaded_version;

	rows_uuid(out, "id", &subject->id);
	buffer_json_member_int(out, "version", subject->version);
	if (!is_new)
		buffer_json_member_int(out, "loaded_version", subject->loaded_version);
	rows_time(out, "updated_at", subject->updated_at);
	for (int i = 0; i < kind->column_count; i++)
		if (is_new || kind->columns[i].written == WRITTEN_ALWAYS || kind->columns[i].written == WRITTEN_SEEN)
			column_write(&kind->columns[i], subject, out);
	rows_end(rows);
}

/* Does a long column differ from what was loaded? One that was not loaded is absent, before and after. */
static bool differs_apart(const struct subject_kind *kind, const void *loaded, const void *subject, struct arena *arena)
{
	struct text was, now;

	for (int i = 0; i < kind->column_count; i++)
		if (kind->columns[i].written == WRITTEN_APART &&
		        column_differs(&kind->columns[i], loaded, subject, arena, &was, &now) && now.data)
			return true;
	return false;
}

static void write_apart(const struct subject_kind *kind, const struct subject *subject, struct rows *rows)
{
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "id", &subject->id);
	for (int i = 0; i < kind->column_count; i++)
		if (kind->columns[i].written == WRITTEN_APART)
			column_write(&kind->columns[i], subject, out);
	rows_end(rows);
}

static void store_set(struct batch *batch, struct subject_set *set)
{
	const struct subject_kind *kind = set->kind;
	struct rows created, changed, apart;

	rows_init(&created, batch->arena);
	rows_init(&changed, batch->arena);
	rows_init(&apart, batch->arena);
	for (int i = 0; i < set->count; i++) {
		const struct subject *subject = subject_at(set, i);

		if (subject->version == subject->loaded_version)
			continue;
		write_subject(kind, subject, subject->loaded_version ? &changed : &created);
		if (i < set->loaded_count &&
		        differs_apart(kind, set->loaded + (size_t)i * kind->bytes, subject, batch->arena))
			write_apart(kind, subject, &apart);
	}
	if (created.count)
		db_send(batch->db, kind->insert, P_TEXT(rows_done(&created)), P_INT(created.count));
	if (changed.count)
		db_send(batch->db, kind->update, P_TEXT(rows_done(&changed)), P_INT(changed.count));
	if (apart.count)
		db_send(batch->db, kind->update_apart, P_TEXT(rows_done(&apart)));
	if (kind->store)
		kind->store(batch, set->world);
}

void subjects_store(struct batch *batch)
{
	for (int i = 0; i < batch->set_count; i++)
		store_set(batch, &batch->sets[i]);
}
