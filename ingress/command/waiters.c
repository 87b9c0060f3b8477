/* waiters.c - see waiters.h. */
#include "ingress/command/waiters.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/metrics.h"
#include "base/process.h"
#include "queues/catalogue.h"

#define BUCKETS 4096
#define POLL_FIRST_MS 20
#define POLL_MOST_MS 1000
#define LAST_LOOK_MS 200
#define STOPPING_MS 5000 /* so long a process that stops still waits: its drain is not much longer */
#define TICK_MS 10

struct waiters {
	struct loop *loop;
	struct waiter *buckets[BUCKETS];
	int count;
	int64_t tick_after_ms;
	int64_t end_ms; /* of all waits */
	unsigned serials;
};

static _Atomic bool outcomes_come;
static _Atomic unsigned silences;

void waiters_hear(bool come)
{
	if (atomic_exchange(&outcomes_come, come) && !come)
		silences++;
}

/* Will its outcome come by Redis? What was said in a silence has not been heard, nor will it be said again. */
static bool hears(const struct waiter *waiter)
{
	return outcomes_come && waiter->silences == silences;
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
	waiters->end_ms = INT64_MAX;
	return waiters;
}

static struct waiters *of_loops[LOOPS_MAX];

struct waiters *waiters_open(struct loop *loop)
{
	of_loops[loop_index(loop)] = waiters_new(loop);
	return waiters_of(loop);
}

struct waiters *waiters_of(const struct loop *loop)
{
	return of_loops[loop_index(loop)];
}

int waiters_count(const struct waiters *waiters)
{
	return waiters->count;
}

void waiter_add(struct waiters *waiters, struct waiter *waiter, int64_t deadline_ms)
{
	struct waiter **first = bucket_of(waiters, &waiter->command_id);

	waiter->deadline_ms = deadline_ms;
	waiter->serial = ++waiters->serials;
	waiter->silences = silences;
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

void waiter_wait(struct waiter *waiter, int64_t deadline_ms)
{
	waiter->deadline_ms = deadline_ms;
	waiter->asks = true;
	waiter->poll_every_ms = POLL_FIRST_MS;
	waiter->poll_at_ms = clock_mono_ms() + POLL_FIRST_MS;
}

/* How outcomes come, which are kept in Redis for nobody who comes late. */
static struct metric heard = { .name = "guichet_cache_hits_total",
	.labels = "{cache=\"results\"}",
	.kind = METRIC_COUNTER,
	.help = "Outcomes of commands that came by Redis" };
static struct metric looked_up = { .name = "guichet_cache_misses_total",
	.labels = "{cache=\"results\"}",
	.kind = METRIC_COUNTER,
	.help = "Outcomes of commands that had to be asked of PostgreSQL" };

static void finish(struct waiters *waiters, struct waiter *waiter, const struct outcome_told *told)
{
	waiter_remove(waiters, waiter);
	waiter->done(waiter, told);
}

/* --- asking the inbox ---------------------------------------------------------- */
/* A poll's answer finds its waiter again by id and serial: it may have ended meanwhile. */
struct poll {
	struct waiters *waiters;
	struct uuid command_id;
	unsigned serial;
};

static struct waiter *still_waiting(const struct poll *poll)
{
	for (struct waiter *w = *bucket_of(poll->waiters, &poll->command_id); w; w = w->next)
		if (w->serial == poll->serial && uuid_equal(&w->command_id, &poll->command_id))
			return w;
	return NULL;
}

/* A dead command with a key may be sent again, and is then run again: its row tells of the time before. */
static bool tells_of_before(const struct waiter *waiter, const struct db_result *rows)
{
	return uuid_version(&waiter->command_id) != 7 &&
	       text_equal(db_text(rows, 0, 0), text_of(command_state_word(STATE_DEAD)));
}

static struct outcome_told outcome_of(const struct waiter *waiter, const struct db_result *rows)
{
	uint8_t fp[FINGERPRINT_BYTES];

	if (!text_unhex(db_text(rows, 0, 5), fp, sizeof fp) || memcmp(fp, waiter->fp, sizeof fp) != 0)
		return (struct outcome_told){ .status = 422, .code = TEXT("IDEMPOTENCY_KEY_REUSED") };
	return (struct outcome_told){ .status = (int)db_int(rows, 0, 1),
		.code = db_text(rows, 0, 2),
		.subject_id = db_uuid(rows, 0, 3),
		.version = db_int(rows, 0, 4),
		.detail = db_text(rows, 0, 6),
		.pointer = db_text(rows, 0, 7),
		.ignored = db_text(rows, 0, 8) };
}

static void on_inbox(void *arg, enum db_fault fault, const struct db_result *rows)
{
	struct poll *poll = arg;
	struct waiter *waiter = still_waiting(poll);

	if (waiter) {
		waiter->polling = false;
		if (fault == DB_FINE && db_rows(rows) == 1 && !tells_of_before(waiter, rows)) {
			struct outcome_told told = outcome_of(waiter, rows);

			metric_add(&looked_up, 1);
			finish(poll->waiters, waiter, &told);
		} else if (waiter->last) {
			finish(poll->waiters, waiter, NULL);
		}
	}
	free(poll);
}

/* False: nobody can be asked now. */
static bool ask_inbox(struct waiters *waiters, struct waiter *waiter)
{
	struct poll *poll = calloc(1, sizeof *poll);

	if (!poll)
		abort();
	*poll = (struct poll){ waiters, waiter->command_id, waiter->serial };
	waiter->polling = true;
	if (loop_query(waiters->loop, QUERY_command_outcome, 1, (struct db_param[]){ P_UUID(&waiter->command_id) },
	            on_inbox, poll))
		return true;
	free(poll);
	waiter->polling = false;
	return false;
}

/* One look that begins now, unless one is on its way. */
static void look_last(struct waiters *waiters, struct waiter *waiter, int64_t deadline_ms, int64_t now)
{
	bool first = !waiter->last;

	waiter->last = true;
	if (!waiter->asks || now >= deadline_ms + LAST_LOOK_MS)
		finish(waiters, waiter, NULL);
	else if (first && !waiter->polling && !ask_inbox(waiters, waiter))
		finish(waiters, waiter, NULL);
}

static void tick_one(struct waiters *waiters, struct waiter *waiter, int64_t now)
{
	int64_t deadline_ms = waiter->deadline_ms < waiters->end_ms ? waiter->deadline_ms : waiters->end_ms;

	if (now >= deadline_ms) {
		look_last(waiters, waiter, deadline_ms, now);
	} else if (waiter->asks && !waiter->polling && !hears(waiter) && now >= waiter->poll_at_ms) {
		ask_inbox(waiters, waiter);
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
	if (waiters->end_ms == INT64_MAX && process_stopping())
		waiters->end_ms = now + STOPPING_MS;
	for (int i = 0; i < BUCKETS; i++) {
		for (struct waiter *waiter = waiters->buckets[i], *next; waiter; waiter = next) {
			next = waiter->next;
			tick_one(waiters, waiter, now);
		}
	}
}

/* --- told ------------------------------------------------------------------------- */
void waiters_tell(struct waiters *waiters, const struct uuid *command_id, struct text correlation_id,
        const uint8_t fp[FINGERPRINT_BYTES], const struct outcome_told *told)
{
	for (struct waiter *w = *bucket_of(waiters, command_id), *next; w; w = next) {
		next = w->next;
		if (uuid_equal(&w->command_id, command_id) && text_equal(w->correlation_id, correlation_id) &&
		        memcmp(w->fp, fp, FINGERPRINT_BYTES) == 0) {
			metric_add(&heard, 1);
			finish(waiters, w, told);
		}
	}
}
