/* peers.c - see peers.h. */
#include "ingress/mail/peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/network.h"

#define BUCKETS 1024

static const char *permitted_text, *proxies_text;
static int64_t each_most;

struct setting peers_settings[] = {
	{ "MAIL_PEERS", SETTING_TEXT, &permitted_text, "127.0.0.0/8,::1", .max = 2000,
	        .help = "networks whose hosts may bring mail by LMTP or SMTP, with commas between" },
	{ "MAIL_PROXY_PEERS", SETTING_TEXT, &proxies_text, "", .max = 2000,
	        .help = "networks of proxies that say whom they speak for (PROXY protocol); they must say so" },
	{ "MAIL_PEER_CONNECTIONS", SETTING_INT, &each_most, "1000", .min = 1, .max = 100000,
	        .help = "connections that one host may have for mail at a time" },
	{ 0 },
};

static struct network_list permitted, proxies;

struct peer {
	struct peer *next;
	int connections;
	char text[INET6_ADDRSTRLEN];
};

static struct peer *buckets[BUCKETS];

static void read_list(const char *name, const char *text, struct network_list *out)
{
	if (network_list_read(text, out))
		return;
	fprintf(stderr, "guichet-mail-ingress: %s: %s is no list of at most %d networks\n", name, text, NETWORKS_MOST);
	exit(78); /* EX_CONFIG */
}

void peers_open(void)
{
	read_list("MAIL_PEERS", permitted_text, &permitted);
	read_list("MAIL_PROXY_PEERS", proxies_text, &proxies);
}

bool peers_permit(const struct sockaddr *address)
{
	return address->sa_family == AF_UNIX || network_list_holds(&permitted, address);
}

bool peers_is_proxy(const struct sockaddr *address)
{
	return network_list_holds(&proxies, address);
}

static void write_text(const struct sockaddr *address, char out[INET6_ADDRSTRLEN])
{
	snprintf(out, INET6_ADDRSTRLEN, "unix");
	if (address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, out, INET6_ADDRSTRLEN);
	else if (address->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, out, INET6_ADDRSTRLEN);
}

static struct peer **place_of(const char *text)
{
	uint32_t hash = 2166136261; /* FNV-1a */
	struct peer **at;

	for (const char *c = text; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619;
	for (at = &buckets[hash % BUCKETS]; *at && strcmp((*at)->text, text) != 0;)
		at = &(*at)->next;
	return at;
}

struct peer *peers_enter(const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];
	struct peer **place;

	write_text(address, text);
	place = place_of(text);
	if (!*place) {
		*place = calloc(1, sizeof **place);
		if (!*place)
			abort();
		memcpy((*place)->text, text, sizeof text);
	}
	if ((*place)->connections >= each_most)
		return NULL;
	(*place)->connections++;
	return *place;
}

void peers_leave(struct peer **peer)
{
	struct peer *left = *peer, **place;

	*peer = NULL;
	if (!left || --left->connections)
		return;
	place = place_of(left->text);
	*place = left->next;
	free(left);
}

const char *peers_text(const struct peer *peer)
{
	return peer->text;
}
