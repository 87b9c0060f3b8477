/* revocations.c - see revocations.h. */
#include "ingress/http/revocations.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/probe.h"

#define EVERY_MS 1000
#define FROM_SCRATCH_MS (3600 * 1000)
#define CAPACITY_LEAST 64

/* An id is a session (epoch 0) or an account (epoch its tokens must have). */
struct entry {
	struct uuid id;
	int64_t epoch;
	int64_t added_ms; /* when this process revoked it; 0: read from the database */
};

/* Open addressing. */
struct table {
	struct entry *entries;
	size_t capacity, count; /* a power of two, at most half full */
};

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct table table; /* under the lock */

/* Whoever has set asking has the rest of it. */
static struct {
	_Atomic bool asking;
	bool from_scratch;
	int64_t place; /* in the order of transactions: where the next look begins */
	int64_t asked_ms, scratch_at_ms;
} look;
static _Atomic int64_t known_at_ms; /* when what is known was asked for */
static _Atomic int64_t ask_at_ms;
static _Atomic bool known;
static int64_t token_ttl_s;

static int64_t age_most_ms;

struct setting revocations_settings[] = {
	{ "REVOCATIONS_MAX_AGE", SETTING_DURATION, &age_most_ms, "5m", .min = 1000, .max = 86400000,
	        .help = "how long commands are accepted on what was last known of revoked tokens" },
	{ 0 },
};

static struct probe_check check = { .name = "revocations" };

/* --- the table --------------------------------------------------------------------- */
static struct table table_new(size_t capacity)
{
	struct table fresh = { calloc(capacity, sizeof(struct entry)), capacity, 0 };

	if (!fresh.entries)
		abort();
	return fresh;
}

/* Where the id is, or the free place where it belongs. */
static struct entry *place_of(const struct table *t, const struct uuid *id)
{
	size_t at;

	memcpy(&at, id->bytes + 8, sizeof at); /* the random end */
	for (at &= t->capacity - 1;; at = (at + 1) & (t->capacity - 1))
		if (uuid_is_none(&t->entries[at].id) || uuid_equal(&t->entries[at].id, id))
			return &t->entries[at];
}

static void grow(struct table *t)
{
	struct table fresh = table_new(2 * t->capacity);

	fresh.count = t->count;
	for (size_t i = 0; i < t->capacity; i++)
		if (!uuid_is_none(&t->entries[i].id))
			*place_of(&fresh, &t->entries[i].id) = t->entries[i];
	free(t->entries);
	*t = fresh;
}

/* What is there and newer stays: an answer of the database can be older than what we did since. */
static void add(struct table *t, const struct entry *entry)
{
	struct entry *place;

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

static void add_own(const struct uuid *id, int64_t epoch)
{
	pthread_rwlock_wrlock(&lock);
	add(&table, &(struct entry){ *id, epoch, clock_mono_ms() });
	pthread_rwlock_unlock(&lock);
}

void revocations_add_session(const struct uuid *session_id)
{
	add_own(session_id, 0);
}

void revocations_add_epoch(const struct uuid *account_id, int64_t epoch)
{
	add_own(account_id, epoch);
}

bool revocations_hold(const struct principal *principal)
{
	const struct entry *session, *account;
	bool held;

	pthread_rwlock_rdlock(&lock);
	session = place_of(&table, &principal->session_id);
	account = place_of(&table, &principal->account_id);
	held = (!uuid_is_none(&principal->session_id) && !uuid_is_none(&session->id)) ||
	       (!uuid_is_none(&account->id) && principal->epoch < account->epoch);
	pthread_rwlock_unlock(&lock);
	return held;
}

bool revocations_known(void)
{
	return known;
}

bool revocations_are_fresh(void)
{
	return known && clock_mono_ms() - known_at_ms <= age_most_ms;
}

/* --- from the database --------------------------------------------------------------- */
/* Without what no longer matters; with what was revoked here while the database was answering. */
static void start_anew(void)
{
	struct table old = table;

	table = table_new(CAPACITY_LEAST);
	for (size_t i = 0; i < old.capacity; i++)
		if (old.entries[i].added_ms >= look.asked_ms)
			add(&table, &old.entries[i]);
	free(old.entries);
}

static void take_rows(const struct db_result *rows)
{
	pthread_rwlock_wrlock(&lock);
	if (look.from_scratch)
		start_anew();
	for (int i = 0; i < db_rows(rows); i++)
		add(&table, &(struct entry){ db_uuid(rows, i, 0), db_int(rows, i, 1), 0 });
	pthread_rwlock_unlock(&lock);
}

/* A database that was restored may count from further back: then nothing of before says where we are. */
static void move_on(int64_t place)
{
	bool back = place < look.place;

	look.place = place;
	look.scratch_at_ms = back ? 0 : look.from_scratch ? look.asked_ms + FROM_SCRATCH_MS : look.scratch_at_ms;
}

static void on_rows(void *unused, enum db_fault fault, const char *sqlstate, const struct db_result *rows)
{
	(void)unused;
	(void)sqlstate;
	if (fault == DB_FINE) {
		take_rows(rows);
		move_on(db_int(rows, 0, 2));
		known_at_ms = look.asked_ms;
		known = true;
	}
	look.asking = false;
}

void revocations_start(int64_t ttl_s)
{
	token_ttl_s = ttl_s;
	table = table_new(CAPACITY_LEAST);
	probe_set(&check, "not loaded yet");
}

void revocations_hurry(void)
{
	ask_at_ms = 0;
}

void revocations_tick(struct loop *loop)
{
	int64_t now = clock_mono_ms();

	if (known)
		probe_set(&check, revocations_are_fresh() ? NULL : "out of date");
	if (now < ask_at_ms || atomic_exchange(&look.asking, true))
		return;
	ask_at_ms = now + EVERY_MS;
	look.asked_ms = now;
	look.from_scratch = now >= look.scratch_at_ms;
	if (loop_query(loop, QUERY_revocations, 2,
	            (struct db_param[]){ P_INT(look.from_scratch ? 0 : look.place), P_INT(token_ttl_s) }, on_rows,
	            NULL))
		return;
	ask_at_ms = 0; /* another loop may have a connection */
	look.asking = false;
}
