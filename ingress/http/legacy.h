/* legacy.h - the addresses that clients of earlier desks know, as the ones we have.
 *
 * Each path has one canonical form: without prefix, trailing slash or old name. What is
 * routed, and what an idempotency key is bound to, is that form.
 */
#ifndef INGRESS_HTTP_LEGACY_H
#define INGRESS_HTTP_LEGACY_H

#include <stdbool.h>
#include "base/text.h"

/* The canonical path: a part of path, or a literal. out_lifts: the surface it came by is an old
 * one, whose answers repeat the members of data at the top level. */
struct text legacy_path(struct text path, bool *out_lifts);
/* The nth of what clients put before the same paths; NULL: there are no more. */
const char *legacy_prefix(int n);

#endif
