/* watchdog.h - frees a thread that hangs in a library call without a timeout.
 *
 * The owner says which socket the call waits on and by when it must have come
 * back; when it has not, the watchdog's thread shuts that socket down and the
 * call returns with an error. The thread looks twice a second.
 */
#ifndef QUEUES_WATCHDOG_H
#define QUEUES_WATCHDOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct watchdog {
	_Atomic int64_t deadline_ms; /* monotonic; 0: nothing to watch */
	int fd;
	bool barked; /* the socket was shut down by us */
	struct watchdog *next;
};

/* Begins and ends watching; unwatch before the socket is closed. */
void watchdog_watch(struct watchdog *dog, int fd);
void watchdog_unwatch(struct watchdog *dog);

static inline void watchdog_done(struct watchdog *dog)
{
	atomic_store_explicit(&dog->deadline_ms, 0, memory_order_relaxed);
}

void watchdog_expect(struct watchdog *dog, int within_ms);

#endif
