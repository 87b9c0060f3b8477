/* store.c - writes state, not operations: each statement once, whatever the commands were. */
#include "workers/ticket/model.h"

static void write_tags(struct buffer *out, const struct text_list *tags)
{
	buffer_json_name(out, "tags");
	buffer_string(out, "[");
	for (int i = 0; i < tags->count; i++) {
		buffer_string(out, i ? "," : "");
		buffer_json_text(out, tags->items[i]);
	}
	buffer_string(out, "]");
}

static void write_ids(struct buffer *out, const char *name, const struct id_set *set)
{
	char id[UUID_TEXT_BYTES];

	buffer_json_name(out, name);
	buffer_string(out, "[");
	for (int i = 0; i < set->count; i++) {
		uuid_format(&set->ids[i], id);
		buffer_printf(out, "%s\"%s\"", i ? "," : "", id);
	}
	buffer_string(out, "]");
}

static void write_columns(const struct ticket *t, struct buffer *out)
{
	rows_uuid(out, "id", &t->id);
	buffer_json_member(out, "status", text_of(ticket_status_word(t->status)));
	buffer_json_member(out, "priority", text_of(ticket_priority_word(t->priority)));
	buffer_json_member(out, "category", t->category.data ? t->category : TEXT(""));
	buffer_json_member(out, "title", t->title);
	rows_uuid(out, "assignee_id", &t->assignee_id);
	buffer_json_member_int(out, "version", t->version);
	buffer_json_member_int(out, "public_version", t->public_version);
	buffer_json_member_int(out, "comment_count", t->comment_count);
	buffer_json_member_int(out, "internal_count", t->internal_count);
	rows_time(out, "updated_at", t->updated_at);
	rows_time(out, "public_updated_at", t->public_updated_at);
	rows_time(out, "resolved_at", t->resolved_at);
	rows_time(out, "closed_at", t->closed_at);
	rows_time(out, "response_due_at", t->response_due_at);
	rows_time(out, "due_at", t->due_at);
	rows_time(out, "first_response_at", t->first_response_at);
	buffer_json_member(out, "resolution", t->resolution);
	write_tags(out, &t->tags);
	write_ids(out, "watchers", &t->watchers);
	rows_uuid(out, "merged_into", &t->merged_into);
	rows_time(out, "deleted_at", t->deleted ? t->updated_at : 0);
}

static void store_tickets(struct batch *batch, const struct world *world)
{
	struct rows created, changed;

	rows_init(&created, batch->arena);
	rows_init(&changed, batch->arena);
	for (int i = 0; i < world->ticket_count; i++) {
		const struct ticket *t = &world->tickets[i];
		struct buffer *out;

		if (t->version == t->loaded_version)
			continue;
		out = rows_begin(t->loaded_version ? &changed : &created);
		write_columns(t, out);
		if (t->loaded_version) {
			buffer_json_member_int(out, "loaded_version", t->loaded_version);
			rows_end(&changed);
			continue;
		}
		buffer_json_member(out, "number", t->number);
		rows_uuid(out, "owner_id", &t->owner_id);
		rows_time(out, "created_at", t->created_at);
		buffer_json_member(out, "description", t->description);
		rows_end(&created);
	}
	if (created.count)
		db_send(batch->db, QUERY_ticket_insert, P_TEXT(rows_done(&created)), P_INT(created.count));
	if (changed.count)
		db_send(batch->db, QUERY_ticket_update, P_TEXT(rows_done(&changed)), P_INT(changed.count));
}

static void write_comment(const struct comment *c, struct rows *rows)
{
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "id", &c->id);
	rows_uuid(out, "ticket_id", &c->ticket_id);
	buffer_json_member_int(out, "seq", c->seq);
	rows_uuid(out, "author_id", &c->author_id);
	buffer_json_member_bool(out, "is_internal", c->is_internal);
	rows_time(out, "created_at", c->created_at);
	buffer_json_member(out, "content", c->content);
	rows_uuid(out, "command_id", &c->command_id);
	rows_end(rows);
}

static void write_edit(const struct batch *batch, const struct comment *c, struct rows *rows)
{
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "id", &c->id);
	buffer_json_member(out, "content", c->content);
	rows_time(out, "edited_at", batch->now_us);
	rows_end(rows);
}

/* An edit is a comment of the list too; one that was added in this batch is simply written as it is now. */
static void store_comments(struct batch *batch, const struct world *world)
{
	struct rows added, edited;

	rows_init(&added, batch->arena);
	rows_init(&edited, batch->arena);
	for (const struct comment *c = world->comments.first; c; c = c->next)
		write_comment(c, &added);
	for (int i = 0; i < world->stored_comment_count; i++)
		if (world->stored_comments[i].edited)
			write_edit(batch, &world->stored_comments[i], &edited);
	if (added.count)
		db_send(batch->db, QUERY_comment_insert, P_TEXT(rows_done(&added)));
	if (edited.count)
		db_send(batch->db, QUERY_comment_update, P_TEXT(rows_done(&edited)));
}

static bool is_redescribed(const struct ticket *t)
{
	return t->loaded_version && t->version != t->loaded_version && t->description.data &&
	       !text_equal(t->description, t->loaded_description);
}

static void store_descriptions(struct batch *batch, const struct world *world)
{
	struct rows rows;

	rows_init(&rows, batch->arena);
	for (int i = 0; i < world->ticket_count; i++) {
		struct buffer *out;

		if (!is_redescribed(&world->tickets[i]))
			continue;
		out = rows_begin(&rows);
		rows_uuid(out, "id", &world->tickets[i].id);
		buffer_json_member(out, "description", world->tickets[i].description);
		rows_end(&rows);
	}
	if (rows.count)
		db_send(batch->db, QUERY_description_update, P_TEXT(rows_done(&rows)));
}

static void store_history(struct batch *batch, const struct world *world)
{
	struct rows rows;

	rows_init(&rows, batch->arena);
	for (const struct history *h = world->history.first; h; h = h->next) {
		struct buffer *out = rows_begin(&rows);

		rows_uuid(out, "ticket_id", &h->ticket_id);
		buffer_json_member_int(out, "version", h->version);
		buffer_json_member(out, "field", text_of(h->field));
		buffer_json_member(out, "old_value", h->old_value);
		buffer_json_member(out, "new_value", h->new_value);
		rows_uuid(out, "actor_id", &h->job->envelope.actor);
		rows_time(out, "created_at", job_now(h->job));
		rows_uuid(out, "command_id", &h->job->envelope.id);
		rows_end(&rows);
	}
	if (rows.count)
		db_send(batch->db, QUERY_history_insert, P_TEXT(rows_done(&rows)));
}

static void store_counters(struct batch *batch, const struct world *world)
{
	struct rows rows;

	rows_init(&rows, batch->arena);
	for (const struct counted *c = world->counted.first; c; c = c->next) {
		struct buffer *out = rows_begin(&rows);
		char nobody[UUID_TEXT_BYTES];

		uuid_format(&c->scope_id, nobody);
		buffer_json_member_int(out, "lane", uuid_last_digit(&c->ticket_id));
		buffer_json_member(out, "scope", text_of(c->scope));
		buffer_json_member(out, "scope_id", text_of(nobody));
		buffer_json_member(out, "name", c->name);
		buffer_json_member(out, "status", text_of(ticket_status_word(c->status)));
		buffer_json_member(out, "priority", text_of(ticket_priority_word(c->priority)));
		buffer_json_member_int(out, "n", c->n);
		rows_end(&rows);
	}
	if (rows.count)
		db_send(batch->db, QUERY_counter_add, P_TEXT(rows_done(&rows)));
}

static void write_words(
        struct rows *rows, const struct uuid *ticket_id, struct text title, struct text body, bool is_internal)
{
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "ticket_id", ticket_id);
	buffer_json_member(out, is_internal ? "internal_text" : "public_text", body);
	if (title.data)
		buffer_json_member(out, "title", title);
	rows_end(rows);
}

/* Where a text was rewritten, adding words is not enough. */
static void rebuild_words(struct batch *batch, const struct world *world)
{
	struct id_set rewritten = { 0 };

	for (int i = 0; i < world->ticket_count; i++)
		if (world->tickets[i].reworded)
			id_set_add(&rewritten, batch->arena, world->tickets[i].id);
	if (rewritten.count)
		db_send(batch->db, QUERY_search_rebuild, P_TEXT(id_set_literal(&rewritten, batch->arena)));
}

static void store_words(struct batch *batch, const struct world *world)
{
	struct rows rows;

	rows_init(&rows, batch->arena);
	for (int i = 0; i < world->ticket_count; i++)
		if (!world->tickets[i].loaded_version && world->tickets[i].version)
			write_words(&rows, &world->tickets[i].id, world->tickets[i].title,
			        world->tickets[i].description, false);
	for (const struct comment *c = world->comments.first; c; c = c->next)
		write_words(&rows, &c->ticket_id, TEXT_NONE, c->content, c->is_internal);
	if (rows.count)
		db_send(batch->db, QUERY_search_add, P_TEXT(rows_done(&rows)));
	rebuild_words(batch, world);
}

static bool same_pair(const struct link_change *a, const struct link_change *b)
{
	return (uuid_equal(&a->ticket_id, &b->ticket_id) && uuid_equal(&a->other_id, &b->other_id)) ||
	       (uuid_equal(&a->ticket_id, &b->other_id) && uuid_equal(&a->other_id, &b->ticket_id));
}

/* A link that a later job of the batch takes away again. */
static bool is_cut_later(const struct link_change *made)
{
	for (const struct link_change *l = made->next; l; l = l->next)
		if (l->cut && same_pair(made, l))
			return true;
	return false;
}

/* All cuts come before all links that are made: what is left is what the last job wanted. */
static void store_links(struct batch *batch, const struct world *world)
{
	struct rows made, cut;

	rows_init(&made, batch->arena);
	rows_init(&cut, batch->arena);
	for (const struct link_change *l = world->links.first; l; l = l->next) {
		struct rows *rows = l->cut ? &cut : &made;
		struct buffer *out;

		if (!l->cut && is_cut_later(l))
			continue;
		out = rows_begin(rows);
		rows_uuid(out, "ticket_id", &l->ticket_id);
		rows_uuid(out, "other_id", &l->other_id);
		if (!l->cut) {
			buffer_json_member(out, "kind", text_of(link_kind_word(l->kind)));
			rows_time(out, "created_at", job_now(l->job));
			rows_uuid(out, "actor_id", &l->job->envelope.actor);
		}
		rows_end(rows);
	}
	if (cut.count)
		db_send(batch->db, QUERY_link_delete, P_TEXT(rows_done(&cut)));
	if (made.count)
		db_send(batch->db, QUERY_link_insert, P_TEXT(rows_done(&made)));
}

void ticket_store(struct batch *batch)
{
	const struct world *world = batch->world;

	store_tickets(batch, world);
	store_descriptions(batch, world);
	store_comments(batch, world);
	store_history(batch, world);
	store_counters(batch, world);
	store_words(batch, world);
	store_links(batch, world);
}
