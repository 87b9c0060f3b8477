/* merging.c - what a merge brings to the other ticket, written down so that it can be taken back.
 *
 * Comments, history and files move nowhere: sql/functions/ticket_family.sql reads them with the living ticket. What
 * lives in columns of the other ticket is brought: tags, watchers, an assignee where there is none, and the earlier
 * deadlines of a ticket that was still worked on. Only what was not there already counts as brought. The source's
 * column merge_brought holds it as JSON:
 *
 *   {"status": "open", "closedAt": 0, "apart": true, "tags": ["a"], "watchers": ["..."], "assignee": "...",
 *    "clocks": {}, "clocksOfOther": {}, "due": {"resolution": 1}}
 *
 * clocks: the source's as they were; they go on from there when the merge is taken back, as if it had never been. Of
 * a clock that runs in both tickets the other goes on with the one that ends earlier, because its user has waited that
 * long; due says which, and until when.
 *
 * apart: the tickets belong to different people. Then neither owner is shown or told what the other one said before,
 * and of the source's watchers only those that are known to be staff come along.
 */
#include "workers/ticket/model.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"

/* --- lists ------------------------------------------------------------------------- */
static int tag_at(const struct text_list *tags, struct text tag)
{
	for (int i = 0; i < tags->count; i++)
		if (text_equal(tags->items[i], tag))
			return i;
	return -1;
}

/* A copy of the list with room for more: the ticket's copy from before the command points to the same items. */
static struct text_list tags_copy(struct job *job, const struct text_list *tags, int more)
{
	struct text_list copy = { ARENA_ARRAY(job_arena(job), struct text, (size_t)(tags->count + more) + 1), 0 };

	for (int i = 0; i < tags->count; i++)
		copy.items[copy.count++] = tags->items[i];
	return copy;
}

/* --- bring ------------------------------------------------------------------------- */
static json_t *bring_tags(struct job *job, const struct ticket *from, struct ticket *into)
{
	struct text_list tags = tags_copy(job, &into->tags, from->tags.count);
	json_t *brought = json_array();

	for (int i = 0; i < from->tags.count && tags.count < kind_of_tags.most; i++) {
		struct text tag = from->tags.items[i];

		if (tag_at(&tags, tag) >= 0)
			continue;
		tags.items[tags.count++] = tag;
		json_array_append_new(brought, json_stringn(tag.data, tag.len));
	}
	into->tags = tags;
	return brought;
}

static json_t *id_json(const struct uuid *id)
{
	char text[UUID_TEXT_BYTES];

	uuid_format(id, text);
	return json_string(text);
}

static json_t *bring_watchers(struct job *job, const struct ticket *from, struct ticket *into, bool apart)
{
	const struct id_set *watchers = apart ? &from->staff_watchers : &from->watchers;
	json_t *brought = json_array();

	for (int i = 0; i < watchers->count; i++) {
		const struct uuid *id = &watchers->ids[i];

		if (!uuid_equal(id, &into->owner_id) && ticket_add_watcher(job, into, *id))
			json_array_append_new(brought, id_json(id));
	}
	return brought;
}

static json_t *clocks_json(struct job *job, const struct ticket *ticket)
{
	struct text text = clocks_write(&ticket->sla, job_now(job), job_arena(job));

	return json_loadb(text.data, text.len, 0, NULL);
}

/* What was used there counts here, from now on in the other's calendar. */
static void bring_clock(struct job *job, const struct clocks *from, struct clocks *into, enum sla_target target)
{
	const struct deadline *theirs = &from->life.clocks[target];
	struct deadline *ours = &into->life.clocks[target];

	*ours = *theirs;
	deadline_pause(ours, from->life.policy->calendar, job_now(job));
	deadline_resume(ours, into->life.policy->calendar, job_now(job));
	into->marks[target] = from->marks[target];
	into->marks[target].begun_us = job_now(job);
	into->marks[target].brought_us = ours->used_us;
}

static json_t *bring_clocks(struct job *job, const struct clocks *from, struct clocks *into)
{
	json_t *due = json_object();

	for (int i = 0; i < SLA_TARGETS; i++) {
		const struct deadline *theirs = &from->life.clocks[i], *ours = &into->life.clocks[i];

		if (!theirs->since_us || !ours->since_us || theirs->due_us >= ours->due_us)
			continue;
		bring_clock(job, from, into, i);
		json_object_set_new(due, sla_target_names[i], json_integer(ours->due_us));
	}
	return due;
}

static struct text dumped(struct job *job, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);
	struct text copy = text_copy(job_arena(job), text_of(text));

	free(text);
	json_decref(object);
	return copy;
}

void merging_bring(struct job *job, struct ticket *from, struct ticket *into)
{
	bool apart = !uuid_equal(&from->owner_id, &into->owner_id);
	json_t *brought = json_object();

	sla_follow(job, from);
	sla_follow(job, into);
	json_object_set_new(brought, "clocks", clocks_json(job, from));
	json_object_set_new(brought, "clocksOfOther", clocks_json(job, into));
	json_object_set_new(brought, "due", bring_clocks(job, &from->sla, &into->sla));
	json_object_set_new(brought, "status", json_string(ticket_status_word(from->status)));
	json_object_set_new(brought, "closedAt", json_integer(from->closed_at));
	json_object_set_new(brought, "apart", json_boolean(apart));
	json_object_set_new(brought, "tags", bring_tags(job, from, into));
	json_object_set_new(brought, "watchers", bring_watchers(job, from, into, apart));
	if (uuid_is_none(&into->assignee_id) && !uuid_is_none(&from->assignee_id)) {
		into->assignee_id = from->assignee_id;
		json_object_set_new(brought, "assignee", id_json(&from->assignee_id));
	}
	from->merge_brought = dumped(job, brought);
}

/* --- take back ----------------------------------------------------------------------- */
static void take_tags(struct job *job, const json_t *brought, struct ticket *into)
{
	struct text_list tags = tags_copy(job, &into->tags, 0);

	for (size_t i = 0; i < json_array_size(brought); i++) {
		int at = tag_at(&tags, text_of(json_string_value(json_array_get(brought, i))));

		for (int j = at; at >= 0 && j + 1 < tags.count; j++)
			tags.items[j] = tags.items[j + 1];
		tags.count -= at >= 0;
	}
	into->tags = tags;
}

static void take_watchers(struct job *job, const json_t *brought, struct ticket *into)
{
	struct uuid id;

	for (size_t i = 0; i < json_array_size(brought); i++)
		if (uuid_parse(text_of(json_string_value(json_array_get(brought, i))), &id))
			ticket_remove_watcher(job, into, id);
}

static void take_assignee(const json_t *brought, struct ticket *into)
{
	struct uuid id;

	if (brought && uuid_parse(text_of(json_string_value(brought)), &id) && uuid_equal(&id, &into->assignee_id))
		into->assignee_id = (struct uuid){ { 0 } };
}

static struct clocks clocks_at(struct job *job, const json_t *brought, const char *name)
{
	struct text text = dumped(job, json_deep_copy(json_object_get(brought, name)));
	struct clocks clocks;

	clocks_read(text, ticket_world(job->batch)->book, job_arena(job), &clocks);
	return clocks;
}

/* A clock that was changed since stays: it would no more add up, nor fit what the ticket has become. Its deadline alone
 * does not tell, because another priority may have the same. */
static void take_clocks(struct job *job, const json_t *brought, struct clocks *into)
{
	const json_t *due = json_object_get(brought, "due");
	struct clocks was = clocks_at(job, brought, "clocksOfOther");

	for (int i = 0; i < SLA_TARGETS; i++) {
		const json_t *at = json_object_get(due, sla_target_names[i]);

		if (!at || into->life.clocks[i].due_us != json_integer_value(at) ||
		        into->life.clocks[i].since_us != into->marks[i].begun_us)
			continue;
		into->life.clocks[i] = was.life.clocks[i];
		into->marks[i] = was.marks[i];
	}
}

/* It goes on from where the merge has stopped it. */
static void put_back_clock(const struct clocks *stopped, struct clocks *was, enum sla_target target)
{
	struct deadline *clock = &was->life.clocks[target];

	if (clock->since_us) {
		clock->used_us = stopped->life.clocks[target].used_us;
		clock->since_us = stopped->marks[target].stopped_us;
	} else {
		was->marks[target].stopped_us = stopped->marks[target].stopped_us;
	}
}

/* None of a merge that the version before has made: then the clocks go on as when a closed ticket is opened again. */
static void put_back_clocks(struct job *job, const json_t *brought, struct clocks *of)
{
	struct clocks was = clocks_at(job, brought, "clocks");

	if (!was.life.policy)
		return;
	for (int i = 0; i < SLA_TARGETS; i++)
		put_back_clock(of, &was, i);
	of->life = was.life;
	memcpy(of->marks, was.marks, sizeof of->marks);
	of->waiting_since_us = was.waiting_since_us;
	of->reminded = was.reminded;
}

void merging_take_back(struct job *job, struct ticket *from, struct ticket *into)
{
	json_t *brought = json_loadb(from->merge_brought.data, from->merge_brought.len, 0, NULL);
	unsigned status = word_find(text_of(json_string_value(json_object_get(brought, "status"))), ticket_status_words,
	        ticket_status_count);

	from->status = status ? (enum ticket_status)status : TICKET_OPEN;
	from->closed_at = json_integer_value(json_object_get(brought, "closedAt"));
	take_tags(job, json_object_get(brought, "tags"), into);
	take_watchers(job, json_object_get(brought, "watchers"), into);
	take_assignee(json_object_get(brought, "assignee"), into);
	put_back_clocks(job, brought, &from->sla);
	take_clocks(job, brought, &into->sla);
	from->merge_brought = TEXT_NONE;
	json_decref(brought);
}

bool merging_is_apart(const struct ticket *ticket)
{
	json_t *brought = ticket->merge_brought.len
	                          ? json_loadb(ticket->merge_brought.data, ticket->merge_brought.len, 0, NULL)
	                          : NULL;
	bool apart = json_is_true(json_object_get(brought, "apart"));

	json_decref(brought);
	return apart;
}
