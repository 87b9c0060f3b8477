/* watch.c - see watch.h. */
#include "workers/monitor/watch.h"

#include <string.h>

static int64_t waiting(const struct queue_seen *seen)
{
	return seen->ready + seen->unacked;
}

/* How many more than the last time; a broker that was started again counts from 0. */
static int64_t more(int64_t before, int64_t now)
{
	if (now < 0)
		return 0;
	return before >= 0 && now >= before ? now - before : now;
}

/* Makes room by forgetting the point that is missed least: whose neighbours are closest together, measured by its age.
 */
static void thin(struct queue_watch *w, int64_t now_ms)
{
	double least = 1e300;
	int worst = 1;

	for (int i = 1; i < w->count - 1; i++) {
		double gap = (double)(w->points[i + 1].at_ms - w->points[i - 1].at_ms) /
		             (double)(now_ms - w->points[i].at_ms + 1);

		if (gap < least) {
			least = gap;
			worst = i;
		}
	}
	memmove(&w->points[worst], &w->points[worst + 1], sizeof w->points[0] * (size_t)(--w->count - worst));
}

static void keep_point(struct queue_watch *w, struct watch_point point)
{
	if (waiting(&w->seen) == 0)
		w->count = 0;
	else if (w->count && w->points[w->count - 1].in == point.in)
		return;
	if (w->count == WATCH_POINTS)
		thin(w, point.at_ms);
	w->points[w->count++] = point;
}

static void keep_recent(struct queue_watch *w, struct watch_point point)
{
	if (w->recent_count == WATCH_RATES)
		memmove(w->recent, w->recent + 1, sizeof w->recent[0] * (size_t)--w->recent_count);
	w->recent[w->recent_count++] = point;
}

static void see_gone(struct queue_watch *w, int64_t now_ms)
{
	if (!w->gone_ms)
		w->gone_ms = now_ms;
	w->moved_ms = now_ms;
	w->count = w->recent_count = 0;
	w->seen = (struct queue_seen){ .published = -1, .acked = -1 };
}

void watch_see(struct queue_watch *w, int64_t now_ms, const struct queue_seen *seen)
{
	bool first = w->moved_ms == 0;
	int64_t left = first ? 0 : more(w->seen.acked, seen->acked);
	struct watch_point point;

	if (!seen->exists) {
		see_gone(w, now_ms);
		return;
	}
	w->gone_ms = 0;
	w->in += first ? waiting(seen) : more(w->seen.published, seen->published);
	w->out += left;
	if (first || left || waiting(seen) == 0 || (seen->acked < 0 && waiting(seen) < waiting(&w->seen)))
		w->moved_ms = now_ms;
	w->seen = *seen;
	point = (struct watch_point){ now_ms, w->in, w->out };
	keep_point(w, point);
	keep_recent(w, point);
}

void watch_miss(struct queue_watch *w, int64_t now_ms)
{
	if (w->moved_ms)
		w->moved_ms = now_ms;
}

int64_t watch_oldest_s(const struct queue_watch *w, int64_t now_ms)
{
	int64_t head = w->in - waiting(&w->seen); /* so many had come before the first that waits */

	if (waiting(&w->seen) == 0)
		return 0;
	for (int i = 0; i < w->count; i++)
		if (w->points[i].in > head)
			return (now_ms - w->points[i].at_ms) / 1000;
	return 0;
}

int64_t watch_stalled_s(const struct queue_watch *w, int64_t now_ms)
{
	return waiting(&w->seen) ? (now_ms - w->moved_ms) / 1000 : 0;
}

int64_t watch_gone_s(const struct queue_watch *w, int64_t now_ms)
{
	return w->gone_ms ? (now_ms - w->gone_ms) / 1000 : 0;
}

static double rate(const struct queue_watch *w, bool in)
{
	const struct watch_point *first = &w->recent[0], *last = &w->recent[w->recent_count - 1];

	if (w->recent_count < 2 || last->at_ms <= first->at_ms)
		return 0;
	return (double)(in ? last->in - first->in : last->out - first->out) * 1000 /
	       (double)(last->at_ms - first->at_ms);
}

double watch_in(const struct queue_watch *w)
{
	return rate(w, true);
}

double watch_out(const struct queue_watch *w)
{
	return rate(w, false);
}

int64_t watch_forecast_s(const struct queue_watch *w)
{
	double shrinking = watch_out(w) - watch_in(w);

	if (waiting(&w->seen) == 0)
		return 0;
	return shrinking > 0.01 ? (int64_t)((double)waiting(&w->seen) / shrinking) : -1;
}
