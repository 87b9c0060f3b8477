/* main.c - guichet-timer: what is due some day is asked for when it is due.
 *
 *   look ─► rest until the earliest is due, or a poke says that an earlier one was written
 *     ▲                 │
 *     │                 ▼
 *     └── fire: delete a slice of due rows, insert what they ask for into the outbox, commit
 *
 * Any number of these may run, on any number of machines: a row that one has in hand is skipped by the others, and what
 * it asks for is there if and only if the row is gone. Whether something is due is decided by the database's clock; how
 * long to rest is measured by a clock that nobody can set. So a machine whose date is wrong fires nothing early or
 * late.
 *
 * At rest one statement is sent a minute, whatever the number of rows that wait. What is on time is fired whatever the
 * lanes do. What is late goes out by rank, 64 every 25 ms, and no more than the lanes take (flight.c): the rest waits
 * here, where an urgent one still overtakes it, and a person's command does not wait behind them all.
 */
#include "workers/timer/timer.h"

static const struct ticker_worker timer_worker = {
	.name = "guichet-timer",
	.about = "asks for what is due, when it is due",
	.thread = "timer",
	.open = timer_open,
	.close = timer_close,
	.hold = timer_hold,
	.work = timer_work,
	.rest = timer_rest,
};

int main(int argc, char **argv)
{
	return ticker_main(argc, argv, &timer_worker);
}
