/* main.c - guichet-ingress: the HTTP edge. Authenticates, validates, publishes, waits for the confirm. */
#include "base/cache.h"
#include "base/probe.h"
#include "base/process.h"
#include "ingress/cors.h"
#include "ingress/loop.h"
#include "ingress/passwords.h"
#include "ingress/principal.h"
#include "ingress/publisher.h"
#include "ingress/routes.h"
#include "ingress/waiters.h"
#include "queues/broker.h"

static const char *listen_list;

static struct setting settings[] = {
	{ "LISTEN", SETTING_TEXT, &listen_list, "127.0.0.1:8080", .min = 1, .max = 1024,
		.help = "addresses to serve, host:port with commas between; * is every address" },
	{ 0 },
};

static const struct loop_work work = { routes_dispatch, waiters_new, waiters_tick, waiters_count };

int main(int argc, char **argv)
{
	struct setting *const tables[] = { settings, principal_settings, cors_settings, db_settings, broker_settings, cache_settings,
		NULL };

	process_init(argc, argv, "guichet-ingress", "the HTTP edge: authenticates, validates, publishes", tables);
	loop_start_all(listen_list, 1, &work);
	publisher_start();
	results_start();
	passwords_start();
	return process_wait();
}
