/* window.h - a sliding window of which only two numbers are kept: how often in the window of time before this one, and
 * in this one.
 *
 *   |------ before ------|---- now ----:
 *             |<======= length =======>|     counts: now, and of before the part that is not over yet
 *
 * Pure: no clock of its own. Times are milliseconds since 1970, so that every process cuts the same windows.
 */
#ifndef INGRESS_ACCOUNT_WINDOW_H
#define INGRESS_ACCOUNT_WINDOW_H

#include <stdint.h>

struct window {
	int64_t before, now;
};

/* The window of that moment; the one before it has the number below. */
int64_t window_number(int64_t at_ms, int64_t length_ms);
/* How often within the last length_ms, rounded up. */
int64_t window_used(struct window w, int64_t at_ms, int64_t length_ms);
/* How long until once more makes no more than most; 0: at once. most is at least 1. */
int64_t window_wait_ms(struct window w, int64_t at_ms, int64_t length_ms, int64_t most);

#endif
