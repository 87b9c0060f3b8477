/* network.h - networks of addresses, as operators list them (CIDR: 10.1.0.0/16, fd00::/8, a single address). */
#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct network {
	int family;
	uint8_t address[16];
	int bits;
};

bool network_read(const char *text, struct network *out);
bool network_holds(const struct network *network, const struct sockaddr *address);

enum { NETWORKS_MOST = 64 };

struct network_list {
	struct network items[NETWORKS_MOST];
	int count;
};

/* Commas or blanks between. False: that is no such list, or a longer one. */
bool network_list_read(const char *text, struct network_list *out);
bool network_list_holds(const struct network_list *list, const struct sockaddr *address);

#endif
