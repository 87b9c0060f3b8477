/* flight.c - see flight.h. The oldest comes first. */
#include "workers/timer/flight.h"

#include <string.h>

static void drop(struct flight *f, int from, int count)
{
	int rest = f->count - from - count;

	memmove(f->ids + from, f->ids + from + count, (size_t)rest * sizeof *f->ids);
	memmove(f->sent_ms + from, f->sent_ms + from + count, (size_t)rest * sizeof *f->sent_ms);
	f->count -= count;
}

void flight_add(struct flight *f, struct uuid id, int64_t now_ms)
{
	if (f->count == FLIGHT_MOST)
		drop(f, 0, 1);
	f->ids[f->count] = id;
	f->sent_ms[f->count++] = now_ms;
}

void flight_land(struct flight *f, const struct uuid *id)
{
	for (int i = 0; i < f->count; i++)
		if (uuid_equal(&f->ids[i], id)) {
			drop(f, i, 1);
			return;
		}
}

void flight_forget(struct flight *f, int64_t now_ms)
{
	int old = 0;

	while (old < f->count && now_ms - f->sent_ms[old] >= FLIGHT_FORGET_MS)
		old++;
	drop(f, 0, old);
}

bool flight_has_room(const struct flight *f, int count)
{
	return f->count + count <= FLIGHT_MOST;
}
