/* versions.c - each change of a calendar or a policy is kept as a version, and has open tickets computed anew. */
#include "workers/desk/desk.h"

void changes_add(struct job *job, const struct change *change)
{
	struct changes *changes = job->set->world;
	struct change *kept = ARENA_NEW(job_arena(job), struct change);

	*kept = *change;
	kept->actor = job->envelope.actor;
	kept->next = changes->last;
	changes->last = kept;
}

static void write_change(const struct change *change, struct rows *rows)
{
	struct buffer *out = rows_begin(rows);

	buffer_json_member(out, "kind", text_of(change->kind->name));
	rows_uuid(out, "id", &change->subject.id);
	buffer_json_member_int(out, "version", change->subject.version);
	buffer_json_member(out, "name", change->name);
	rows_uuid(out, "calendar_id", &change->calendar_id);
	buffer_json_member_raw(out, "body", change->body);
	rows_time(out, "changed_at", change->subject.updated_at);
	rows_uuid(out, "changed_by", &change->actor);
	rows_end(rows);
}

void changes_store(struct batch *batch, void *world)
{
	const struct changes *changes = world;
	struct rows rows;
	struct text done;

	rows_init(&rows, batch->arena);
	for (const struct change *change = changes->last; change; change = change->next)
		write_change(change, &rows);
	if (!rows.count)
		return;
	done = rows_done(&rows);
	db_send(batch->db, QUERY_sla_versions_insert, P_TEXT(done), P_INT(rows.count));
	db_send(batch->db, QUERY_sla_changed, P_TEXT(done));
	batch->timer_us = batch->now_us; /* soon */
}
