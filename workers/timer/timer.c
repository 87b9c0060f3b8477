/* timer.c - when to look, and how much at a time. See main.c. */
#include "workers/timer/timer.h"

#include <stdlib.h>
#include "base/clock.h"
#include "base/metrics.h"
#include "base/process.h"

#define LOOK_MS 60000   /* the longest rest: pokes may be lost */
#define LATE_US 1000000 /* later than that is late */
#define DEAF_MS 1000    /* the same while no poke can be heard */
#define LISTEN_MS 1000  /* how long a rest may take until the ticker wants to know whether the process stops */
#define PACE_MS 25      /* from one look to the next: it finds several rows, and lanes get them a few at a time */

static struct metric waiting = { .name = "guichet_timers_waiting",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "Timers that wait, as the database's statistics have it" };
static struct metric behind = { .name = "guichet_timers_behind_seconds",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "How long ago the earliest timer that waits was due" };

static const struct text poke_channel = { "guichet.poke.timer", sizeof "guichet.poke.timer" - 1 };

/* --- the flight --------------------------------------------------------------------- */
/* Asks which have been applied. False: the database failed. */
static bool see_landed(struct ticker *t)
{
	struct timer *own = t->own;
	struct id_set ids = { .ids = own->flight.ids, .count = own->flight.count };
	struct db_result *applied;

	db_reset(t->trunk.db);
	applied = db_send(t->trunk.db, QUERY_timer_applied, P_TEXT(id_set_literal(&ids, t->trunk.arena)));
	if (!db_sync(t->trunk.db))
		return false;
	for (int i = 0; i < db_rows(applied); i++) {
		struct uuid id = db_uuid(applied, i, 0);

		flight_land(&own->flight, &id);
	}
	return true;
}

/* -1: the database failed. */
static int has_room(struct ticker *t)
{
	struct timer *own = t->own;

	flight_forget(&own->flight, clock_mono_ms());
	if (flight_has_room(&own->flight, TIMER_SLICE))
		return 1;
	if (!see_landed(t))
		return -1;
	return flight_has_room(&own->flight, TIMER_SLICE);
}

/* --- looking -------------------------------------------------------------------------- */
/* In how many microseconds the earliest is due; less than 0: so long ago. False: the database failed. */
static bool look(struct ticker *t, int64_t *out_us)
{
	struct timer *own = t->own;
	struct db_result *earliest;

	db_reset(t->trunk.db);
	earliest = db_send_params(t->trunk.db, QUERY_timer_look, 0, NULL);
	if (!db_sync(t->trunk.db))
		return false;
	*out_us = db_is_null(earliest, 0, 0) ? LOOK_MS * 1000 : db_int(earliest, 0, 0);
	metric_set(&waiting, db_int(earliest, 0, 1));
	metric_set(&behind, *out_us < 0 ? -*out_us / 1000000 : 0);
	own->looked_ms = clock_mono_ms();
	return true;
}

static int64_t rest_ms(int64_t due_us)
{
	int64_t ms = (due_us + 999) / 1000;

	return due_us <= 0 ? PACE_MS : (ms < LOOK_MS ? ms : LOOK_MS);
}

/* What is on time is fired whatever the lanes do; what is late, and recomputations, when there is room. False: the
 * database failed. */
static bool do_slices(struct ticker *t, bool late)
{
	struct timer *own = t->own;
	int room = has_room(t), fired = 0;

	if (room > 0 || (room == 0 && !late))
		fired = timer_fire(t);
	if (room <= 0 || fired == TIMER_SLICE || !flight_has_room(&own->flight, TIMER_SLICE))
		return room >= 0 && fired >= 0;
	return fired >= 0 && timer_recompute(t) >= 0;
}

/* What is to be done now, if anything, and when to look again. False: the database failed. */
static bool go_on(struct ticker *t)
{
	struct timer *own = t->own;
	int64_t due_us;

	if (!look(t, &due_us))
		return false;
	own->look_after_ms = own->looked_ms + rest_ms(due_us);
	return due_us > 0 || do_slices(t, due_us < -LATE_US);
}

/* Whatever more is due is done a moment later. */
bool timer_work(struct ticker *t)
{
	struct timer *own = t->own;

	if (clock_mono_ms() < own->look_after_ms)
		return false;
	arena_reset(t->trunk.arena);
	if (!go_on(t))
		return ticker_database_failed(t);
	ticker_database_answered(t);
	return false;
}

/* --- resting --------------------------------------------------------------------------- */
/* A poke says that there is an earlier one than was known; so does, maybe, every one that was not heard. */
static void hear_poke(struct timer *own)
{
	if (own->look_after_ms > own->looked_ms + PACE_MS)
		own->look_after_ms = own->looked_ms + PACE_MS;
}

static void listen(struct ticker *t, int wait_ms)
{
	struct timer *own = t->own;
	struct text from, word;
	bool hears = false;

	if (cache_listen(t->trunk.cache, &poke_channel, 1, wait_ms, &from, &word, &hears) || hears != own->hears)
		hear_poke(own);
	else if (!hears)
		process_nap_ms(wait_ms);
	own->hears = hears;
	if (!hears && own->look_after_ms > own->looked_ms + DEAF_MS)
		own->look_after_ms = own->looked_ms + DEAF_MS;
}

void timer_rest(struct ticker *t)
{
	struct timer *own = t->own;
	int64_t left_ms = own->look_after_ms - clock_mono_ms();

	if (!t->holds)
		process_nap_ms(ticker_pause_ms(t));
	else if (left_ms > 0)
		listen(t, left_ms < LISTEN_MS ? (int)left_ms : LISTEN_MS);
}

void timer_poke_relay(struct timer *own)
{
	cache_publish(own->voice, TEXT("guichet.poke.relay"), TEXT("1"));
	cache_flush(own->voice);
}

/* --- its life ---------------------------------------------------------------------------- */
/* Nothing is held: whoever has the row in hand has it for himself. What is due after an outage is looked at at once. */
bool timer_hold(struct ticker *t)
{
	struct timer *own = t->own;

	own->look_after_ms = 0;
	return true;
}

bool timer_open(struct ticker *t)
{
	struct timer *own = calloc(1, sizeof *own);

	if (!own)
		abort();
	own->voice = cache_new();
	t->own = own;
	return true;
}

void timer_close(struct ticker *t)
{
	struct timer *own = t->own;

	cache_free(&own->voice);
	free(own);
}
