/* trust.h - which servers a connection with TLS believes: CA_FILE.
 *
 * TLS 1.2 or newer; the certificate leads to a trusted authority and names the host
 * (a DNS name, or an IP address as an iPAddress). There is no way to do without.
 */
#ifndef BASE_TRUST_H
#define BASE_TRUST_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include "base/settings.h"

/* The row for CA_FILE. */
extern struct setting trust_settings[];

/* CA_FILE, "" for the system's; for a library that reads it itself. */
const char *trust_file(void);

/* Makes a client's context verify, for connections to that host alone. False: trust_refusal() tells why. */
bool trust_demand(SSL_CTX *context, const char *host);

/* Why this thread's connection came to nothing since trust_demand(); NULL: not for a certificate. */
const char *trust_refusal(void);

/* Is what is sent to this URL between us and that server: by TLS, or on this machine? NULL is no such URL. */
bool trust_keeps_secret(const char *url);

#endif
