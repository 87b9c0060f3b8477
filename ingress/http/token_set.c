/* token_set.c - see token_set.h. */
#include "ingress/http/token_set.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_LEAST 64

static struct token_set with_capacity(size_t capacity)
{
	struct token_set fresh = { calloc(capacity, sizeof(struct token_entry)), capacity, 0 };

	if (!fresh.entries)
		abort();
	return fresh;
}

/* Where the id is, or the free place where it belongs. */
static struct token_entry *place_of(const struct token_set *t, const struct uuid *id)
{
	size_t at;

	memcpy(&at, id->bytes + 8, sizeof at); /* the random end */
	for (at &= t->capacity - 1;; at = (at + 1) & (t->capacity - 1))
		if (uuid_is_none(&t->entries[at].id) || uuid_equal(&t->entries[at].id, id))
			return &t->entries[at];
}

static void grow(struct token_set *t)
{
	struct token_set fresh = with_capacity(2 * t->capacity);

	fresh.count = t->count;
	for (size_t i = 0; i < t->capacity; i++)
		if (!uuid_is_none(&t->entries[i].id))
			*place_of(&fresh, &t->entries[i].id) = t->entries[i];
	free(t->entries);
	*t = fresh;
}

void token_set_put(struct token_set *t, const struct token_entry *entry)
{
	struct token_entry *place, was;

	if (uuid_is_none(&entry->id))
		return;
	if (2 * t->count >= t->capacity)
		grow(t);
	place = place_of(t, &entry->id);
	was = *place;
	t->count += uuid_is_none(&was.id);
	*place = *entry;
	place->used |= was.used;
	if (was.state == TOKEN_ENDED)
		place->state = TOKEN_ENDED;
	if (place->added_ms < was.added_ms)
		place->added_ms = was.added_ms;
}

struct token_entry *token_set_find(const struct token_set *t, const struct uuid *id)
{
	struct token_entry *place = place_of(t, id);

	return uuid_is_none(id) || uuid_is_none(&place->id) ? NULL : place;
}

void token_set_init(struct token_set *t)
{
	*t = with_capacity(CAPACITY_LEAST);
}

void token_set_deinit(struct token_set *t)
{
	free(t->entries);
	*t = (struct token_set){ NULL, 0, 0 };
}

/* What is kept only because it was used is asleep until the rows say more. */
void token_set_start_anew(struct token_set *t, int64_t since_ms)
{
	struct token_set old = *t;

	token_set_init(t);
	for (size_t i = 0; i < old.capacity; i++) {
		struct token_entry entry = old.entries[i];

		if (entry.added_ms < since_ms && !entry.used)
			continue;
		if (entry.added_ms < since_ms && entry.state == TOKEN_GOOD)
			entry.state = TOKEN_ASLEEP;
		token_set_put(t, &entry);
	}
	token_set_deinit(&old);
}
