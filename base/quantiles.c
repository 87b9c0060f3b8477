/* quantiles.c - see quantiles.h.
 *
 * A slot for each minute counts by size, sixteen classes for each power of two:
 *
 *   us   0 .. 15   16 17 .. 31   32 34 .. 62   64 68 ..
 */
#include "base/quantiles.h"

#include <stdatomic.h>
#include <string.h>
#include "base/clock.h"

#define SLOTS 6 /* five minutes and the one that has begun */
#define SLOT_US 60000000
#define FINE 16
#define POWER_MOST 26 /* a minute; what is longer counts as that */
#define CLASSES ((POWER_MOST - 4 + 2) * FINE)

struct slot {
	_Atomic int64_t minute;
	_Atomic uint32_t counts[CLASSES];
};

struct quantiles {
	struct slot slots[SLOTS];
};

const size_t quantiles_bytes = sizeof(struct quantiles);

static int class_of(int64_t us)
{
	int power;

	if (us < FINE)
		return us < 0 ? 0 : (int)us;
	power = 63 - __builtin_clzll((unsigned long long)us);
	if (power > POWER_MOST)
		return CLASSES - 1;
	return (power - 3) * FINE + (int)(us >> (power - 4)) % FINE;
}

/* The middle of a class. */
static int64_t value_of(int class)
{
	int shift = class / FINE - 1;

	if (shift < 1)
		return class;
	return ((int64_t)(FINE + class % FINE) << shift) + (1 << shift) / 2;
}

/* Minutes are counted from 1, so that an empty slot is of none of them. */
static int64_t minute_now(void)
{
	return clock_mono_us() / SLOT_US + 1;
}

void quantiles_add(struct quantiles *q, int64_t us)
{
	int64_t minute = minute_now();
	struct slot *slot = &q->slots[minute % SLOTS];

	if (slot->minute != minute && atomic_exchange(&slot->minute, minute) != minute)
		for (int i = 0; i < CLASSES; i++)
			slot->counts[i] = 0;
	atomic_fetch_add_explicit(&slot->counts[class_of(us)], 1, memory_order_relaxed);
}

int64_t quantiles_at(const struct quantiles *q, int per_cent)
{
	uint64_t counts[CLASSES] = { 0 }, all = 0, below = 0;
	int64_t minute = minute_now();

	for (int s = 0; s < SLOTS; s++)
		for (int i = 0; i < CLASSES && q->slots[s].minute && q->slots[s].minute > minute - SLOTS; i++) {
			counts[i] += q->slots[s].counts[i];
			all += q->slots[s].counts[i];
		}
	for (int i = 0; i < CLASSES; i++) {
		below += counts[i];
		if (below && below * 100 >= all * (uint64_t)per_cent)
			return value_of(i);
	}
	return -1;
}
