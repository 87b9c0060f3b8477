/* path.h - what a path is: its one form, whatever old name or prefix it was written with, and the pattern it fits.
 *
 * A path's canonical form has no prefix, no trailing slash and no old name. What is routed, and what an
 * idempotency key is bound to, is that form. Prefixes stand in path.c; old names are OLD_PATH rows of queues/.
 */
#ifndef INGRESS_HTTP_PATH_H
#define INGRESS_HTTP_PATH_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/text.h"

#define CAPTURES_MAX 6

/* What a pattern's {names} stood for. */
struct captures {
	int count;
	struct {
		struct text name, value;
	} items[CAPTURES_MAX];
};

/* Does the path fit the pattern ("/tickets/{ticket_id}/comments")? The captures are parts of both. */
bool path_fits(const char *pattern, struct text path, struct captures *out);
/* The pattern with what was captured, in the arena; ids in their one form. */
struct text path_fill(struct arena *arena, const char *pattern, const struct captures *captures);

/* The canonical path: a part of path, a literal, or in the arena. out_lifts: the surface it came by is an old
 * one, whose answers repeat the members of data at the top level. */
struct text path_canonical(struct arena *arena, struct text path, bool *out_lifts);
/* The nth of what clients put before the same paths; NULL: there are no more. */
const char *path_prefix(int n);

#endif
