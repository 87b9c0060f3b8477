/* watchdog.c - one thread, a short list of sockets, see watchdog.h. */
#include "queues/watchdog.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"

#define LOOK_MS 500

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watchdog *watched;
static bool started;

static void look(void)
{
	int64_t now = clock_mono_ms();

	pthread_mutex_lock(&lock);
	for (struct watchdog *dog = watched; dog; dog = dog->next) {
		int64_t deadline = atomic_load_explicit(&dog->deadline_ms, memory_order_relaxed);

		if (!deadline || now < deadline || dog->barked)
			continue;
		dog->barked = true;
		shutdown(dog->fd, SHUT_RDWR);
		log_error("a call did not return in time; its connection was shut down", LOG_INT("fd", dog->fd));
	}
	pthread_mutex_unlock(&lock);
}

/* Not a part of the process's work: it neither drains nor is waited for. */
static void *watch(void *unused)
{
	(void)unused;
	log_thread_name("watchdog");
	for (;;) {
		usleep(LOOK_MS * 1000);
		look();
	}
	return NULL;
}

void watchdog_watch(struct watchdog *dog, int fd)
{
	pthread_t thread;

	dog->fd = fd;
	dog->barked = false;
	atomic_store(&dog->deadline_ms, 0);
	pthread_mutex_lock(&lock);
	dog->next = watched;
	watched = dog;
	if (!started && !pthread_create(&thread, NULL, watch, NULL)) {
		pthread_detach(thread);
		started = true;
	}
	pthread_mutex_unlock(&lock);
}

void watchdog_unwatch(struct watchdog *dog)
{
	pthread_mutex_lock(&lock);
	for (struct watchdog **at = &watched; *at; at = &(*at)->next) {
		if (*at == dog) {
			*at = dog->next;
			break;
		}
	}
	pthread_mutex_unlock(&lock);
}

void watchdog_expect(struct watchdog *dog, int within_ms)
{
	atomic_store_explicit(&dog->deadline_ms, clock_mono_ms() + within_ms, memory_order_relaxed);
}
