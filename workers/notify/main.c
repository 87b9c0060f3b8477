/* main.c - guichet-notify: turns events into notifications, and mail to be sent.
 *
 * Any number of them share events.notify: an event is one's own, and what waits is locked by who tells it.
 */
#include "workers/notify/notify.h"

static const char *const queues[] = { "events.notify", NULL };

static const struct consumer_worker worker = {
	.name = "guichet-notify",
	.about = "Turns events into notifications, and mail to be sent.",
	.queues = queues,
	.prefetch = 128,
	.dedupe = "notify",
	.settings = channels_settings,
	.load = known_load,
	.apply = notify_apply,
	.due = notify_due,
};

int main(int argc, char **argv)
{
	return consumer_main(argc, argv, &worker);
}
