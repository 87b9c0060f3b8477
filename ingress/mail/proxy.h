/* proxy.h - who a proxy says it speaks for: the PROXY protocol, versions 1 and 2
 * (haproxy.org/download/2.8/doc/proxy-protocol.txt). Pure; only for peers that are known to be proxies, because anybody
 * can write it. */
#ifndef INGRESS_MAIL_PROXY_H
#define INGRESS_MAIL_PROXY_H

#include <sys/socket.h>
#include "base/text.h"

enum proxy_verdict { PROXY_MORE, PROXY_DONE, PROXY_WRONG };

/* Takes the header off *in when it is whole. *out is untouched when the proxy speaks for itself, or does not say. */
enum proxy_verdict proxy_read(struct text *in, struct sockaddr_storage *out);

#endif
