/* etag.h - has the client what it asks for? */
#ifndef INGRESS_HTTP_ETAG_H
#define INGRESS_HTTP_ETAG_H

#include "ingress/http/call.h"

#define ETAG_PACKED "-gz" /* ends the tag of a compressed form */

/* Does If-None-Match name this tag (without quotes), in either form? Weakly compared
 * (RFC 9110 section 13.1.2). *out_packed: it is the compressed form that the client has. */
bool etag_is_known(const struct call *call, struct text etag, bool *out_packed);

/* The tag of bytes that do not change while the process runs, in the arena. */
struct text etag_of_bytes(struct arena *arena, struct text bytes);

#endif
