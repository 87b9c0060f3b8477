/* main.c - guichet-monitor: looks at everything every two seconds, says what is wrong, and keeps what it saw.
 *
 * One looks at a time, by a session advisory lock; others wait for it. It changes nothing but its own tables, and
 * nobody needs it to work: without it, work goes on unseen. What it saw is shown by ingress (queues/monitoring.def).
 */
#include "workers/monitor/monitor.h"

static const struct ticker_worker monitor_worker = {
	.name = "guichet-monitor",
	.about = "looks at everything and says what is wrong",
	.settings = (struct setting *const[]){ monitor_settings, surroundings_settings, NULL },
	.thread = "monitor",
	.open = monitor_open,
	.close = monitor_close,
	.hold = monitor_hold,
	.work = monitor_work,
	.rest = monitor_rest,
};

int main(int argc, char **argv)
{
	return ticker_main(argc, argv, &monitor_worker);
}
