/* main.c - guichet-ingress: the HTTP edge. Authenticates, validates, publishes, waits for the confirm. */
#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "base/cache.h"
#include "base/probe.h"
#include "base/process.h"
#include "base/trust.h"
#include "ingress/account/passwords.h"
#include "ingress/command/publisher.h"
#include "ingress/command/results.h"
#include "ingress/http/connections.h"
#include "ingress/http/cors.h"
#include "ingress/http/listen.h"
#include "ingress/http/principal.h"
#include "ingress/http/revocations.h"
#include "ingress/http/tls.h"
#include "ingress/read/reads.h"
#include "ingress/server.h"
#include "queues/broker.h"

#define CLOCKS_APART_S 300 /* who signs, who revokes and who looks may have three clocks */

/* Bodies hold passwords: their parsed parts are wiped as they go. */
static void free_wiped(void *memory)
{
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

int main(int argc, char **argv)
{
	struct setting *const tables[] = { listen_settings, tls_settings, server_settings, connections_settings,
		principal_settings, cors_settings, revocations_settings, metrics_settings, reads_settings, db_settings,
		broker_settings, cache_settings, trust_settings, NULL };

	process_init(argc, argv, "guichet-ingress", "the HTTP edge: authenticates, validates, publishes", tables);
	json_set_alloc_funcs(malloc, free_wiped);
	connections_allow_descriptors();
	probe_start();
	revocations_start(principal_token_ttl_s() + CLOCKS_APART_S);
	server_start();
	publisher_start();
	results_start();
	passwords_start();
	return process_wait();
}
