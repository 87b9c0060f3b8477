/* lookout.c - see lookout.h. */
#include "ingress/http/lookout.h"

#include "base/clock.h"

#define EVERY_MS 1000
#define FROM_SCRATCH_MS (3600 * 1000)

void lookout_start(struct lookout *l)
{
	probe_set(&l->check, "not loaded yet");
}

void lookout_hurry(struct lookout *l)
{
	l->ask_at_ms = 0;
}

bool lookout_is_known(const struct lookout *l)
{
	return l->known;
}

bool lookout_is_fresh(const struct lookout *l, int64_t age_most_ms)
{
	return l->known && clock_mono_ms() - l->known_at_ms <= age_most_ms;
}

/* A database that was restored may count from further back: then nothing of before says where we are. */
static void move_on(struct lookout *l, int64_t place)
{
	bool back = place < l->place;

	l->place = place;
	l->scratch_at_ms = back ? 0 : l->from_scratch ? l->asked_ms + FROM_SCRATCH_MS : l->scratch_at_ms;
}

static void on_rows(void *lookout, enum db_fault fault, const struct db_result *rows)
{
	struct lookout *l = lookout;

	if (fault == DB_FINE) {
		l->take(rows, l->from_scratch, l->asked_ms);
		move_on(l, db_int(rows, 0, l->place_column));
		l->known_at_ms = l->asked_ms;
		l->known = true;
	}
	l->asking = false;
}

void lookout_tick(struct lookout *l, struct loop *loop, int64_t age_most_ms)
{
	int64_t now = clock_mono_ms();

	if (l->known)
		probe_set(&l->check, lookout_is_fresh(l, age_most_ms) ? NULL : "out of date");
	if (now < l->ask_at_ms || atomic_exchange(&l->asking, true))
		return;
	l->ask_at_ms = now + EVERY_MS;
	l->asked_ms = now;
	l->from_scratch = now >= l->scratch_at_ms;
	if (loop_query(loop, l->query, l->has_more ? 2 : 1,
	            (struct db_param[]){ P_INT(l->from_scratch ? 0 : l->place), P_INT(l->more) }, on_rows, l))
		return;
	l->ask_at_ms = 0; /* another loop may have a connection */
	l->asking = false;
}
