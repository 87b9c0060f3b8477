/* reach.c - see reach.h. The networks are those of the IANA registries of special-purpose addresses (RFC 6890). */
#include "workers/webhook/reach.h"

#include <stddef.h>
#include "base/network.h"

static struct network_list listed;

static const char *const closed[] = { "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
	"172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", NULL };

/* Of IPv6 only what is given out, without what leads elsewhere: Teredo and its like, examples, 6to4. */
static const char *const open6 = "2000::/3";
static const char *const closed6[] = { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", NULL };

bool reach_allow(const char *networks)
{
	return network_list_read(networks, &listed);
}

static bool is_in_one(const char *const *networks, const struct sockaddr *address)
{
	struct network network;

	for (int i = 0; networks[i]; i++)
		if (network_read(networks[i], &network) && network_holds(&network, address))
			return true;
	return false;
}

bool reach_is_listed(const struct sockaddr *address)
{
	return network_list_holds(&listed, address);
}

bool reach_permits(const struct sockaddr *address)
{
	if (reach_is_listed(address))
		return true;
	if (address->sa_family == AF_INET)
		return !is_in_one(closed, address);
	return is_in_one((const char *const[]){ open6, NULL }, address) && !is_in_one(closed6, address);
}
