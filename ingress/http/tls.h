/* tls.h - HTTPS on the addresses of LISTEN_TLS, for those who put nothing in front.
 *
 * TLS 1.2 and 1.3, HTTP/1.1 only: the protocol list names no h2. A renewed certificate is
 * taken up within seconds, without a restart; one that can't be used is logged and the old one goes on.
 */
#ifndef INGRESS_HTTP_TLS_H
#define INGRESS_HTTP_TLS_H

#include <openssl/ssl.h>
#include "base/settings.h"

extern struct setting tls_settings[];

struct tls;

/* NULL unless a certificate is set. Exits with a clear message when it can't be used. */
struct tls *tls_new(void);
/* The context for the next handshake, of the newest usable files. */
SSL_CTX *tls_context(struct tls *tls);

#endif
