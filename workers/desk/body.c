/* body.c - the JSON of a calendar or a policy, member by member. See desk.h. */
#include <stdlib.h>
#include <string.h>
#include "base/unicode.h"
#include "workers/desk/desk.h"

json_t *body_open(struct text body)
{
	json_t *json = body.len ? json_loadb(body.data, body.len, 0, NULL) : NULL;

	return json ? json : json_object();
}

bool body_put(json_t *body, const char *member, struct text given)
{
	json_t *value = given.data ? json_loadb(given.data, given.len, JSON_REJECT_DUPLICATES, NULL) : NULL;

	if (value)
		json_object_set_new(body, member, value);
	return value || !given.data;
}

struct text body_close(json_t *body, struct text before, struct arena *arena)
{
	json_t *old = body_open(before);
	struct text out = before;

	if (!before.len || !json_equal(old, body)) {
		char *dumped = json_dumps(body, JSON_COMPACT);

		out = text_copy(arena, text_of(dumped));
		free(dumped);
	}
	json_decref(old);
	json_decref(body);
	return out;
}

void changed_also(struct text_list *changed, const char *member)
{
	changed->items[changed->count++] = text_of(member);
}

struct text_list body_changes(struct text before, struct text after, struct arena *arena)
{
	json_t *old = body_open(before), *new = body_open(after), *value;
	struct text_list changed = { ARENA_ARRAY(arena, struct text, json_object_size(old) + json_object_size(new) + 2),
		0 };
	const char *member;

	json_object_foreach(new, member, value)
	{
		const json_t *was = json_object_get(old, member);

		if (!was || !json_equal((json_t *)was, value))
			changed_also(&changed, text_dup(arena, text_of(member)));
	}
	json_object_foreach(old, member, value)
	{
		if (!json_object_get(new, member))
			changed_also(&changed, text_dup(arena, text_of(member)));
	}
	json_decref(old);
	json_decref(new);
	return changed;
}

static struct text name_of(const struct subject_set *set, const struct subject *subject, struct arena *arena)
{
	return unicode_lower(arena, *(const struct text *)((const char *)subject + set->kind->columns[0].offset));
}

enum outcome refuse_name(struct job *job, const struct subject *own, struct text name)
{
	struct arena *arena = job_arena(job);
	struct text wanted = unicode_lower(arena, name);

	for (int i = 0; i < job->set->count; i++) {
		const struct subject *other = subject_at(job->set, i);

		if (other != own && !job->set->kind->is_gone(other) &&
		        text_equal(name_of(job->set, other, arena), wanted))
			return job_refuse(job, PROBLEM_NAME_TAKEN, "another %s is called %.*s", job->set->kind->name,
			        (int)name.len, name.data);
	}
	return JOB_DONE;
}

enum outcome refuse_one_more(struct job *job)
{
	int living = 0;

	for (int i = 0; i < job->set->count; i++)
		living += !job->set->kind->is_gone(subject_at(job->set, i));
	return living < DESK_MOST ? JOB_DONE
	                          : job_refuse(job, PROBLEM_LIMIT_REACHED, "there are %d already", DESK_MOST);
}
