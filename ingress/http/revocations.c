/* revocations.c - see revocations.h. */
#include "ingress/http/revocations.h"

#include <pthread.h>
#include "base/clock.h"
#include "ingress/http/lookout.h"
#include "ingress/http/revocation_set.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct revocation_set set; /* under the lock */

static int64_t age_most_ms;

struct setting revocations_settings[] = {
	{ "REVOCATIONS_MAX_AGE", SETTING_DURATION, &age_most_ms, "5m", .min = 1000, .max = 86400000,
	        .help = "how long commands are accepted on what was last known of revoked tokens" },
	{ 0 },
};

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

/* --- from the database --------------------------------------------------------------- */
static void take_rows(const struct db_result *rows, bool from_scratch, int64_t asked_ms)
{
	pthread_rwlock_wrlock(&lock);
	if (from_scratch) /* without what no longer matters; with what was revoked here since we asked */
		revocation_set_start_anew(&set, asked_ms);
	for (int i = 0; i < db_rows(rows); i++)
		revocation_set_add(&set, &(struct revocation){ db_uuid(rows, i, 0), db_int(rows, i, 1), 0 });
	pthread_rwlock_unlock(&lock);
}

static struct lookout lookout = { .query = QUERY_revocations,
	.has_more = true,
	.place_column = 2,
	.take = take_rows,
	.check = { .name = "revocations" } };

bool revocations_known(void)
{
	return lookout_is_known(&lookout);
}

bool revocations_are_fresh(void)
{
	return lookout_is_fresh(&lookout, age_most_ms);
}

int64_t revocations_age_most_ms(void)
{
	return age_most_ms;
}

void revocations_start(int64_t ttl_s)
{
	lookout.more = ttl_s;
	revocation_set_init(&set);
	lookout_start(&lookout);
}

void revocations_hurry(void)
{
	lookout_hurry(&lookout);
}

void revocations_tick(struct loop *loop)
{
	lookout_tick(&lookout, loop, age_most_ms);
}
