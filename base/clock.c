/* clock.c - what time it is, and how long to wait before trying again. */
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include "base/clock.h"

static int64_t read_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_unix_us(void)
{
	return read_us(CLOCK_REALTIME);
}

int64_t clock_unix_ms(void)
{
	return clock_unix_us() / 1000;
}

int64_t clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

void clock_format(int64_t unix_us, char out[CLOCK_TEXT_BYTES])
{
	const time_t seconds = unix_us / 1000000;
	const unsigned ms = (unsigned)(unix_us / 1000 % 1000) % 1000;
	struct tm utc;
	size_t len;

	gmtime_r(&seconds, &utc);
	len = strftime(out, CLOCK_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out + len, CLOCK_TEXT_BYTES - len, ".%03uZ", ms);
}

int clock_backoff_ms(int attempt, int base_ms, int cap_ms)
{
	int64_t wait = base_ms;
	uint32_t dice;

	while (attempt-- > 0 && wait < cap_ms)
		wait *= 2;
	if (wait > cap_ms)
		wait = cap_ms;
	if (getrandom(&dice, sizeof(dice), 0) != sizeof(dice))
		dice = (uint32_t)clock_mono_us();
	return (int)(wait - wait / 2 * (dice % 1001) / 1000);
}
