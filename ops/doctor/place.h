/* place.h - where a URL leads to. */
#ifndef OPS_DOCTOR_PLACE_H
#define OPS_DOCTOR_PLACE_H

#include <stdbool.h>
#include "base/arena.h"

struct place {
	const char *host; /* in the arena, without brackets */
	int port;
	bool tls;
};

/* scheme://[user[:password]@]host[:port]..., or host:port. Of several hosts, with commas between, it is the first.
 * tls_scheme is the one that begins with TLS; NULL: none does. False: there is no host in it. */
bool place_of(struct arena *arena, const char *url, int port, const char *tls_scheme, int tls_port, struct place *out);

#endif
