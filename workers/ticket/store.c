/* store.c - writes what a batch says beside its tickets: each statement once, whatever the commands were. */
#include "workers/ticket/model.h"

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
	rows_uuid(out, "inbound_id", &c->inbound_id);
	rows_uuid(out, "split_into", &c->split_into);
	buffer_json_member_int(out, "file_count", c->file_count);
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

static void write_earlier(const struct earlier_text *earlier, struct rows *rows)
{
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "comment_id", &earlier->comment_id);
	rows_uuid(out, "editor_id", &earlier->job->envelope.actor);
	rows_time(out, "edited_at", job_now(earlier->job));
	buffer_json_member(out, "content", earlier->content);
	rows_end(rows);
}

static void write_split(const struct comment *c, struct rows *rows)
{
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "id", &c->id);
	rows_uuid(out, "split_into", &c->split_into);
	rows_end(rows);
}

/* What was said before, and what became of a comment that was there. */
static void store_afterlife(struct batch *batch, const struct ticket_world *world)
{
	struct rows earlier, split;

	rows_init(&earlier, batch->arena);
	rows_init(&split, batch->arena);
	for (const struct earlier_text *e = world->earlier.first; e; e = e->next)
		write_earlier(e, &earlier);
	for (int i = 0; i < world->stored_comment_count; i++)
		if (world->stored_comments[i].split)
			write_split(&world->stored_comments[i], &split);
	if (earlier.count)
		db_send(batch->db, QUERY_comment_edit_insert, P_TEXT(rows_done(&earlier)));
	if (split.count)
		db_send(batch->db, QUERY_comment_split, P_TEXT(rows_done(&split)));
}

/* A comment that was added and edited in the same batch is in the list of added ones, and is written once, as it is
 * now. */
static void store_comments(struct batch *batch, const struct ticket_world *world)
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

static void store_history(struct batch *batch, const struct ticket_world *world)
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

static void store_counters(struct batch *batch, const struct ticket_world *world)
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

/* When a text was rewritten, the words of the old text must go too: all words of the ticket are made anew. */
static void rebuild_words(struct batch *batch)
{
	const struct subject_set *set = ticket_set(batch);
	struct id_set rewritten = { 0 };

	for (int i = 0; i < set->count; i++) {
		const struct ticket *ticket = subject_at(set, i);

		if (ticket->reworded)
			id_set_add(&rewritten, batch->arena, ticket->id);
	}
	if (rewritten.count)
		db_send(batch->db, QUERY_search_rebuild, P_TEXT(id_set_literal(&rewritten, batch->arena)));
}

/* The words of a merged ticket stand with the one that lives, unless that is another person's: what the desk notes on
 * it afterwards is in no search. */
static bool has_words(const struct subject_set *set, const struct comment *comment)
{
	const struct ticket *ticket = subject_find(set, &comment->ticket_id);

	return !ticket || !ticket->merged_at || merging_is_apart(ticket);
}

static void store_words(struct batch *batch, const struct ticket_world *world)
{
	const struct subject_set *set = ticket_set(batch);
	struct rows rows;

	rows_init(&rows, batch->arena);
	for (int i = 0; i < set->count; i++) {
		const struct ticket *ticket = subject_at(set, i);

		if (!ticket->loaded_version && ticket->version)
			write_words(&rows, &ticket->id, ticket->title, ticket->description, false);
	}
	for (const struct comment *c = world->comments.first; c; c = c->next)
		if (has_words(set, c))
			write_words(&rows, &c->ticket_id, TEXT_NONE, c->content, c->is_internal);
	if (rows.count)
		db_send(batch->db, QUERY_search_add, P_TEXT(rows_done(&rows)));
	rebuild_words(batch);
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

/* All deletions are written before all insertions, so a link that a later job cuts must not be inserted at all. */
static void store_links(struct batch *batch, const struct ticket_world *world)
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

void ticket_store(struct batch *batch, void *world)
{
	store_comments(batch, world);
	store_afterlife(batch, world);
	store_history(batch, world);
	store_counters(batch, world);
	store_words(batch, world);
	store_links(batch, world);
	spans_store(batch);
	timers_store(batch);
}
