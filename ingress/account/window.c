/* window.c - see window.h. */
#include "ingress/account/window.h"

int64_t window_number(int64_t at_ms, int64_t length_ms)
{
	return at_ms / length_ms;
}

int64_t window_used(struct window w, int64_t at_ms, int64_t length_ms)
{
	int64_t left_ms = length_ms - at_ms % length_ms;

	return w.now + (w.before * left_ms + length_ms - 1) / length_ms;
}

/* So much of a window must be over that of its count no more than room is left. */
static int64_t over_ms(int64_t count, int64_t room, int64_t length_ms)
{
	return count <= room ? 0 : length_ms - room * length_ms / count;
}

int64_t window_wait_ms(struct window w, int64_t at_ms, int64_t length_ms, int64_t most)
{
	int64_t gone_ms = at_ms % length_ms, due_ms;

	if (window_used(w, at_ms, length_ms) + 1 <= most)
		return 0;
	if (w.now + 1 <= most)
		due_ms = over_ms(w.before, most - 1 - w.now, length_ms);
	else
		due_ms = length_ms + over_ms(w.now, most - 1, length_ms);
	return due_ms > gone_ms ? due_ms - gone_ms : 1;
}
