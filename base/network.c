/* network.c - see network.h. */
#include "base/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

bool network_read(const char *text, struct network *out)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN], *end;
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	long bits = slash ? strtol(slash + 1, &end, 10) : -1;

	if (len >= sizeof address || (slash && (end == slash + 1 || *end)))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	out->family = strchr(address, ':') ? AF_INET6 : AF_INET;
	out->bits = slash ? (int)bits : (out->family == AF_INET6 ? 128 : 32);
	return inet_pton(out->family, address, out->address) == 1 && out->bits >= 0 &&
	       out->bits <= (out->family == AF_INET6 ? 128 : 32);
}

/* NULL: it is neither IPv4 nor IPv6. */
static const uint8_t *bytes_of(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return (const uint8_t *)&((const struct sockaddr_in *)address)->sin_addr;
	return address->sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr : NULL;
}

bool network_holds(const struct network *network, const struct sockaddr *address)
{
	int bytes = network->bits / 8, rest = network->bits % 8;
	const uint8_t *given = bytes_of(address);

	if (!given || network->family != address->sa_family || memcmp(network->address, given, (size_t)bytes) != 0)
		return false;
	return !rest || (network->address[bytes] ^ given[bytes]) >> (8 - rest) == 0;
}

bool network_list_read(const char *text, struct network_list *out)
{
	static const char between[] = " ,\t";
	char word[INET6_ADDRSTRLEN + 8];

	out->count = 0;
	for (const char *at = text + strspn(text, between); *at; at += strspn(at, between)) {
		size_t len = strcspn(at, between);

		if (len >= sizeof word || out->count == NETWORKS_MOST)
			return false;
		memcpy(word, at, len);
		word[len] = '\0';
		if (!network_read(word, &out->items[out->count++]))
			return false;
		at += len;
	}
	return true;
}

bool network_list_holds(const struct network_list *list, const struct sockaddr *address)
{
	for (int i = 0; i < list->count; i++)
		if (network_holds(&list->items[i], address))
			return true;
	return false;
}
