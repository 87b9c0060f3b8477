/* main.c - guichet-ingress: the HTTP edge. Authenticates, validates, publishes, waits for the confirm. */
#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <sysexits.h>
#include <string.h>
#include "base/cache.h"
#include "base/probe.h"
#include "base/process.h"
#include "base/trace.h"
#include "base/trust.h"
#include "ingress/account/directory.h"
#include "ingress/account/locks.h"
#include "ingress/account/oidc.h"
#include "ingress/account/oidc_provider.h"
#include "ingress/account/passwords.h"
#include "ingress/read/cache.h"
#include "ingress/account/policy.h"
#include "ingress/account/tries.h"
#include "ingress/account/person_registered.h"
#include "ingress/command/publisher.h"
#include "ingress/command/results.h"
#include "ingress/file/inbound_mail.h"
#include "ingress/file/spool.h"
#include "ingress/file/types.h"
#include "ingress/http/connections.h"
#include "ingress/http/cors.h"
#include "ingress/http/listen.h"
#include "ingress/http/observe.h"
#include "ingress/http/principal.h"
#include "ingress/http/api_tokens.h"
#include "ingress/http/revocations.h"
#include "ingress/http/tls.h"
#include "ingress/read/reads.h"
#include "ingress/server.h"
#include "ingress/stream/client.h"
#include "queues/broker.h"
#include "queues/file_terms.h"
#include "queues/instance.h"
#include "queues/access_key.h"
#include "queues/mail_token.h"
#include "queues/webhook_secret.h"

#define CLOCKS_APART_S 300 /* who signs, who revokes and who looks may have three clocks */

/* Bodies hold passwords: their parsed parts are wiped as they go. */
static void free_wiped(void *memory)
{
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

static void load_keys(void)
{
	const char *why = access_keys_load(&access_key_names);

	if (!why)
		return;
	fprintf(stderr, "guichet-ingress: %s\n", why);
	exit(EX_CONFIG);
}

int main(int argc, char **argv)
{
	struct setting *const tables[] = { listen_settings, tls_settings, server_settings, connections_settings,
		principal_settings, access_key_settings, cors_settings, revocations_settings, metrics_settings,
		reads_settings, db_settings, broker_settings, cache_settings, trust_settings, trace_settings,
		store_settings, store_s3_settings, disk_settings, spool_settings, types_settings, file_terms_settings,
		mail_token_settings, webhook_secret_settings, client_settings, inbound_mail_settings, tries_settings,
		locks_settings, policy_settings, person_registered_settings, oidc_provider_settings, directory_settings,
		NULL };

	process_init(argc, argv, "guichet-ingress", "the HTTP edge: authenticates, validates, publishes", tables);
	load_keys();
	json_set_alloc_funcs(malloc, free_wiped);
	policy_start();
	trace_start();
	connections_allow_descriptors();
	probe_start();
	revocations_start(principal_token_ttl_s() + CLOCKS_APART_S);
	api_tokens_start();
	types_start();
	spool_start();
	disk_open();
	server_start();
	disk_start();
	publisher_start();
	instance_adds("requests", observe_render);
	results_start();
	tries_start();
	passwords_start();
	oidc_start();
	directory_start();
	cache_start();
	return process_wait();
}
