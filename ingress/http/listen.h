/* listen.h - the addresses that are served. */
#ifndef INGRESS_HTTP_LISTEN_H
#define INGRESS_HTTP_LISTEN_H

#include <stdbool.h>
#include "base/settings.h"

#define LISTEN_MAX 16 /* addresses */

extern struct setting listen_settings[];

struct listen_address {
	int fd;
	bool tls;
};

/* Listens on "host:port" (host *: every address; none: 127.0.0.1), which is changed. Exits with a clear message when
 * that cannot be. */
int listen_bind(char *word);
/* Binds all of LISTEN and LISTEN_TLS, once. Exits with a clear message when one can't be bound, or
 * when there is none. */
void listen_open(void);
int listen_count(void);
struct listen_address listen_at(int i);
/* When no loop listens any more: clients are refused from now on, and not kept waiting. */
void listen_close(void);

#endif
