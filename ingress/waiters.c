/* waiters.c - see waiters.h. */
#include "ingress/waiters.h"

#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

#define BUCKETS 4096
#define POLL_FIRST_MS 20
#define POLL_MOST_MS 1000
#define TICK_MS 10

struct waiters {
	struct loop *loop;
	struct waiter *buckets[BUCKETS];
	int count;
	int64_t tick_after_ms;
};

static _Atomic bool outcomes_come;

void waiters_hear(bool come)
{
	outcomes_come = come;
}

static struct waiter **bucket_of(struct waiters *waiters, const struct uuid *id)
{
	return &waiters->buckets[(id->bytes[14] << 8 | id->bytes[15]) % BUCKETS];
}

struct waiters *waiters_new(struct loop *loop)
{
	struct waiters *waiters = calloc(1, sizeof *waiters);

	if (!waiters)
		abort();
	waiters->loop = loop;
	return waiters;
}

int waiters_count(const struct waiters *waiters)
{
	return waiters->count;
}

void waiter_add(struct waiters *waiters, struct waiter *waiter)
{
	struct waiter **first = bucket_of(waiters, &waiter->command_id);

	waiter->deadline_ms = INT64_MAX;
	waiter->next = *first;
	waiter->previous = NULL;
	if (*first)
		(*first)->previous = waiter;
	*first = waiter;
	waiter->listed = true;
	waiters->count++;
}

void waiter_remove(struct waiters *waiters, struct waiter *waiter)
{
	if (!waiter->listed)
		return;
	if (waiter->previous)
		waiter->previous->next = waiter->next;
	else
		*bucket_of(waiters, &waiter->command_id) = waiter->next;
	if (waiter->next)
		waiter->next->previous = waiter->previous;
	waiter->listed = false;
	waiters->count--;
}

void waiter_wait(struct waiter *waiter, int ms)
{
	waiter->deadline_ms = clock_mono_ms() + ms;
	waiter->poll_every_ms = POLL_FIRST_MS;
	waiter->poll_at_ms = clock_mono_ms() + POLL_FIRST_MS;
}

static void finish(struct waiters *waiters, struct waiter *waiter, const struct outcome_told *told)
{
	waiter_remove(waiters, waiter);
	waiter->done(waiter, told);
}

/* --- asking the inbox ---------------------------------------------------------- */
/* A poll's answer finds its waiter again by id: it may have ended meanwhile. */
struct poll {
	struct waiters *waiters;
	struct uuid command_id;
	struct waiter *waiter;
	bool last;
};

static struct waiter *still_waiting(const struct poll *poll)
{
	for (struct waiter *w = *bucket_of(poll->waiters, &poll->command_id); w; w = w->next)
		if (w == poll->waiter)
			return w;
	return NULL;
}

static void on_inbox(void *arg, enum db_fault fault, const char *sqlstate, const struct db_result *rows)
{
	struct poll *poll = arg;
	struct waiter *waiter = still_waiting(poll);
	uint8_t fp[FINGERPRINT_BYTES];

	(void)sqlstate;
	if (waiter) {
		waiter->polling = false;
		if (fault == DB_FINE && db_rows(rows) == 1) {
			struct outcome_told told = { .status = (int)db_int(rows, 0, 1),
				.code = db_text(rows, 0, 2),
				.subject_id = db_uuid(rows, 0, 3),
				.version = db_int(rows, 0, 4),
				.detail = db_text(rows, 0, 6),
				.pointer = db_text(rows, 0, 7),
				.ignored = db_text(rows, 0, 8) };
			bool same =
			        text_unhex(db_text(rows, 0, 5), fp, sizeof fp) && !memcmp(fp, waiter->fp, sizeof fp);

			if (!same)
				told = (struct outcome_told){ .status = 422, .code = TEXT("IDEMPOTENCY_KEY_REUSED") };
			finish(poll->waiters, waiter, &told);
		} else if (poll->last) {
			finish(poll->waiters, waiter, NULL);
		}
	}
	free(poll);
}

static void ask_inbox(struct waiters *waiters, struct waiter *waiter, bool last)
{
	struct poll *poll = calloc(1, sizeof *poll);

	if (!poll)
		abort();
	*poll = (struct poll){ waiters, waiter->command_id, waiter, last };
	waiter->polling = true;
	if (loop_query(waiters->loop, QUERY_command_outcome, 1, (struct db_param[]){ P_UUID(&waiter->command_id) },
	            on_inbox, poll))
		return;
	free(poll);
	waiter->polling = false;
	if (last)
		finish(waiters, waiter, NULL);
}

static void tick_one(struct waiters *waiters, struct waiter *waiter, int64_t now)
{
	if (waiter->deadline_ms == INT64_MAX || waiter->polling)
		return;
	if (now >= waiter->deadline_ms) {
		ask_inbox(waiters, waiter, true);
	} else if (!outcomes_come && now >= waiter->poll_at_ms) {
		ask_inbox(waiters, waiter, false);
		waiter->poll_every_ms =
		        waiter->poll_every_ms * 2 > POLL_MOST_MS ? POLL_MOST_MS : waiter->poll_every_ms * 2;
		waiter->poll_at_ms = now + waiter->poll_every_ms;
	}
}

void waiters_tick(struct waiters *waiters)
{
	int64_t now = clock_mono_ms();

	if (!waiters->count || now < waiters->tick_after_ms)
		return;
	waiters->tick_after_ms = now + TICK_MS;
	for (int i = 0; i < BUCKETS; i++) {
		for (struct waiter *waiter = waiters->buckets[i], *next; waiter; waiter = next) {
			next = waiter->next;
			tick_one(waiters, waiter, now);
		}
	}
}

/* --- told ------------------------------------------------------------------------- */
void waiters_tell(struct waiters *waiters, const struct uuid *command_id, struct text correlation_id,
        const struct outcome_told *told)
{
	for (struct waiter *w = *bucket_of(waiters, command_id), *next; w; w = next) {
		next = w->next;
		if (uuid_equal(&w->command_id, command_id) && text_equal(w->correlation_id, correlation_id))
			finish(waiters, w, told);
	}
}
