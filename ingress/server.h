/* server.h - accepts clients and turns the event loops: HTTP/1.1 in, answers out.
 *
 * Each loop has a thread. Between two turns it looks at what waits: outcomes, revocations, the database,
 * calls that are late, clients that are slow.
 */
#ifndef INGRESS_SERVER_H
#define INGRESS_SERVER_H

#include "base/settings.h"

extern struct setting server_settings[];

/* Creates the loops and starts their threads, listening on the addresses of LISTEN and LISTEN_TLS; returns when all
 * of them turn. Exits with a clear message when an address can't be served. */
void server_start(void);

#endif
