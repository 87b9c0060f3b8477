/* revocations.c - see revocations.h. */
#include "ingress/http/revocations.h"

#include <pthread.h>
#include <stdatomic.h>
#include "base/clock.h"
#include "base/probe.h"
#include "ingress/http/revocation_set.h"

#define EVERY_MS 1000
#define FROM_SCRATCH_MS (3600 * 1000)

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct revocation_set set; /* under the lock */

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

/* --- what this process knows ----------------------------------------------------- */
static void add_own(const struct uuid *id, int64_t epoch)
{
	pthread_rwlock_wrlock(&lock);
	revocation_set_add(&set, &(struct revocation){ *id, epoch, clock_mono_ms() });
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
	bool held;

	pthread_rwlock_rdlock(&lock);
	held = revocation_set_holds(&set, principal);
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
static void take_rows(const struct db_result *rows)
{
	pthread_rwlock_wrlock(&lock);
	if (look.from_scratch) /* without what no longer matters; with what was revoked here since we asked */
		revocation_set_start_anew(&set, look.asked_ms);
	for (int i = 0; i < db_rows(rows); i++)
		revocation_set_add(&set, &(struct revocation){ db_uuid(rows, i, 0), db_int(rows, i, 1), 0 });
	pthread_rwlock_unlock(&lock);
}

/* A database that was restored may count from further back: then nothing of before says where we are. */
static void move_on(int64_t place)
{
	bool back = place < look.place;

	look.place = place;
	look.scratch_at_ms = back ? 0 : look.from_scratch ? look.asked_ms + FROM_SCRATCH_MS : look.scratch_at_ms;
}

static void on_rows(void *unused, enum db_fault fault, const struct db_result *rows)
{
	(void)unused;
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
	revocation_set_init(&set);
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
