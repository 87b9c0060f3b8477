/* reach.h - which addresses a webhook may lead to.
 *
 * Only those of the public Internet: nothing private, loopback, link-local (which holds the metadata of clouds),
 * shared, multicast, reserved, or translated from IPv4; unless WEBHOOK_ALLOW lists it. Asked about the address that a
 * socket is about to be connected to, so that neither a name that changes its address nor a redirect gets around it.
 */
#ifndef WORKERS_WEBHOOK_REACH_H
#define WORKERS_WEBHOOK_REACH_H

#include <stdbool.h>
#include <sys/socket.h>

/* Networks (CIDR, 10.1.0.0/16 or fd00::/8), commas or blanks between; at most 64. False: that is no such list. */
bool reach_allow(const char *networks);

/* Is the address on the list? Only there HTTP goes without TLS. */
bool reach_is_listed(const struct sockaddr *address);
/* May it be connected to? */
bool reach_permits(const struct sockaddr *address);

#endif
