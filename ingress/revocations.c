/* revocations.c - see revocations.h. */
#include "ingress/revocations.h"

#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/probe.h"

#define EVERY_MS 1000
#define FROM_SCRATCH_MS (3600 * 1000)

/* Open addressing; an id is a session (epoch 0) or an account (epoch its tokens must have). */
struct entry {
	struct uuid id;
	int64_t epoch;
};

struct revocations {
	struct loop *loop;
	int64_t ttl_s;
	struct entry *entries;
	size_t capacity, count; /* a power of two, at most half full */
	int64_t seen_us;        /* the newest one known */
	int64_t ask_at_ms, scratch_at_ms;
	bool asking, from_scratch, loaded;
};

static struct probe_check check = { .name = "revocations" };
static _Atomic int unloaded; /* loops that know of none yet */

struct revocations *revocations_new(struct loop *loop, int64_t ttl_s)
{
	struct revocations *r = calloc(1, sizeof *r);

	if (!r || !(r->entries = calloc(64, sizeof *r->entries)))
		abort();
	r->loop = loop;
	r->ttl_s = ttl_s;
	r->capacity = 64;
	unloaded++;
	probe_set(&check, "not loaded yet");
	return r;
}

/* Where the id is, or the free place where it belongs. */
static struct entry *place_of(struct entry *entries, size_t capacity, const struct uuid *id)
{
	size_t at;

	memcpy(&at, id->bytes + 8, sizeof at); /* the random end */
	for (at &= capacity - 1;; at = (at + 1) & (capacity - 1))
		if (uuid_is_none(&entries[at].id) || uuid_equal(&entries[at].id, id))
			return &entries[at];
}

static void grow(struct revocations *r)
{
	size_t capacity = 2 * r->capacity;
	struct entry *entries = calloc(capacity, sizeof *entries);

	if (!entries)
		abort();
	for (size_t i = 0; i < r->capacity; i++)
		if (!uuid_is_none(&r->entries[i].id))
			*place_of(entries, capacity, &r->entries[i].id) = r->entries[i];
	free(r->entries);
	r->entries = entries;
	r->capacity = capacity;
}

static void add(struct revocations *r, const struct uuid *id, int64_t epoch)
{
	struct entry *entry;

	if (uuid_is_none(id))
		return;
	if (2 * r->count >= r->capacity)
		grow(r);
	entry = place_of(r->entries, r->capacity, id);
	r->count += uuid_is_none(&entry->id);
	entry->id = *id;
	entry->epoch = epoch;
}

void revocations_add_session(struct revocations *r, const struct uuid *session_id)
{
	add(r, session_id, 0);
}

void revocations_add_epoch(struct revocations *r, const struct uuid *account_id, int64_t epoch)
{
	add(r, account_id, epoch);
}

bool revocations_hold(const struct revocations *r, const struct principal *principal)
{
	const struct entry *session = place_of(r->entries, r->capacity, &principal->session_id);
	const struct entry *account = place_of(r->entries, r->capacity, &principal->account_id);

	if (!uuid_is_none(&principal->session_id) && !uuid_is_none(&session->id))
		return true;
	return !uuid_is_none(&account->id) && principal->epoch < account->epoch;
}

static void on_rows(void *arg, enum db_fault fault, const char *sqlstate, const struct db_result *rows)
{
	struct revocations *r = arg;

	(void)sqlstate;
	r->asking = false;
	if (fault != DB_FINE)
		return;
	if (r->from_scratch) {
		memset(r->entries, 0, r->capacity * sizeof *r->entries);
		r->count = 0;
	}
	for (int i = 0; i < db_rows(rows); i++) {
		struct uuid id = db_uuid(rows, i, 0);

		add(r, &id, db_int(rows, i, 1));
		if (db_int(rows, i, 2) > r->seen_us)
			r->seen_us = db_int(rows, i, 2);
	}
	unloaded -= !r->loaded;
	r->loaded = true;
	probe_set(&check, unloaded ? "not loaded yet" : NULL);
}

void revocations_hurry(struct revocations *r)
{
	r->ask_at_ms = 0;
}

void revocations_tick(struct revocations *r)
{
	int64_t now = clock_mono_ms();

	if (r->asking || now < r->ask_at_ms)
		return;
	r->ask_at_ms = now + EVERY_MS;
	r->from_scratch = now >= r->scratch_at_ms;
	r->asking = loop_query(r->loop, QUERY_revocations, 2,
	        (struct db_param[]){ P_INT(r->from_scratch ? 0 : r->seen_us), P_INT(r->ttl_s) }, on_rows,
	        r);
	if (r->asking && r->from_scratch)
		r->scratch_at_ms = now + FROM_SCRATCH_MS;
}
