/* peers.h - who may bring mail, and how many connections each has. On the loop's thread alone. */
#ifndef INGRESS_MAIL_PEERS_H
#define INGRESS_MAIL_PEERS_H

#include <sys/socket.h>
#include "base/settings.h"

extern struct setting peers_settings[];

struct peer;

/* Exits with a clear message when a list of networks cannot be read. */
void peers_open(void);
/* Is it on MAIL_PEERS? Who comes by a unix socket is. */
bool peers_permit(const struct sockaddr *address);
/* Is it on MAIL_PROXY_PEERS: does it say whom it speaks for? */
bool peers_is_proxy(const struct sockaddr *address);
/* One connection more; NULL: it has as many as it may have. */
struct peer *peers_enter(const struct sockaddr *address);
void peers_leave(struct peer **peer);
/* As people write it, "unix" for a unix socket; lives as long as the connection is counted. */
const char *peers_text(const struct peer *peer);

#endif
