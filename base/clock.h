/* clock.h - what time it is, for logs, waits and new ids.
 *
 * Business time is the database's; nothing that is stored about a ticket is
 * stamped from here, with one exception: accepted_at of a command.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_unix_us(void); /* CLOCK_REALTIME */
int64_t clock_unix_ms(void);
int64_t clock_mono_ms(void); /* CLOCK_MONOTONIC: for deadlines */
int64_t clock_mono_us(void);

#define CLOCK_TEXT_BYTES 25 /* 24 and the NUL */

/* RFC 3339, UTC, milliseconds: 2026-01-31T09:30:00.123Z */
void clock_format(int64_t unix_us, char out[CLOCK_TEXT_BYTES]);

/* The wait before attempt n (from 0): base * 2^n up to cap, times 0.5 .. 1 at
 * random, so that a fleet does not come back in step. */
int clock_backoff_ms(int attempt, int base_ms, int cap_ms);

#endif
