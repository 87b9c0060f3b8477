/* revocation_set.c - see revocation_set.h. */
#include "ingress/http/revocation_set.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_LEAST 64

static struct revocation_set with_capacity(size_t capacity)
{
	struct revocation_set fresh = { calloc(capacity, sizeof(struct revocation)), capacity, 0 };

	if (!fresh.entries)
		abort();
	return fresh;
}

/* Where the id is, or the free place where it belongs. */
static struct revocation *place_of(const struct revocation_set *t, const struct uuid *id)
{
	size_t at;

	memcpy(&at, id->bytes + 8, sizeof at); /* the random end */
	for (at &= t->capacity - 1;; at = (at + 1) & (t->capacity - 1))
		if (uuid_is_none(&t->entries[at].id) || uuid_equal(&t->entries[at].id, id))
			return &t->entries[at];
}

static void grow(struct revocation_set *t)
{
	struct revocation_set fresh = with_capacity(2 * t->capacity);

	fresh.count = t->count;
	for (size_t i = 0; i < t->capacity; i++)
		if (!uuid_is_none(&t->entries[i].id))
			*place_of(&fresh, &t->entries[i].id) = t->entries[i];
	free(t->entries);
	*t = fresh;
}

void revocation_set_add(struct revocation_set *t, const struct revocation *entry)
{
	struct revocation *place;

	if (uuid_is_none(&entry->id))
		return;
	if (2 * t->count >= t->capacity)
		grow(t);
	place = place_of(t, &entry->id);
	t->count += uuid_is_none(&place->id);
	place->id = entry->id;
	if (place->epoch < entry->epoch)
		place->epoch = entry->epoch;
	if (place->added_ms < entry->added_ms)
		place->added_ms = entry->added_ms;
}

void revocation_set_init(struct revocation_set *t)
{
	*t = with_capacity(CAPACITY_LEAST);
}

void revocation_set_deinit(struct revocation_set *t)
{
	free(t->entries);
	*t = (struct revocation_set){ NULL, 0, 0 };
}

void revocation_set_start_anew(struct revocation_set *t, int64_t since_ms)
{
	struct revocation_set old = *t;

	revocation_set_init(t);
	for (size_t i = 0; i < old.capacity; i++)
		if (old.entries[i].added_ms >= since_ms)
			revocation_set_add(t, &old.entries[i]);
	revocation_set_deinit(&old);
}

bool revocation_set_holds(const struct revocation_set *t, const struct principal *principal)
{
	const struct revocation *session = place_of(t, &principal->session_id);
	const struct revocation *account = place_of(t, &principal->account_id);

	return (!uuid_is_none(&principal->session_id) && !uuid_is_none(&session->id)) ||
	       (!uuid_is_none(&account->id) && principal->epoch < account->epoch);
}
